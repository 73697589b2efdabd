/** Hosts on a real broker, coming and going under load: every input becomes one event, in order, without a gap. */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { brokersFromEnvironment } from '../../tests/support/environment.ts'
import { createKafka } from '../../topics/kafka.ts'
import { connectKafkajs } from './kafkajs-port.ts'
import { createRuntimeMetrics } from './metrics.ts'
import type { LogReader, StreamsBroker } from './port.ts'
import { BATCH_RECORDS_MAX } from './limits.ts'
import type { LogRecord, ProcessorDefinition, TaskLogic } from './processor.ts'
import { ProcessorHost } from './processor-host.ts'
import { TaskStore } from './store.ts'
import { parseEvent, tallyProcessor, tallyTopics } from './testing/tally.ts'
import type { TallyEvent } from './testing/tally.ts'

const PARTITIONS = 3
const WAIT = { timeout: 60_000, interval: 50 }
const logger = pino({ level: 'silent' })
const folder = mkdtempSync(join(tmpdir(), 'stakestream-host-'))
const prefix = `host-${randomUUID().slice(0, 8)}`
const topics = tallyTopics(prefix)
const kafkaOptions = { brokers: brokersFromEnvironment(), clientId: prefix, log: logger }
const kafka = createKafka(kafkaOptions)
const admin = kafka.admin()
let broker: StreamsBroker
let definition: ProcessorDefinition
let reader: LogReader

beforeAll(async () => {
  await admin.connect()
  await admin.createTopics({
    topics: Object.values(topics).map((topic) => ({
      topic,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
    })),
  })
  broker = await connectKafkajs(kafkaOptions)
  definition = await tallyProcessor(topics)
  reader = broker.logReader([topics.events, topics.snapshots, topics.positions])
  await reader.start((error) => expect.unreachable(error.message))
})
afterAll(async () => {
  await reader.stop()
  await broker.close()
  await admin.deleteTopics({ topics: Object.values(topics) })
  await admin.disconnect()
  rmSync(folder, { recursive: true, force: true })
})

const host = (
  name: string,
  standby = false,
  ofDefinition = definition,
  registry = new Registry(),
): ProcessorHost =>
  new ProcessorHost({
    app: prefix,
    definition: ofDefinition,
    openStore: TaskStore.opener(join(folder, name), definition.name, { version: 1, clusterId: 'test' }),
    broker,
    standby,
    metrics: createRuntimeMetrics(registry),
    logger,
  })

/** Partitions that a registry measures by a gauge. */
async function measured(registry: Registry, gauge: string): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith(`${gauge}{`))
  return lines.map((line) => /partition="(\d+)"/.exec(line)?.[1] ?? '').sort()
}

/** Sends inputs in small lots until told to stop; answers how many there were. */
function load(): { stop: () => Promise<number> } {
  let running = true
  const done = (async () => {
    let count = 0
    while (running) {
      const lot = Array.from({ length: 50 }, () => ({
        key: `k${count % 40}`,
        value: Buffer.from(`n${count++} 1 x`),
      }))
      await broker.send(topics.input, lot)
    }
    return count
  })()
  return {
    stop: () => {
      running = false
      return done
    },
  }
}

/** Hears every committed record of a topic, in log order. */
function follow(topic: string, hear: (record: LogRecord, partition: number) => void): void {
  for (let partition = 0; partition < PARTITIONS; partition++)
    reader.follow({ topic, partition }, 0, ({ records }) => {
      for (const record of records) hear(record, partition)
      return Promise.resolve()
    })
}

/** Gathers every committed event by key. */
function gather(): Map<string, TallyEvent[]> {
  const byKey = new Map<string, TallyEvent[]>()
  follow(topics.events, (record) => {
    const list = byKey.get(String(record.key)) ?? []
    byKey.set(String(record.key), list)
    list.push(parseEvent(record))
  })
  return byKey
}

const total = (byKey: Map<string, TallyEvent[]>): number =>
  [...byKey.values()].reduce((sum, list) => sum + list.length, 0)
const allReady = async (...hosts: ProcessorHost[]): Promise<void> => {
  await vi.waitFor(() => expect(hosts.map((each) => each.readiness())).toSatisfy(allAre), WAIT)
}
const allAre = (states: { ready: boolean }[]): boolean => states.every((state) => state.ready)

describe('hosts that come and go', () => {
  it('apply every input once, in order', async () => {
    const events = gather()
    const registry = new Registry()
    const first = host('first', false, definition, registry)
    await first.start()
    await allReady(first)
    expect(await measured(registry, 'stakestream_task_restore_remaining_records')).toEqual(['0', '1', '2'])
    const inputs = load()
    await vi.waitFor(() => expect(total(events)).toBeGreaterThan(500), WAIT)

    const second = host('second', true)
    await second.start()
    await allReady(first, second)
    const atJoin = total(events)
    await vi.waitFor(() => expect(total(events)).toBeGreaterThan(atJoin + 500), WAIT)

    const kept = Object.keys(first.readiness().parts).filter((part) => part.startsWith('task_'))
    expect(kept.length).toBeLessThan(PARTITIONS)
    const ofKept = kept.map((part) => part.slice('task_'.length))
    expect(await measured(registry, 'stakestream_task_restore_remaining_records')).toEqual(ofKept.sort())

    await first.stop()
    expect(await measured(registry, 'stakestream_task_state')).toEqual([])
    expect(await measured(registry, 'stakestream_task_lag_records')).toEqual([])
    await allReady(second)
    const atLeave = total(events)
    await vi.waitFor(() => expect(total(events)).toBeGreaterThan(atLeave + 500), WAIT)

    const third = host('first')
    await third.start()
    await allReady(second, third)
    const sent = await inputs.stop()
    await vi.waitFor(() => expect(total(events)).toBe(sent), WAIT)
    for (const list of events.values()) {
      expect(list.map((event) => event.version)).toEqual(list.map((_, index) => index + 1))
      expect(list.map((event) => event.after)).toEqual(list.map((_, index) => index + 1))
    }
    await Promise.all([second.stop(), third.stop()])
  })
})

describe('a backlog', () => {
  const BATCHES = 4
  const KEYS = 40

  /** The tally, which calls when it has begun its second batch of a partition. */
  function calling(onSecondBatch: () => void): ProcessorDefinition {
    const createLogic = (): TaskLogic => {
      const logic = definition.createLogic()
      const process = logic.process.bind(logic)
      let count = 0
      logic.process = (...call) => {
        if (++count === BATCH_RECORDS_MAX + 1) onSecondBatch()
        process(...call)
      }
      return logic
    }
    return { ...definition, createLogic }
  }

  it('leaves snapshots owing; a process that ends in the middle leaves the rest to the next, on an empty disk', async () => {
    const newest = new Map<string, string>()
    const owedFrom = new Map<number, number | null>()
    let everOwed = false
    const events = gather()
    follow(topics.snapshots, ({ key, value }) => newest.set(String(key), String(value)))
    follow(topics.positions, ({ value }, partition) => {
      const { data } = definition.positionCodec.decode(value ?? Buffer.alloc(0))
      owedFrom.set(partition, data.owed_from)
      everOwed ||= data.owed_from !== null
    })
    const inputs = PARTITIONS * BATCHES * BATCH_RECORDS_MAX
    // Who is in the first batches is in no later one, so that nothing but the debt brings the snapshot.
    const playerOf = (n: number): string => `b${Math.floor((n * BATCHES) / inputs)}-${n % KEYS}`
    await broker.send(
      topics.input,
      Array.from({ length: inputs }, (_, n) => ({ key: playerOf(n), value: Buffer.from(`b${n} 1 x`) })),
    )
    const ended = Promise.withResolvers<void>()
    const ending: ProcessorHost = host(
      'ending',
      false,
      calling(() => ended.resolve(ending.stop())),
    )
    await ending.start()
    await ended.promise
    const next = host('next')
    await next.start()
    await allReady(next)
    const sums = (): Map<string, string> =>
      new Map([...events].map(([key, list]) => [key, `${list.at(-1)?.after} ${list.length}`]))
    await vi.waitFor(() => {
      expect(total(events)).toBeGreaterThanOrEqual(inputs)
      expect([...owedFrom.values()]).toEqual([null, null, null])
      expect(newest).toEqual(sums())
    }, WAIT)
    expect(everOwed).toBe(true)
    await next.stop()
  })
})

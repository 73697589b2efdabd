import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  BATCH_BYTES_MAX,
  BATCH_RECORDS_MAX,
  HOUSEKEEPING_MS,
  OWED_BATCHES_MAX,
  TASK_RESTART_MS_MAX,
} from './limits.ts'
import { MemoryCluster, ProtocolError } from './testing/memory-broker.ts'
import type { Step } from './testing/memory-broker.ts'
import { TestProcess } from './testing/process.ts'
import { parseEvent, tallyProcessor, tallyTopics } from './testing/tally.ts'

const PARTITION = 0
const {
  input: INPUT,
  events: EVENTS,
  snapshots: SNAPSHOTS,
  positions: POSITIONS,
  deadLetters: DEAD_LETTERS,
} = tallyTopics()
/** Every effect on the broker: those of a task's start and those of a batch. */
const START_STEPS: readonly Step[] = ['fence', 'send', 'abort']
/** One task sends once when it starts: the mark that ends its restore. */
const START_SENDS = 1
const BATCH_STEPS: readonly Step[] = ['send', 'commit']
let folder = ''
let cluster: MemoryCluster
let definition: Awaited<ReturnType<typeof tallyProcessor>>

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
  folder = mkdtempSync(join(tmpdir(), 'stakestream-task-'))
  cluster = new MemoryCluster(2)
  definition = await tallyProcessor()
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

async function started(name: string, standby = false): Promise<TestProcess> {
  const process = new TestProcess(cluster, definition, join(folder, name), { standby })
  await process.start()
  return process
}
const input = (id: string, amount: number | string, partition = PARTITION): void => {
  cluster.append(INPUT, { key: `p${partition}`, value: Buffer.from(`${id} ${amount}`), partition })
}
/** Lets failed tasks start anew and everything come to rest. */
async function rest(): Promise<void> {
  for (let round = 0; round < 4; round++) {
    await cluster.settle()
    await vi.advanceTimersByTimeAsync(TASK_RESTART_MS_MAX)
  }
  await cluster.settle()
}
const events = () => cluster.committed(EVENTS).map(parseEvent)

describe('a task', () => {
  it('turns inputs into events, snapshots and a position, in one transaction', async () => {
    const process = await started('a')
    process.assign(0, 1)
    input('one', 5)
    input('two', -2)
    await rest()
    expect(events()).toEqual([
      { id: 'one', before: 0, after: 5, version: 1 },
      { id: 'two', before: 5, after: 3, version: 2 },
    ])
    expect(cluster.committed(SNAPSHOTS).at(-1)?.value?.toString()).toBe('3 2')
    expect(process.host.readiness().ready).toBe(true)
    await process.host.stop()
    expect(cluster.groupOffsets.get('test.tally/tally.input/0')).toBe(2)
  })

  it('sends a poisonous record to the dead letters with its coordinates, and the partition goes on', async () => {
    const process = await started('a')
    process.assign(0, 1)
    input('one', 5)
    input('broken', 'money')
    input('two', 1)
    await rest()
    expect(events().map((event) => event.after)).toEqual([5, 6])
    const [letter] = cluster.committed(DEAD_LETTERS)
    expect(definition.deadLetterCodec.decode(letter?.value ?? Buffer.alloc(0)).data).toMatchObject({
      error_code: 'RECORD_INVALID',
      source_topic: INPUT,
      source_partition: 0,
      source_offset: 1,
      record_value: Buffer.from('broken money'),
    })
    await process.host.stop()
  })

  it('counts what committed records came to, once, however often a batch was tried', async () => {
    const process = await started('a')
    process.assign(0)
    let armed = true
    process.broker.fault = (step, when) => {
      if (step !== 'commit' || when !== 'before' || !armed) return
      armed = false
      throw new ProtocolError('COORDINATOR_NOT_AVAILABLE')
    }
    input('one', 1)
    input('one', 1)
    input('two', 1)
    await rest()
    expect(armed).toBe(false)
    const text = await process.registry.getSingleMetricAsString('stakestream_task_outcomes_total')
    expect(text.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
      'stakestream_task_outcomes_total{processor="tally",partition="0",outcome="added"} 2',
      'stakestream_task_outcomes_total{processor="tally",partition="0",outcome="known"} 1',
    ])
    await process.host.stop()
  })

  it('goes on after a rebalance that leaves it its partition, without a restore and without a repeat', async () => {
    const process = await started('a')
    process.assign(0, 1)
    input('one', 1)
    await rest()
    const fences = cluster.log(POSITIONS, 0).filter((entry) => entry.state === 'aborted').length
    process.assign(0)
    input('two', 2)
    await rest()
    expect(events().map((event) => event.id)).toEqual(['one', 'two'])
    expect(cluster.log(POSITIONS, 0).filter((entry) => entry.state === 'aborted').length).toBe(fences)
    await process.host.stop()
  })

  it('runs a partition that was taken away and given back before its task had ended', async () => {
    const process = await started('a')
    process.assign(0)
    input('one', 1)
    await rest()
    process.assign()
    process.assign(0)
    input('two', 2)
    await rest()
    expect(events().map((event) => event.id)).toEqual(['one', 'two'])
    expect(process.host.readiness().ready).toBe(true)
    await process.host.stop()
  })

  it('tells the group its position until the group takes it', async () => {
    const process = await started('a')
    process.assign(0)
    input('one', 1)
    await rest()
    const { member } = process.broker
    if (member === undefined) expect.unreachable('no member')
    member.rebalancing = true
    input('two', 1)
    await rest()
    await process.host.stop()
    expect(cluster.groupOffsets.get('test.tally/tally.input/0')).toBeLessThan(2)
    const again = await started('a')
    again.assign(0)
    await rest()
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(HOUSEKEEPING_MS)
      expect(cluster.groupOffsets.get('test.tally/tally.input/0')).toBe(2)
    })
    await again.host.stop()
  })

  it('skips inputs below its position when the group offset is stale', async () => {
    const first = await started('a')
    first.assign(0)
    for (let n = 0; n < 20; n++) input(`n${n}`, 1)
    await rest()
    await first.host.stop()
    const second = await started('b')
    // The memory group always hands out offset 0: the stalest there is.
    second.assign(0)
    input('last', 1)
    await rest()
    expect(events().length).toBe(21)
    expect(events().at(-1)).toEqual({ id: 'last', before: 20, after: 21, version: 21 })
    await second.host.stop()
  })

  it('refuses a stored position beyond the end of the topic', async () => {
    const process = await started('a')
    process.assign(0)
    input('one', 1)
    await rest()
    await process.host.stop()
    cluster.log(INPUT, 0).length = 0
    const again = await started('a')
    again.assign(0)
    await rest()
    expect(again.host.readiness()).toMatchObject({
      ready: false,
      parts: { task_0: { state: 'failed', last_error: expect.stringContaining('beyond the end') } },
    })
    await again.host.stop()
  })

  it('refuses to begin anew where the log holds what it has done, and its positions are gone', async () => {
    const process = await started('a')
    process.assign(0)
    input('one', 1)
    await rest()
    await process.host.stop()
    cluster.log(POSITIONS, 0).length = 0
    const again = await started('b')
    again.assign(0)
    await rest()
    expect(again.host.readiness()).toMatchObject({
      ready: false,
      parts: { task_0: { state: 'failed', last_error: expect.stringContaining('failover positions') } },
    })
    expect(events().map(({ id }) => id)).toEqual(['one'])
    await again.host.stop()
  })

  it('keeps a warm standby that takes over with all state', async () => {
    const active = await started('a')
    const standby = await started('b', true)
    active.assign(0, 1)
    for (let n = 0; n < 30; n++) input(`n${n}`, 2)
    await rest()
    active.kill()
    standby.assign(0, 1)
    input('last', 1)
    await rest()
    expect(events().length).toBe(31)
    expect(events().at(-1)).toEqual({ id: 'last', before: 60, after: 61, version: 31 })
    await standby.host.stop()
  })

  it('a standby that could not read a batch starts anew, and takes over without a gap', async () => {
    const active = await started('a')
    const standby = await started('b', true)
    active.assign(0, 1)
    const { prepare } = definition
    let failing = true
    definition.prepare = (topic, records) => {
      if (topic !== EVENTS || records.length === 0 || !failing) return prepare(topic, records)
      failing = false
      return Promise.reject(new Error('injected: the registry is away'))
    }
    const ids = Array.from({ length: 30 }, (_, n) => `n${n}`)
    for (const id of ids) input(id, 2)
    await rest()
    expect(failing).toBe(false)
    active.kill()
    standby.assign(0, 1)
    for (const id of [...ids, 'last']) input(id, 2)
    await rest()
    expect(events().map((event) => event.id)).toEqual([...ids, 'last'])
    await standby.host.stop()
  })
})

describe('in a backlog', () => {
  /** Batches of inputs of one player each. */
  const backlog = (batches: number): void => {
    cluster.fetchRecords = Number.POSITIVE_INFINITY
    for (let batch = 0; batch < batches; batch++)
      for (let n = 0; n < BATCH_RECORDS_MAX; n++)
        cluster.append(INPUT, {
          key: `k${batch}`,
          value: Buffer.from(`${batch}-${n} 1`),
          partition: PARTITION,
        })
  }
  const snapshots = () => cluster.committed(SNAPSHOTS).map(({ key }) => String(key))
  const positions = () =>
    cluster.committed(POSITIONS).map(({ value }) => definition.positionCodec.decode(value ?? Buffer.alloc(0)))
  const owedFrom = () => positions().map(({ data }) => data.owed_from)
  const keys = (count: number): string[] => Array.from({ length: count }, (_, n) => `k${n}`)

  it('leaves snapshots owing until the backlog is done', async () => {
    backlog(3)
    const process = await started('a')
    process.assign(0)
    await rest()
    expect(events()).toHaveLength(3 * BATCH_RECORDS_MAX)
    expect(snapshots()).toEqual(keys(3))
    expect(owedFrom()).toEqual([0, 0, null])
    await process.host.stop()
  })

  it('leaves them owing for so many batches and no more', async () => {
    backlog(OWED_BATCHES_MAX + 2)
    const process = await started('a')
    process.assign(0)
    await rest()
    const owed = owedFrom()
    expect(owed.slice(0, OWED_BATCHES_MAX)).toEqual([
      ...Array.from({ length: OWED_BATCHES_MAX - 1 }, () => 0),
      null,
    ])
    expect(owed.at(-1)).toBe(null)
    expect(snapshots()).toEqual(keys(OWED_BATCHES_MAX + 2))
    await process.host.stop()
  })

  it.each([
    ['the same folder, in one fetch', 'a', Number.POSITIVE_INFINITY],
    ['the same folder, in many fetches', 'a', 7],
    ['an empty folder', 'b', Number.POSITIVE_INFINITY],
  ])('what a dead task owed is sent by the next, from %s', async (_how, folderOfNext, fetchRecords) => {
    backlog(3)
    const first = await started('a')
    let sends = 0
    first.broker.fault = (step, when) => {
      if (step !== 'send' || when !== 'before' || ++sends < START_SENDS + 3) return undefined
      first.kill()
      return new Promise<never>(() => {})
    }
    first.assign(0)
    await rest()
    expect(owedFrom()).toEqual([0, 0])
    expect(snapshots()).toEqual([])
    cluster.fetchRecords = fetchRecords
    const second = await started(folderOfNext)
    second.assign(0)
    await rest()
    expect(events().map((event) => event.id)).toHaveLength(3 * BATCH_RECORDS_MAX)
    expect(snapshots().slice(0, 3)).toEqual(keys(3))
    expect(owedFrom().slice(2, 4)).toEqual([null, null])
    await second.host.stop()
  })

  it('settles in several transactions what does not fit into one, though no input follows', async () => {
    const { createLogic } = definition
    const logic = createLogic()
    const bulky = Buffer.alloc(BATCH_BYTES_MAX / 2, 's')
    logic.endBatch = (_store, output, pressing) => {
      while (pressing && owed > 0 && !output.isFull(SNAPSHOTS)) {
        output.send(SNAPSHOTS, `s${owed--}`, bulky)
      }
      return owed > 0 ? 'records' : 'nothing'
    }
    let owed = 5
    definition.createLogic = () => logic
    const process = await started('a')
    process.assign(0)
    input('one', 1)
    await rest()
    expect(snapshots()).toEqual(['s5', 's4', 's3', 's2', 's1'])
    expect(owedFrom()).toEqual([0, 0, null])
    // Two that say the same are copies; one that says something else is another message.
    const [first, copy, settled] = positions().map((position) => position.event_id)
    expect(copy).toBe(first)
    expect(settled).not.toBe(first)
    await process.host.stop()
  })
})

describe('a fault at any step', () => {
  const cases = (['start', 'batch'] as const).flatMap((phase) =>
    (phase === 'start' ? START_STEPS : BATCH_STEPS).flatMap((step) =>
      (['before', 'after'] as const).map((when) => [phase, step, when] as const),
    ),
  )

  it.each(cases)(
    'in the %s, at %s, %s its effect: an error, and nothing is lost or doubled',
    async (phase, step, when) => {
      const process = await started('a')
      if (phase === 'batch') {
        process.assign(0)
        await rest()
      }
      let armed = true
      process.broker.fault = (at, moment) => {
        if (!armed || at !== step || moment !== when) return
        armed = false
        throw new Error(`injected: ${step} ${when}`)
      }
      process.assign(0)
      for (let n = 0; n < 25; n++) input(`n${n}`, 1)
      input('broken', 'x')
      await rest()
      expect(armed).toBe(false)
      expect(events().map((event) => event.id)).toEqual(Array.from({ length: 25 }, (_, n) => `n${n}`))
      expect(events().map((event) => event.version)).toEqual(Array.from({ length: 25 }, (_, n) => n + 1))
      expect(cluster.committed(DEAD_LETTERS).length).toBe(1)
      await process.host.stop()
    },
  )

  it.each(cases)(
    'in the %s, at %s, %s its effect: a kill, and the next process goes on',
    async (phase, step, when) => {
      const first = await started('a')
      if (phase === 'batch') {
        first.assign(0)
        await rest()
      }
      let armed = true
      first.broker.fault = (at, moment) => {
        if (!armed || at !== step || moment !== when) return undefined
        armed = false
        first.kill()
        return new Promise<never>(() => {})
      }
      first.assign(0)
      for (let n = 0; n < 25; n++) input(`n${n}`, 1)
      await rest()
      expect(armed).toBe(false)
      const second = await started('a')
      second.assign(0)
      input('last', 1)
      await rest()
      expect(events().map((event) => event.after)).toEqual(Array.from({ length: 26 }, (_, n) => n + 1))
      await second.host.stop()
    },
  )

  it('never uses a producer again whose send has failed, be the error as harmless as it may', async () => {
    const process = await started('a')
    process.assign(0)
    await rest()
    let fences = 0
    let armed = true
    process.broker.fault = (step, when) => {
      if (step === 'fence' && when === 'after') fences++
      if (step !== 'send' || when !== 'after' || !armed) return
      armed = false
      throw new ProtocolError('CONCURRENT_TRANSACTIONS')
    }
    input('one', 1)
    await rest()
    expect(fences).toBe(2)
    expect(events()).toEqual([{ id: 'one', before: 0, after: 1, version: 1 }])
    await process.host.stop()
  })

  it('a zombie that wakes after its partition moved on commits nothing', async () => {
    const zombie = await started('a')
    const asleep = Promise.withResolvers<void>()
    let sleeping = false
    zombie.broker.fault = (step, when) => {
      if (step !== 'commit' || when !== 'before' || sleeping) return undefined
      sleeping = true
      return asleep.promise
    }
    zombie.assign(0)
    input('one', 1)
    await cluster.settle()
    expect(sleeping).toBe(true)
    const successor = await started('b')
    successor.assign(0)
    await rest()
    expect(events()).toEqual([{ id: 'one', before: 0, after: 1, version: 1 }])
    asleep.resolve()
    await cluster.settle()
    zombie.assign()
    input('two', 1)
    await rest()
    expect(events().map((event) => event.after)).toEqual([1, 2])
    await zombie.host.stop()
    await successor.host.stop()
  })

  it('a process that dies between commit and publish, in the same folder, is caught up from the log', async () => {
    const first = await started('a')
    const asleep = Promise.withResolvers<void>()
    let sleeping = false
    first.broker.fault = (step, when) => {
      if (step !== 'commit' || when !== 'after' || sleeping) return undefined
      sleeping = true
      return asleep.promise
    }
    first.assign(0)
    input('one', 7)
    await cluster.settle()
    const second = await started('a')
    second.assign(0)
    input('two', 1)
    await rest()
    // The first wakes up and would publish its old state into the folder that is the second's by now.
    asleep.resolve()
    await cluster.settle()
    first.kill()
    input('three', 1)
    await rest()
    expect(events().map((event) => event.after)).toEqual([7, 8, 9])
    await second.host.stop()
  })
})

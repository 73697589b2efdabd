/** What a task makes of traces that its input carries: by a real SDK, over a broker in memory. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openTracing } from '../../service/open-tracing.ts'
import type { Tracing } from '../../service/tracing.ts'
import { startOtlpReceiver, STATUS_ERROR } from '../../tests/support/otlp-receiver.ts'
import type { OtlpReceiver } from '../../tests/support/otlp-receiver.ts'
import type { LogRecord } from './processor.ts'
import { MemoryCluster } from './testing/memory-broker.ts'
import { TestProcess } from './testing/process.ts'
import { tallyProcessor, tallyTopics } from './testing/tally.ts'

const {
  input: INPUT,
  events: EVENTS,
  snapshots: SNAPSHOTS,
  positions: POSITIONS,
  deadLetters: LETTERS,
} = tallyTopics()
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SAMPLED = `00-${TRACE}-b7ad6b7169203331-01`

let receiver: OtlpReceiver
let tracing: Tracing | undefined
let folder: string
let cluster: MemoryCluster
let process: TestProcess

beforeEach(async () => {
  receiver = await startOtlpReceiver()
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url)
  const config = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_TRACES_SAMPLER_ARG: 1 }
  tracing = await openTracing({ service: 'tally', config, logger: pino({ level: 'silent' }) })
  folder = mkdtempSync(join(tmpdir(), 'stakestream-traces-'))
  cluster = new MemoryCluster(1)
  process = new TestProcess(cluster, await tallyProcessor(), folder, { tracing })
  await process.start()
  process.assign(0)
  await cluster.settle()
})
afterEach(async () => {
  await process.host.stop()
  await receiver.close()
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

const input = (text: string, traceparent?: string): void => {
  const record = { key: 'k', value: Buffer.from(text), partition: 0 }
  cluster.append(INPUT, traceparent === undefined ? record : { ...record, traceparent })
}
const headersOf = (records: readonly LogRecord[]): (string | undefined)[] =>
  records.map(({ headers }) => headers['traceparent']?.toString())

it('what follows from a traced record carries its trace on, what sums up a batch carries none', async () => {
  input('one 1')
  input('two 2', SAMPLED)
  input('broken money', SAMPLED)
  await vi.waitUntil(async () => {
    await cluster.settle()
    return cluster.committed(LETTERS).length === 1
  })
  await tracing?.close()

  const [ofTwo, ofBroken] = receiver.spans().filter(({ traceId }) => traceId === TRACE)
  expect(ofTwo).toMatchObject({
    service: 'tally',
    name: `process ${INPUT}`,
    parentSpanId: SAMPLED.slice(36, 52),
  })
  expect(headersOf(cluster.committed(EVENTS))).toEqual([undefined, `00-${TRACE}-${ofTwo?.spanId}-01`])
  expect(headersOf(cluster.committed(LETTERS))).toEqual([`00-${TRACE}-${ofBroken?.spanId}-01`])
  for (const topic of [SNAPSHOTS, POSITIONS])
    expect(new Set(headersOf(cluster.committed(topic)))).toEqual(new Set([undefined]))
  expect(receiver.spans().filter(({ name }) => name === 'process batch').length).toBeGreaterThan(0)
})

it('a batch that can not be committed ends its spans with the error', async () => {
  process.broker.fault = (step, when) => {
    if (step === 'commit' && when === 'before') throw new Error('no coordinator')
  }
  input('one 1', SAMPLED)
  await vi.waitUntil(async () => {
    await cluster.settle()
    return !process.host.readiness().ready
  })
  await tracing?.close()
  const [record] = receiver.spans().filter(({ traceId }) => traceId === TRACE)
  expect(record?.status).toEqual({ code: STATUS_ERROR, message: 'CommitOutcomeUnknownError' })
})

/**
 * The log again, from its beginning and into an empty state: the processors must say the same, byte for byte, as they said
 * when the transactions came in, in other batches and with crashes in between.
 */
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { alarmRates } from '../../cli/aml/rates.ts'
import { BatchOutput } from '../../streams/runtime/output.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { PoisonError } from '../../streams/runtime/processor.ts'
import type { LogRecord, TaskLogic } from '../../streams/runtime/processor.ts'
import { AlertsLogic } from '../../streams/alerts/logic.ts'
import { testCodecs as alertsCodecs } from '../../streams/alerts/testing/fixtures.ts'
import { AmlLogic } from '../../streams/aml/logic.ts'
import { testCodecs as amlCodecs } from '../../streams/aml/testing/fixtures.ts'
import { MapStore } from '../../streams/wallet/testing/fixtures.ts'
import { createCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { RuleBook } from '../../topics/rule-book.ts'
import { newSample, reconciled, replay } from '../support/e2e.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'
import { wholeLog } from '../support/whole-log.ts'

const BATCH = 300

let broker: StreamsBroker
beforeAll(async () => {
  const log = pino({ level: 'silent' })
  broker = await connectKafkajs({ brokers: brokersFromEnvironment(), clientId: 'aml-replay', log })
})
afterAll(() => broker.close())

const schemas = registrySource({ url: required('SCHEMA_REGISTRY_URL') })

/** Values of a topic as hexadecimal, in their order within a partition. */
const valuesOf = async (
  topic: string,
  wanted: (value: Buffer) => boolean = () => true,
): Promise<string[][]> =>
  (await wholeLog(broker, topic)).map((records) =>
    records.flatMap(({ value }) => (value !== null && wanted(value) ? [value.toString('hex')] : [])),
  )

/** The newest value of each key. */
async function newestOf(topic: string): Promise<Map<string, string>> {
  const newest = new Map<string, string>()
  for (const records of await wholeLog(broker, topic))
    for (const { key, value } of records) newest.set(String(key), value?.toString('hex') ?? '')
  return newest
}

/** What a logic sends over the records of each partition, by topic. */
function processed(
  partitions: readonly (readonly LogRecord[])[],
  createLogic: () => TaskLogic,
): Map<string, { key: string; value: string; partition: number }[]> {
  const sent = new Map<string, { key: string; value: string; partition: number }[]>()
  for (const [partition, records] of partitions.entries()) {
    const store = new MapStore()
    const logic = createLogic()
    for (let from = 0; from < records.length; from += BATCH) {
      const output = new BatchOutput(partition)
      for (const record of records.slice(from, from + BATCH)) processOne(logic, record, store, output)
      logic.endBatch(store, output, true)
      store.commit()
      for (const [topic, outgoing] of output.records) {
        const list = sent.get(topic) ?? []
        for (const { key, value } of outgoing) list.push({ key, value: value.toString('hex'), partition })
        sent.set(topic, list)
      }
    }
  }
  return sent
}

/** What can't be read went to the dead letters, and changed nothing. */
function processOne(logic: TaskLogic, record: LogRecord, store: MapStore, output: BatchOutput): void {
  try {
    logic.process(record, store, output)
  } catch (error) {
    if (!(error instanceof PoisonError)) throw error
  }
}

type Sent = ReturnType<typeof processed>

const inOrder = (sent: Sent, topic: string, partitions: number): string[][] =>
  Array.from({ length: partitions }, (_, partition) =>
    (sent.get(topic) ?? []).filter((each) => each.partition === partition).map(({ value }) => value),
  )

const newest = (sent: Sent, topic: string): Map<string, string> =>
  new Map((sent.get(topic) ?? []).map(({ key, value }) => [key, value]))

async function amlAgain(): Promise<Sent> {
  const [codecs, rulesCodec] = await Promise.all([
    amlCodecs(schemas),
    createCodec('aml.rules.updated', schemas),
  ])
  const book = new RuleBook()
  for (const records of await wholeLog(broker, 'aml.rules.updated'))
    for (const { value } of records) if (value !== null) book.learn(rulesCodec.decode(value).data)
  const rules = {
    inForce: (partnerId: string, atMs: number) => book.inForce(partnerId, atMs),
    knownUpTo: () => Promise.resolve(),
  }
  return processed(await wholeLog(broker, 'wallet.transaction.created'), () => new AmlLogic(codecs, rules))
}

describe('the log from its beginning, into an empty state', () => {
  beforeAll(async () => {
    await replay(await newSample(2_000), { via: 'kafka' })
    await reconciled()
  })

  it('gives the same assessments, findings and profiles', { timeout: 180_000 }, async () => {
    const command = await createCodec('aml.command', schemas)
    const isFinding = (value: Buffer): boolean => command.decode(value).data.action === 'RAISE_ALERT'
    // The running processor may still be on its way.
    const { sent, assessed } = await waitFor(
      async () => {
        const again = await amlAgain()
        const there = await valuesOf('aml.transaction.assessed')
        const expected = again.get('aml.transaction.assessed')?.length ?? 0
        return there.flat().length >= expected && expected > 0 && { sent: again, assessed: there }
      },
      { timeoutMs: 120_000, what: 'the AML processor' },
    )
    expect(assessed.flat().length).toBeGreaterThan(1_000)
    expect(inOrder(sent, 'aml.transaction.assessed', assessed.length)).toEqual(assessed)
    const findings = await valuesOf('aml.command', isFinding)
    expect(findings.flat().length).toBeGreaterThan(0)
    expect(inOrder(sent, 'aml.command', findings.length)).toEqual(findings)
    expect(newest(sent, 'aml.risk-profile.updated')).toEqual(await newestOf('aml.risk-profile.updated'))
  })

  it('has every accepted transaction assessed, in ClickHouse too', { timeout: 180_000 }, async () => {
    const { open, totals, rates } = await alarmRates()
    expect(open).toBe(0)
    const assessed = (await wholeLog(broker, 'aml.transaction.assessed')).flat().length
    const counted = totals.reduce((sum, { transactions }) => sum + Number(transactions), 0)
    // Reversals lie in the topic, too.
    expect(counted).toBeGreaterThan(0.9 * assessed)
    expect(rates.some(({ kind, name }) => kind === 'factor' && name === 'AMOUNT_DEVIATION')).toBe(true)
  })

  it('gives the same alerts and standings', { timeout: 180_000 }, async () => {
    const codecs = await alertsCodecs(schemas)
    const again = async (): Promise<Sent> =>
      processed(await wholeLog(broker, 'aml.command'), () => new AlertsLogic(codecs))
    const created = async (): Promise<string[][]> => valuesOf('aml.alert.created')
    const sent = await waitFor(
      async () => {
        const all = await again()
        const expected = all.get('aml.alert.created')?.length ?? 0
        return (await created()).flat().length >= expected && expected > 0 && all
      },
      { timeoutMs: 120_000, what: 'the processor of alerts' },
    )
    const there = await created()
    expect(inOrder(sent, 'aml.alert.created', there.length)).toEqual(there)
    expect(inOrder(sent, 'aml.alert.updated', there.length)).toEqual(await valuesOf('aml.alert.updated'))
    expect(newest(sent, 'aml.player.updated')).toEqual(await newestOf('aml.player.updated'))
  })
})

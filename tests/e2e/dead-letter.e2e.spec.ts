/** Records that are no commands, put straight into wallet.command: dead letters with their coordinates, and life goes on. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DeadLettered, WalletCommand } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { PlayerId } from '../../domain/ids.ts'
import { openKafkaTarget } from '../../cli/replay/kafka-target.ts'
import type { Outcome } from '../../cli/replay/outcome.ts'
import { toWalletCommand } from '../../cli/replay/command.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import type { LogReader, StreamsBroker } from '../../streams/runtime/port.ts'
import { createCodec } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import { aCommand } from '../support/replay.ts'
import { waitFor } from '../support/wait.ts'
import { createLogger } from '../../service/logger.ts'

let broker: StreamsBroker
let reader: LogReader
let command: TopicCodec<WalletCommand>
let deadLetter: TopicCodec<DeadLettered>
const letters: DeadLettered[] = []

beforeAll(async () => {
  const source = registrySource({ url: required('SCHEMA_REGISTRY_URL') })
  command = await createCodec('wallet.command', source)
  deadLetter = await createCodec('wallet.command.dlq', source)
  broker = await connectKafkajs({
    brokers: brokersFromEnvironment(),
    clientId: 'e2e',
    log: createLogger('e2e', 'silent'),
  })
  reader = broker.logReader(['wallet.command.dlq'])
  await reader.start(() => undefined)
  const count = await broker.partitionCount('wallet.command.dlq')
  for (let partition = 0; partition < count; partition++) {
    const place = { topic: 'wallet.command.dlq', partition } as const
    reader.follow(place, (await broker.offsets(place)).end, (batch) => {
      for (const { value } of batch.records) if (value !== null) letters.push(deadLetter.decode(value))
      return Promise.resolve()
    })
  }
})

afterAll(async () => {
  await reader.stop()
  await broker.close()
})

const letterOf = (value: Buffer): Promise<DeadLettered> =>
  waitFor(() => letters.find(({ data }) => data.record_value?.equals(value) === true), {
    what: 'the dead letter',
  })

/** Sends a command of the player behind whatever lies in the partition, and waits for its outcome. */
async function depositLands(playerId: PlayerId): Promise<Outcome[]> {
  const reply = await createCodec('wallet.reply', registrySource({ url: required('SCHEMA_REGISTRY_URL') }))
  const target = await openKafkaTarget({ broker, command, reply, deadLetter, silenceMsMax: 30_000 })
  const outcomes: Outcome[] = []
  try {
    const transactionIdPartner = `${playerId}-deposit`
    const deposit = aCommand({ type: 'DEPOSIT', playerId, gameId: null, roundId: null, transactionIdPartner })
    await target.submit(deposit, (outcome) => outcomes.push(outcome))
    await target.drain()
  } finally {
    await target.close()
  }
  return outcomes
}

describe('a record that is no command', () => {
  it.each<[string, () => Buffer, string]>([
    ['bytes of no schema', () => Buffer.from(`garbage ${randomUUID()}`), 'RECORD_UNDECODABLE'],
    [
      'a schema id that nobody registered',
      () => Buffer.concat([Buffer.from([0, 0x7f, 0, 0, 1]), Buffer.from(randomUUID())]),
      'RECORD_UNDECODABLE',
    ],
    [
      'a command that breaks a rule',
      () => {
        const record = toWalletCommand(
          aCommand({ playerId: `bad-${randomUUID()}` as PlayerId }),
          0,
          Date.now(),
        )
        return command.encode({ ...record, data: { ...record.data, amount: -1n } })
      },
      'RECORD_INVALID',
    ],
  ])('(%s) becomes a dead letter with its coordinates, and its partition goes on', async (_, make, code) => {
    const playerId = `dead-${randomUUID()}` as PlayerId
    const key = playerKey(aCommand().partnerId, playerId)
    const value = make()
    await broker.send('wallet.command', [{ key, value }])
    const { data } = await letterOf(value)
    expect(data).toMatchObject({ processor: 'wallet', error_code: code, source_topic: 'wallet.command' })
    expect(data.reason).not.toBe('')
    expect(data.record_key?.toString()).toBe(key)
    const { end } = await broker.offsets({ topic: 'wallet.command', partition: data.source_partition })
    expect(data.source_offset).toBeLessThan(end)
    expect(await depositLands(playerId)).toEqual([{ outcome: 'APPLIED', code: null }])
  })

  it('that a replay waits for ends as a refusal', async () => {
    const target = await openKafkaTarget({
      broker,
      command,
      reply: await createCodec('wallet.reply', registrySource({ url: required('SCHEMA_REGISTRY_URL') })),
      deadLetter,
      silenceMsMax: 30_000,
    })
    const outcomes: Outcome[] = []
    await target.submit(
      aCommand({ type: 'ROLLBACK', amount: 5n, referenceTransactionIdPartner: 'b' }),
      (outcome) => outcomes.push(outcome),
    )
    await target.drain()
    await target.close()
    expect(outcomes).toEqual([{ outcome: 'REJECTED', code: 'RECORD_INVALID' }])
  })
})

/** Dead letters are listed, shown, sent again once or given up, on the real broker; the audit trail has each step. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAdmin, eventually, newId, request } from '../api/testing/live.ts'
import type { DeadLetter, DeadLettered, WalletCommand } from '../avro/types.ts'
import { BLANK_WALLET_COMMAND } from '../avro/wallet-command.ts'
import { playerKey } from '../domain/ids.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import { createCodec } from '../topics/codec.ts'
import type { TopicCodec } from '../topics/codec.ts'
import { partitionOfKey } from '../topics/partitioner.ts'
import { registrySource } from '../topics/registry.ts'
import { brokersFromEnvironment, required } from '../tests/support/environment.ts'
import { startCli } from '../tests/support/e2e.ts'
import { letterIdOf } from './dead-letters/handle.ts'
import { parsePlace } from './dead-letters/letters.ts'

const PARTNER = required('STAKESTREAM_PARTNER_ID')
const REASON = `a test ${randomUUID()}`

let broker: StreamsBroker
let command: TopicCodec<WalletCommand>
let deadLetter: TopicCodec<DeadLettered>
beforeAll(async () => {
  const source = registrySource({ url: required('SCHEMA_REGISTRY_URL') })
  command = await createCodec('wallet.command', source)
  deadLetter = await createCodec('wallet.command.dlq', source)
  const log = createLogger('test', 'silent')
  broker = await connectKafkajs({ brokers: brokersFromEnvironment(), clientId: newId('letters'), log })
})
afterAll(() => broker.close())

const cli = (...args: readonly string[]) => startCli(['dead-letters', ...args]).ended

const row = z.object({ place: z.string(), reason: z.string(), handling: z.string(), error_code: z.string() })
async function listed(...args: readonly string[]): Promise<z.output<typeof row>[]> {
  const { stdout } = await cli('list', '--json', ...args)
  return z.array(row).parse(JSON.parse(stdout))
}

/** Puts a letter aside as a processor would, and answers where it lies. */
async function putAside(topic: 'wallet.command.dlq' | 'wallet.balance.dlq', parts: Partial<DeadLetter>) {
  const reason = `put aside by a test ${randomUUID()}`
  const value = deadLetter.encode({
    event_id: randomUUID(),
    event_type: 'dead_letter.created',
    timestamp: Date.now(),
    data: {
      processor: 'wallet',
      error_code: 'RECORD_INVALID',
      reason,
      source_topic: 'wallet.command',
      source_partition: 0,
      source_offset: 1,
      source_timestamp: Date.now(),
      record_key: null,
      record_value: null,
      record_headers: {},
      ...parts,
    },
  })
  await broker.send(topic, [{ key: reason, value }])
  const found = (await listed('--topic', topic)).find((each) => each.reason === reason)
  if (found === undefined) throw new Error('the letter is not listed')
  return found.place
}

/** A deposit that was put aside though nothing is wrong with it any more. */
async function depositAside(player: string): Promise<string> {
  const key = playerKey(PARTNER, player)
  const deposit: WalletCommand = {
    event_id: randomUUID(),
    event_type: 'wallet.command',
    timestamp: Date.now(),
    data: {
      partner_id: PARTNER,
      player_id: player,
      type: 'DEPOSIT',
      currency: 'USD',
      created_at: Date.now(),
      ...BLANK_WALLET_COMMAND,
      amount: 70_000n,
      transaction_id_partner: newId('dep'),
    },
  }
  const partition = partitionOfKey(key, await broker.partitionCount('wallet.command'))
  return putAside('wallet.command.dlq', {
    source_partition: partition,
    record_key: Buffer.from(key),
    record_value: command.encode(deposit),
  })
}

const audited = (place: string) =>
  eventually(async () => {
    const { text } = await request('GET', '/audit?limit=200', undefined, asAdmin)
    const { data } = z
      .object({ data: z.array(z.looseObject({ subject_id: z.string(), action: z.string() })) })
      .parse(JSON.parse(text))
    return data.find(({ subject_id: id }) => id === letterIdOf(parsePlace(place)))
  })

describe('a command that was put aside', () => {
  it('is shown decoded, goes back to its topic once, however many want it to, and is applied', async () => {
    const player = newId('player')
    const place = await depositAside(player)
    const { stdout } = await cli('show', place)
    expect(JSON.parse(stdout)).toMatchObject({
      place,
      handling: 'OPEN',
      key: playerKey(PARTNER, player),
      value: { data: { player_id: player, amount: '70000' } },
    })
    const all = await Promise.all([1, 2].map(() => cli('replay', place, '--reason', REASON)))
    expect(all.filter(({ code }) => code === 0)).toHaveLength(1)
    const wallet = await eventually(async () => {
      const answer = await request('GET', `/wallet/${player}?currency=USD`)
      return answer.status === 200 ? answer.text : undefined
    })
    expect(wallet).toContain('"balance":7.00')
    expect(wallet).toContain('"version":1')
    const again = await cli('replay', place, '--reason', REASON)
    expect([again.code, again.stderr]).toEqual([
      1,
      expect.stringContaining('DEAD_LETTER_HANDLED: ' + place + ' was replayed before'),
    ])
    expect(await audited(place)).toMatchObject({
      action: 'REPLAY_DEAD_LETTER',
      reason: REASON,
      subject_type: 'dead_letter',
      actor_key_id: expect.stringMatching(/^cli:/),
    })
  })

  it('is given up, and no longer listed', async () => {
    const place = await putAside('wallet.command.dlq', { record_value: Buffer.from('garbage') })
    const { stdout } = await cli('show', place)
    expect(JSON.parse(stdout)).toMatchObject({ value: { undecodable: expect.any(String) } })
    expect((await cli('discard', place, '--reason', REASON)).code).toBe(0)
    const left = await listed('--topic', 'wallet.command')
    expect(left.find((each) => each.place === place)).toBeUndefined()
    const all = await listed('--topic', 'wallet.command', '--all')
    expect(all.find((each) => each.place === place)?.handling).toBe('DISCARDED')
    expect(await audited(place)).toMatchObject({ action: 'DISCARD_DEAD_LETTER', reason: REASON })
  })
})

describe('what is not done', () => {
  it('an event is not sent a second time to all who have taken it', async () => {
    const place = await putAside('wallet.balance.dlq', {
      source_topic: 'wallet.balance',
      processor: 'sink-postgres',
    })
    const { code, stderr } = await cli('replay', place, '--reason', REASON)
    expect([code, stderr]).toEqual([1, expect.stringContaining('DEAD_LETTER_NOT_REPLAYABLE')])
    expect((await listed('--topic', 'wallet.balance')).map((each) => each.place)).toContain(place)
    expect((await cli('discard', place, '--reason', REASON)).code).toBe(0)
  })

  it.each([
    ['no place', ['show', 'wallet.command/0/1'], 2, 'is no place of a dead letter'],
    ['nothing there', ['show', 'wallet.command.dlq/0/999999999'], 1, 'DEAD_LETTER_NOT_FOUND'],
    ['no reason', ['discard', 'wallet.command.dlq/0/0'], 2, '--reason'],
    ['no such topic', ['list', '--topic', 'wallet'], 2, 'is no topic of dead letters'],
  ] as const)('%s is said so', async (_, args, code, said) => {
    const ended = await cli(...args)
    expect([ended.code, ended.stderr]).toEqual([code, expect.stringContaining(said)])
  })
})

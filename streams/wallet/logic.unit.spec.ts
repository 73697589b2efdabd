import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCodec } from '../../topics/codec.ts'
import type { WalletCommand } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { PoisonError } from '../runtime/processor.ts'
import type { LogRecord } from '../runtime/processor.ts'
import { WalletLogic, walletProcessor } from './logic.ts'
import type { WalletCodecs } from './logic.ts'
import {
  ListOutput,
  MapStore,
  PARTNER_ID,
  START_MS,
  commandRecord,
  logRecord,
  memoryCodecs,
  memorySchemas,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts, SentRecord } from './testing/fixtures.ts'
import { bet } from './testing/scenario.ts'

const KEY = `${PARTNER_ID}/ann`
const REPLY_PARTITIONS = 4
const EMPTY = Buffer.alloc(0)

let codecs: WalletCodecs
let store: MapStore
let output: ListOutput
let logic: WalletLogic
let commands = 0
beforeAll(async () => {
  codecs = await memoryCodecs()
})
beforeEach(() => {
  store = new MapStore()
  output = new ListOutput()
  logic = new WalletLogic(codecs, { replyPartitions: REPLY_PARTITIONS })
  commands = 0
})

function send(parts: CommandParts): WalletCommand {
  commands++
  const command = testCommand(testUuid(commands), START_MS + commands, parts)
  logic.process(commandRecord(codecs, command, commands), store, output)
  return command
}

function endBatch(): SentRecord[] {
  logic.endBatch(store, output, true)
  store.commit()
  const { sent } = output
  output = new ListOutput()
  return sent
}

/** A profile that excludes the player without end. */
const excluding = (from: number): CommandParts => ({
  type: 'PLAYER_UPDATE',
  currency: NO_CURRENCY,
  player: {
    country: 'MT',
    name: 'k1:name',
    date_of_birth: 'k1:date',
    self_exclusion: { from, until: null },
    limits: [{ kind: 'BET', period: 'DAY', currency: 'USD', amount: 1_000_000n }],
  },
})
const LIFTING: CommandParts = {
  type: 'PLAYER_UPDATE',
  currency: NO_CURRENCY,
  player: { country: null, name: null, date_of_birth: null, self_exclusion: null, limits: [] },
}

const topics = (sent: readonly SentRecord[]): string[] => sent.map(({ topic }) => topic)

describe('from batch to batch', () => {
  /** What is sent when each step is a batch, by one logic or by a new one each time, which has to read the store. */
  function play(renew: boolean): SentRecord[] {
    store = new MapStore()
    commands = 0
    return [{ type: 'DEPOSIT', amount: 100n } as const, bet('b-1', 30n), bet('b-2', 30n)].flatMap((parts) => {
      if (renew) logic = new WalletLogic(codecs, { replyPartitions: REPLY_PARTITIONS })
      send(parts)
      return endBatch()
    })
  }

  it('goes on from what it has kept as from what it reads', () => {
    const kept = play(false)
    expect(kept).toHaveLength(6)
    expect(kept).toEqual(play(true))
  })

  it('goes on from what a restore brought, not from what was kept before', () => {
    const snapshot = logRecord(KEY, play(false).at(-1)?.value ?? EMPTY)
    store = new MapStore()
    logic = new WalletLogic(codecs, { replyPartitions: REPLY_PARTITIONS })
    send({ type: 'DEPOSIT', amount: 7n })
    endBatch()
    logic.restore('wallet.balance', [snapshot], store, false)
    store.commit()
    send(bet('b-3', 1n))
    const { wallets } = codecs.balance.decode(endBatch().at(-1)?.value ?? EMPTY).data
    expect(wallets[0]).toMatchObject({ balance: 39n, version: 4 })
  })
})

describe('process', () => {
  it("sends the event and the snapshot under the player's key, each in its envelope", () => {
    const command = send({ type: 'DEPOSIT', amount: 5n })
    const [event, snapshot, ...more] = endBatch()
    expect(more).toEqual([])
    expect(event).toMatchObject({ topic: 'wallet.transaction.created', key: KEY, partition: undefined })
    expect(codecs.transaction.decode(event?.value ?? EMPTY)).toMatchObject({
      event_id: command.event_id,
      event_type: 'transaction.created',
      timestamp: command.timestamp,
      data: { transaction_id: command.event_id, command_id: command.event_id, partner_id: PARTNER_ID },
    })
    expect(snapshot).toMatchObject({ topic: 'wallet.balance', key: KEY, partition: undefined })
    expect(codecs.balance.decode(snapshot?.value ?? EMPTY)).toMatchObject({
      event_id: command.event_id,
      event_type: 'balance.updated',
      data: {
        player_id: 'ann',
        wallets: [{ currency: 'USD', balance: 5n, held: 0n, version: 1, aml_hold: false }],
      },
    })
  })

  it('marks the event of a step as an update of its transaction', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    const asked = send({ type: 'WITHDRAWAL', amount: 5n, hold_expires_at: START_MS + 9 })
    endBatch()
    const step = send({ type: 'WITHDRAWAL_APPROVE', transaction_id: asked.event_id })
    const event = codecs.transaction.decode(endBatch()[0]?.value ?? EMPTY)
    expect(event).toMatchObject({ event_id: step.event_id, event_type: 'transaction.updated' })
    expect(event.data).toMatchObject({ transaction_id: asked.event_id, command_id: step.event_id })
  })

  it("answers on the partition that the command names, under the command's id", () => {
    const command = send({ type: 'DEPOSIT', amount: 5n, reply_to: 3 })
    const reply = endBatch().find(({ topic }) => topic === 'wallet.reply')
    expect(reply).toMatchObject({ key: command.event_id, partition: 3 })
    expect(codecs.reply.decode(reply?.value ?? EMPTY)).toMatchObject({
      event_id: command.event_id,
      event_type: 'command.decided',
      data: { command_id: command.event_id, player_id: 'ann', outcome: 'APPLIED', balance: 5n, version: 1 },
    })
  })

  it('applies a command whose reply partition does not exist, and answers nobody', () => {
    send({ type: 'DEPOSIT', amount: 5n, reply_to: REPLY_PARTITIONS })
    expect(topics(endBatch())).toEqual(['wallet.transaction.created', 'wallet.balance'])
  })

  it('sends one snapshot per player and batch, of the last change', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    const last = send({ type: 'DEPOSIT', amount: 6n })
    send(bet('b1', 100n))
    const other = send({ type: 'DEPOSIT', amount: 7n, player_id: 'bob' })
    const snapshots = endBatch().filter(({ topic }) => topic === 'wallet.balance')
    expect(snapshots.map(({ value }) => codecs.balance.decode(value).event_id)).toEqual([
      last.event_id,
      other.event_id,
    ])
  })

  it('sends a snapshot, an audit entry and no event for a change of standing', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    endBatch()
    send({ type: 'WALLET_FREEZE' })
    const sent = endBatch()
    expect(topics(sent)).toEqual(['wallet.balance', 'audit.wallet-entry.recorded'])
    expect(codecs.balance.decode(sent[0]?.value ?? EMPTY).data.wallets[0]).toMatchObject({
      status: 'frozen',
      version: 2,
    })
  })

  it('sends an event and no snapshot for a rejection, and neither for a repeat', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    endBatch()
    send(bet('b1', 100n))
    expect(topics(endBatch())).toEqual(['wallet.transaction.created'])
    send(bet('b1', 100n))
    expect(endBatch()).toEqual([])
  })

  it('counts what commands came to, refusals by their code', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    send(bet('b1', 100n))
    send(bet('b1', 100n))
    expect(output.outcomes).toEqual(['applied', 'rejected INSUFFICIENT_FUNDS', 'replayed'])
  })

  it('owes the snapshot and the entries while nothing presses, and then sends it for the last change', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    expect(logic.endBatch(store, output, false)).toBe('records and entries')
    store.commit()
    expect([...store.range('', '\uffff')]).toEqual([])
    const last = send(bet('b1', 1n))
    expect(logic.endBatch(store, output, true)).toBe('nothing')
    expect(topics(output.sent)).toEqual([
      'wallet.transaction.created',
      'wallet.transaction.created',
      'wallet.balance',
    ])
    const { event_id: id, data } = codecs.balance.decode(output.sent.at(-1)?.value ?? EMPTY)
    expect(id).toBe(last.event_id)
    expect(data.wallets[0]).toMatchObject({ balance: 4n, version: 2 })
  })

  it('never owes a change of standing, which nothing else records', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    send({ type: 'WALLET_FREEZE' })
    expect(topics(output.sent)).toEqual([
      'wallet.transaction.created',
      'wallet.balance',
      'audit.wallet-entry.recorded',
    ])
    expect(logic.endBatch(store, output, false)).toBe('nothing')
  })

  it('sends a profile and its audit entry at once, as a whole, and neither event nor snapshot', () => {
    const command = send(excluding(START_MS))
    expect(topics(output.sent)).toEqual(['player.profile.updated', 'audit.wallet-entry.recorded'])
    expect(logic.endBatch(store, output, false)).toBe('nothing')
    const [sent] = endBatch()
    expect(sent).toMatchObject({ key: KEY, partition: undefined })
    expect(codecs.profile.decode(sent?.value ?? EMPTY)).toEqual({
      event_id: command.event_id,
      event_type: 'player.updated',
      timestamp: command.timestamp,
      data: {
        partner_id: PARTNER_ID,
        player_id: 'ann',
        ...command.data.player,
        version: 1,
        updated_at: command.timestamp,
        command_id: command.event_id,
      },
    })
  })

  it('records the beginning of an exclusion that goes on, and answers it', () => {
    send(excluding(START_MS))
    send({ ...excluding(START_MS + 2), reply_to: 0 })
    const [, , profile, , reply] = endBatch()
    expect(codecs.profile.decode(profile?.value ?? EMPTY).data).toMatchObject({
      version: 2,
      self_exclusion: { from: START_MS, until: null },
    })
    const { data } = codecs.reply.decode(reply?.value ?? EMPTY)
    expect(data).toMatchObject({ outcome: 'APPLIED', version: 2, self_excluded_from: START_MS })
  })

  it('sends an answer and an entry for a profile that is refused, and nothing for one that is known', () => {
    const command = send(excluding(START_MS))
    endBatch()
    send({ ...LIFTING, reply_to: 0 })
    logic.process(commandRecord(codecs, command, 9), store, output)
    expect(topics(endBatch())).toEqual(['audit.wallet-entry.recorded', 'wallet.reply'])
  })

  it('owes the snapshot of a movement also where a profile follows', () => {
    const deposit = send({ type: 'DEPOSIT', amount: 5n })
    send(excluding(START_MS))
    const sent = endBatch()
    expect(topics(sent)).toEqual([
      'wallet.transaction.created',
      'player.profile.updated',
      'audit.wallet-entry.recorded',
      'wallet.balance',
    ])
    expect(codecs.balance.decode(sent[3]?.value ?? EMPTY).event_id).toBe(deposit.event_id)
  })

  it('sends no snapshot for a recalled profile of a player without a wallet', () => {
    const command = send(excluding(START_MS))
    endBatch()
    logic.recall(commandRecord(codecs, command, 1))
    expect(endBatch()).toEqual([])
  })

  it('stops sending snapshots where the output is full, and owes the rest', () => {
    for (const player of ['ann', 'bob', 'eve']) send({ type: 'DEPOSIT', amount: 5n, player_id: player })
    output.isFull = () => output.of('wallet.balance').length > 0
    expect(logic.endBatch(store, output, true)).toBe('records')
    expect(output.of('wallet.balance').map(({ key }) => key)).toEqual([`${PARTNER_ID}/ann`])
    store.commit()
    output.isFull = () => false
    expect(logic.endBatch(store, output, true)).toBe('nothing')
    expect(output.of('wallet.balance').map(({ key }) => key)).toEqual(
      ['ann', 'bob', 'eve'].map((player) => `${PARTNER_ID}/${player}`),
    )
  })

  it('sends for a recalled command what the store has, as a message of its own', () => {
    const deposit = send({ type: 'DEPOSIT', amount: 5n })
    endBatch()
    logic = new WalletLogic(codecs, { replyPartitions: REPLY_PARTITIONS })
    logic.recall(commandRecord(codecs, deposit, 1))
    logic.recall(logRecord(KEY, Buffer.from('broken')))
    const unknown = testCommand(testUuid(9), START_MS, { ...bet('b1', 1n), player_id: 'nobody' })
    logic.recall(commandRecord(codecs, unknown, 2))
    const [snapshot, ...more] = endBatch()
    expect(more).toEqual([])
    const { event_id: id, data } = codecs.balance.decode(snapshot?.value ?? EMPTY)
    expect(id).toBe('00000000-0000-8000-8000-000000000001')
    expect(data.wallets[0]).toMatchObject({ balance: 5n, version: 1 })
  })

  it('writes to the store only at the end of a batch', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    expect(store.isDirty).toBe(false)
    logic.endBatch(store, output, true)
    expect(store.isDirty).toBe(true)
  })
})

describe('poison', () => {
  const valid = (): Buffer =>
    codecs.command.encode(testCommand(testUuid(1), START_MS, { type: 'DEPOSIT', amount: 5n }))
  const cases: [string, () => LogRecord, string, string][] = [
    ['no value', () => logRecord(KEY, null), 'RECORD_UNDECODABLE', 'no value'],
    ['no wire format', () => logRecord(KEY, Buffer.from('{"a":1}')), 'RECORD_UNDECODABLE', 'wire format'],
    [
      'another schema',
      () => logRecord(KEY, Buffer.from([0, 0, 0, 9, 9, 1])),
      'RECORD_UNDECODABLE',
      'schema id',
    ],
    ['a cut body', () => logRecord(KEY, valid().subarray(0, 40)), 'RECORD_UNDECODABLE', ''],
    ['no key', () => logRecord(null, valid()), 'RECORD_INVALID', 'key'],
    ['another key', () => logRecord(`${PARTNER_ID}/bob`, valid()), 'RECORD_INVALID', 'key'],
    [
      'content that breaks a rule',
      () => commandRecord(codecs, testCommand(testUuid(1), START_MS, { type: 'DEPOSIT', amount: -5n })),
      'RECORD_INVALID',
      'amount is negative',
    ],
  ]
  it.each(cases)('%s: refused before anything is written', (_what, record, code, reason) => {
    let thrown: unknown
    try {
      logic.process(record(), store, output)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(PoisonError)
    expect(thrown).toMatchObject({ code })
    expect(thrown instanceof Error && thrown.message).toContain(reason)
    expect(endBatch()).toEqual([])
    expect(store.entries()).toEqual([])
  })

  it('a fault of ours is not poison', () => {
    const fault = new Error('disk')
    const broken: WalletCodecs = {
      ...codecs,
      command: {
        ...codecs.command,
        decode: () => {
          throw fault
        },
      },
    }
    expect(() =>
      new WalletLogic(broken, { replyPartitions: 1 }).process(logRecord(KEY, valid()), store, output),
    ).toThrow(fault)
  })
})

describe('restore', () => {
  it('stops at a record without a value', () => {
    expect(() => logic.restore('wallet.balance', [logRecord(KEY, null)], store, false)).toThrow(
      'without a value',
    )
  })

  it('takes nothing from other topics', () => {
    logic.restore('wallet.reply', [logRecord(KEY, Buffer.from('x'))], store, false)
    expect(store.isDirty).toBe(false)
  })

  it('gives a player without a wallet his profile back', () => {
    send(excluding(START_MS))
    const [sent] = endBatch()
    const live = store.entries()
    store = new MapStore()
    logic = new WalletLogic(codecs, { replyPartitions: REPLY_PARTITIONS })
    logic.restore('player.profile.updated', [logRecord(KEY, sent?.value ?? EMPTY)], store, false)
    store.commit()
    expect(store.entries()).toEqual(live)
    expect(live.map(([key]) => key)).toEqual([`f/${KEY}`, `p/${KEY}`])
    send(bet('b-1', 1n))
    send({ type: 'DEPOSIT', amount: 5n })
    const codes = endBatch().map(({ value }) => codecs.transaction.decode(value).data.error_code)
    expect(codes).toEqual(['WALLET_NOT_FOUND', 'PLAYER_SELF_EXCLUDED'])
  })

  it('takes the standing from a snapshot that is older than the last event', () => {
    send({ type: 'DEPOSIT', amount: 5n })
    send({ type: 'WALLET_FREEZE' })
    send({ type: 'WIN', amount: 3n, round_id: 'r1', transaction_id_partner: 'w1' })
    const [, frozen] = output.sent
    const newest = output.of('wallet.transaction.created').at(-1)
    logic.endBatch(store, output, false)
    store.commit()
    const expected = store.get(`p/${KEY}`)
    store = new MapStore()
    logic = new WalletLogic(codecs, { replyPartitions: REPLY_PARTITIONS })
    logic.restore('wallet.transaction.created', [logRecord(KEY, newest?.value ?? EMPTY)], store, false)
    store.commit()
    expect(store.get(`p/${KEY}`)).not.toEqual(expected)
    logic.restore('wallet.balance', [logRecord(KEY, frozen?.value ?? EMPTY)], store, false)
    store.commit()
    expect(store.get(`p/${KEY}`)).toEqual(expected)
  })
})

describe('walletProcessor', () => {
  it('names its topics and makes a logic per task', () => {
    const definition = walletProcessor(codecs, { replyPartitions: 1 })
    expect(definition).toMatchObject({
      name: 'wallet',
      inputTopic: 'wallet.command',
      deadLetterTopic: 'wallet.command.dlq',
      changelogTopics: ['wallet.balance', 'player.profile.updated', 'wallet.transaction.created'],
    })
    expect(definition.createLogic()).not.toBe(definition.createLogic())
  })

  it('learns the schemas that it does not know, once each', async () => {
    const source = memorySchemas()
    const asked: number[] = []
    const counting = {
      ...source,
      textOf: (id: number) => {
        asked.push(id)
        return source.textOf(id)
      },
    }
    const own = await memoryCodecs(counting)
    const older = await createCodec('wallet.command', source)
    const definition = walletProcessor(own, { replyPartitions: 1 })
    const command = testCommand(testUuid(1), START_MS, { type: 'DEPOSIT', amount: 5n })
    const record = logRecord(KEY, older.encode(command))
    await definition.prepare('wallet.command', [record, record, logRecord(KEY, null)])
    await definition.prepare('wallet.position', [record])
    expect(asked).toEqual([older.schemaId])
    expect(() => definition.createLogic().process(record, store, output)).not.toThrow()
  })
})

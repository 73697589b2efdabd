/**
 * Two days of a small casino, to the cent: what every report must say of them is worked out by hand in the tests. A second partner plays
 * beside it with amounts that would show in any sum.
 */
import { randomUUID } from 'node:crypto'
import type { LedgerEntry, PartnerUpdated, Transaction, TransactionCreated } from '../../avro/types.ts'
import { parseAmount } from '../../domain/money.ts'
import type { ClickhouseSource } from '../../sinks/clickhouse/sources.ts'
import { createClickhouseStore } from '../../sinks/clickhouse/store.ts'
import type { Slice } from '../../sinks/runtime/types.ts'
import { Bench, testCodecs } from '../../streams/aml/testing/fixtures.ts'
import type { ScratchClickhouse } from './scratch-databases.ts'
import { aTransaction } from './sink-events.ts'

/** The first day begins here. */
export const DAY_ONE = '2026-11-01'
export const DAY_TWO = '2026-11-02'
/** The day after the last. */
export const DAY_THREE = '2026-11-03'

/** Who provides which game, and whose brand which player is: what the partner writes into the metadata. */
const PROVIDERS: Readonly<Record<string, string>> = { 'game-a': 'acme', 'game-b': 'bolt' }
const BRANDS: Readonly<Record<string, string>> = { anna: 'north' }

function metadataOf(player: string, game: string | null | undefined): string | null {
  const named = { brand: BRANDS[player], provider_id: PROVIDERS[game ?? ''] }
  return Object.values(named).some((value) => value !== undefined) ? JSON.stringify(named) : null
}

type Accounts = readonly [from: LedgerEntry['account'], to: LedgerEntry['account']]

const units = (text: string): bigint => {
  const parsed = parseAmount(text)
  if (!parsed.ok) throw new Error(`${text} is no amount`)
  return parsed.units
}

const ACCOUNTS: Readonly<Record<string, Accounts>> = {
  DEPOSIT: ['CASH', 'PLAYER'],
  BET: ['PLAYER', 'HOUSE'],
  ROLLBACK: ['HOUSE', 'PLAYER'],
  ADJUSTMENT: ['ADJUSTMENT', 'PLAYER'],
  BONUS: ['BONUS', 'PLAYER'],
  WIN: ['HOUSE', 'PLAYER'],
}

const moved = (amount: bigint, [from, to]: Accounts): LedgerEntry[] =>
  amount === 0n
    ? []
    : [
        { account: to, amount },
        { account: from, amount: -amount },
      ]

/** Makes the events of one partner. */
function teller(partnerId: string) {
  return (
    player: string,
    at: string,
    type: Transaction['type'],
    amount: string,
    change: Partial<Transaction> = {},
  ): TransactionCreated => {
    const isBonus = type === 'WIN' && (change.win_type ?? 'STANDARD') !== 'STANDARD'
    const accounts = ACCOUNTS[isBonus ? 'BONUS' : type]
    const failed = change.status === 'FAILED'
    const atMs = Date.parse(`${at}Z`)
    return aTransaction({
      partner_id: partnerId,
      player_id: player,
      type,
      amount: units(amount),
      entries: accounts === undefined || failed ? [] : moved(units(amount), accounts),
      ...(type === 'WIN' ? { win_type: 'STANDARD' } : {}),
      created_at: atMs,
      processed_at: atMs,
      metadata: metadataOf(player, change.game_id),
      ...change,
    })
  }
}

/** A withdrawal in its steps: held, approved and paid, or held and declined. */
function withdrawal(held: TransactionCreated, end: 'COMPLETED' | 'CANCELED'): TransactionCreated[] {
  const { amount } = held.data
  const step = (status: Transaction['status'], version: number, entries: LedgerEntry[]): TransactionCreated =>
    aTransaction({
      ...held.data,
      event_type: 'transaction.updated',
      command_id: randomUUID(),
      status,
      version,
      entries,
    })
  const last = moved(amount, ['PLAYER_HELD', end === 'COMPLETED' ? 'CASH' : 'PLAYER'])
  return [held, ...(end === 'COMPLETED' ? [step('PROCESSING', 2, [])] : []), step(end, 3, last)]
}

const HELD: Partial<Transaction> = { status: 'PENDING', version: 1 }

function firstDay(tell: ReturnType<typeof teller>): TransactionCreated[] {
  const inRound = (game: string, round: string): Partial<Transaction> => ({ game_id: game, round_id: round })
  return [
    tell('anna', '2026-11-01T09:00', 'DEPOSIT', '100'),
    tell('anna', '2026-11-01T10:00', 'BET', '10', inRound('game-a', 'round-1')),
    tell('anna', '2026-11-01T10:01', 'WIN', '4.50', { ...inRound('game-a', 'round-1'), round_closed: true }),
    tell('anna', '2026-11-01T10:30', 'BET', '20.0001', inRound('game-b', 'round-2')),
    tell('anna', '2026-11-01T10:31', 'ROLLBACK', '20.0001', inRound('game-b', 'round-2')),
    tell('anna', '2026-11-01T11:00', 'BET', '0', { ...inRound('game-a', 'round-3'), campaign_id: 'spring' }),
    tell('anna', '2026-11-01T11:01', 'WIN', '7', {
      ...inRound('game-a', 'round-3'),
      win_type: 'FREE_ROUND',
      round_closed: true,
    }),
    tell('anna', '2026-11-01T11:02', 'BET', '500', { ...inRound('game-a', 'round-8'), status: 'FAILED' }),
    tell('anna', '2026-11-01T11:03', 'ROLLBACK', '0'),
    tell('anna', '2026-11-01T23:59:59.999', 'BET', '5', inRound('game-a', 'round-4')),
    tell('ben', '2026-11-01T10:15', 'DEPOSIT', '50'),
    tell('ben', '2026-11-01T10:16', 'BET', '40', inRound('game-a', 'round-5')),
    tell('ben', '2026-11-01T10:20', 'DEPOSIT', '60', { currency: 'USD' }),
    tell('ben', '2026-11-01T10:21', 'BET', '6', { ...inRound('game-a', 'round-7'), currency: 'USD' }),
  ]
}

function secondDay(tell: ReturnType<typeof teller>): TransactionCreated[] {
  const paid = tell('anna', '2026-11-02T12:00', 'WITHDRAWAL', '30', HELD)
  const declined = tell('anna', '2026-11-02T13:00', 'WITHDRAWAL', '15', HELD)
  const hold = ({ data }: TransactionCreated): LedgerEntry[] => moved(data.amount, ['PLAYER', 'PLAYER_HELD'])
  paid.data.entries = hold(paid)
  declined.data.entries = hold(declined)
  return [
    tell('anna', '2026-11-02T00:00', 'WIN', '25', {
      game_id: 'game-a',
      round_id: 'round-4',
      round_closed: true,
    }),
    ...withdrawal(paid, 'COMPLETED'),
    ...withdrawal(declined, 'CANCELED'),
    tell('anna', '2026-11-02T13:30', 'WIN', '3', { win_type: 'PROMOTIONAL' }),
    tell('anna', '2026-11-02T14:00', 'ADJUSTMENT', '2', { direction: 'CREDIT' }),
    tell('ben', '2026-11-02T10:00', 'BET', '1', { game_id: 'game-b', round_id: 'round-6' }),
  ]
}

/** What happened at a partner, and at another one with the same players and games. */
export function knownPlay(partnerId: string, otherId: string): TransactionCreated[] {
  const other = teller(otherId)
  const tell = teller(partnerId)
  return [
    ...firstDay(tell),
    other('anna', '2026-11-01T09:30', 'DEPOSIT', '7777'),
    other('anna', '2026-11-01T10:05', 'BET', '7770', { game_id: 'game-a', round_id: 'round-1' }),
    ...secondDay(tell),
  ]
}

const NOT_RAW = { timestampMs: 0, key: null, value: null, headers: {} }

function recordsOf<T>(values: readonly T[], topic = `known-play-${randomUUID()}`) {
  const records = values.map((value, offset) => ({ offset, value, raw: { offset, ...NOT_RAW } }))
  return { topic, partition: 0, from: 0, next: values.length, records }
}

async function land({ client }: ScratchClickhouse, slice: Slice<ClickhouseSource>): Promise<void> {
  const store = createClickhouseStore(client)
  await store.loadPositions([slice])
  await store.write([slice], { stillOurs: () => true })
}

/** Puts events into ClickHouse as the sink does, from offset 0 on, for tests that need no Kafka. Default: of a topic of their own. */
export const landPlay = (
  database: ScratchClickhouse,
  events: readonly TransactionCreated[],
  topic?: string,
): Promise<void> => land(database, { source: 'wallet.transaction.created', ...recordsOf(events, topic) })

/** The same of a partner. */
export const landPartner = (database: ScratchClickhouse, partner: PartnerUpdated): Promise<void> =>
  land(database, { source: 'partner.profile.updated', ...recordsOf([partner]) })

/** What the AML rules say of events, as the sink writes it. */
export async function landAssessments(
  database: ScratchClickhouse,
  events: readonly TransactionCreated[],
): Promise<void> {
  const created = events.filter(({ event_type: type }) => type === 'transaction.created')
  // The test task tells a first state by its command, which is named after the transaction.
  const transactions = created.map(({ data }) => ({ ...data, command_id: data.transaction_id }))
  const assessed = new Bench(await testCodecs()).process(...transactions)
  await land(database, { source: 'aml.transaction.assessed', ...recordsOf(assessed) })
}

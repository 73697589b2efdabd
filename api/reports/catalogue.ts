/** The reports that there are. */
import type { Report, ReportColumn } from './report.ts'

const currency: ReportColumn = { name: 'currency', kind: 'text', description: 'ISO 4217 code.' }
const gameId: ReportColumn = {
  name: 'game_id',
  kind: 'text',
  description: 'The game; empty where there is none.',
}
const providerId: ReportColumn = {
  name: 'provider_id',
  kind: 'text',
  description: 'Who provides the game, by the metadata of the movements; empty where they name nobody.',
}
const brand: ReportColumn = {
  name: 'brand',
  kind: 'text',
  description: 'Brand or sub-partner, by the metadata of the movements; empty where they name none.',
}
const playerId: ReportColumn = { name: 'player_id', kind: 'text', description: 'The player.' }

/** As the views of volume have them; here over any choice of rows, since players are counted once in all of it. */
const PLAY: readonly ReportColumn[] = [
  {
    name: 'active_players',
    kind: 'count',
    sql: `uniqExactIf(player_id, type = 'BET')`,
    description: 'Players with at least one bet, free rounds included. Not to be added up over rows.',
  },
  { name: 'bet_count', kind: 'count', sql: 'countIf(bet_amount > 0)', description: 'Bets with a stake.' },
  {
    name: 'free_bet_count',
    kind: 'count',
    sql: `countIf(type = 'BET' AND bet_amount = 0)`,
    description: 'Bets without a stake: free rounds.',
  },
  { name: 'bets', kind: 'amount', sql: 'sum(bet_amount)', description: 'Stakes.' },
  {
    name: 'rollbacks',
    kind: 'amount',
    sql: 'sum(rollback_amount)',
    description: 'Stakes that were given back.',
  },
  { name: 'turnover', kind: 'amount', sql: 'bets - rollbacks', description: 'bets - rollbacks.' },
  { name: 'wins', kind: 'amount', sql: 'sum(win_amount)', description: 'STANDARD wins.' },
  { name: 'bonus_cost', kind: 'amount', sql: 'sum(bonus_amount)', description: 'All other wins.' },
  {
    name: 'ggr',
    kind: 'amount',
    sql: 'bets - wins - rollbacks',
    description: 'Gross gaming revenue: bets - wins - rollbacks.',
  },
  {
    name: 'ngr',
    kind: 'amount',
    sql: 'ggr - bonus_cost',
    description: 'Net gaming revenue: ggr - bonus_cost.',
  },
  {
    name: 'hold_percentage',
    kind: 'amount',
    nullable: true,
    sql: 'ggr * 100 / nullIf(turnover, 0)',
    description: 'ggr in percent of turnover, cut after four decimals; null without turnover.',
  },
  {
    name: 'average_bet',
    kind: 'amount',
    nullable: true,
    sql: 'bets / nullIf(bet_count, 0)',
    description: 'bets / bet_count, cut after four decimals; null without bets.',
  },
]

const CASH: readonly ReportColumn[] = [
  { name: 'deposit_count', kind: 'count', sql: `countIf(type = 'DEPOSIT')`, description: 'Deposits.' },
  { name: 'deposits', kind: 'amount', sql: 'sum(deposit_amount)', description: 'What was paid in.' },
  {
    name: 'withdrawal_count',
    kind: 'count',
    sql: `countIf(type = 'WITHDRAWAL')`,
    description: 'Withdrawals that were paid out, by the time when they were asked for.',
  },
  { name: 'withdrawals', kind: 'amount', sql: 'sum(withdrawal_amount)', description: 'What was paid out.' },
]

/** By what time volume is cut. */
const day: ReportColumn = { name: 'day', kind: 'day', sql: 'toDate(created_at)', description: 'Day in UTC.' }
const hour: ReportColumn = {
  name: 'hour',
  kind: 'time',
  sql: 'toStartOfHour(created_at)',
  description: 'First moment of the hour.',
}

const namesOf = (columns: readonly ReportColumn[]): string[] => columns.map(({ name }) => name)

function volume(dimensions: readonly ReportColumn[], measures: readonly ReportColumn[]): Report {
  const names = namesOf(dimensions)
  return {
    columns: [...dimensions, ...measures],
    source: 'movements',
    groupBy: names,
    key: names,
    descending: false,
  }
}

/** The forms of volume by a time: as a whole, or in rows for each of something. Deposits and withdrawals are play of no game. */
const volumeBy = (time: ReportColumn): Readonly<Record<VolumeForm, Report>> => ({
  whole: volume([time, currency], [...PLAY, ...CASH]),
  brand: volume([time, brand, currency], [...PLAY, ...CASH]),
  game: volume([time, gameId, currency], PLAY),
  provider: volume([time, providerId, currency], PLAY),
})

export const VOLUME_GROUPS = ['game', 'provider', 'brand'] as const
export type VolumeForm = 'whole' | (typeof VOLUME_GROUPS)[number]

export const DAILY = volumeBy(day)
export const HOURLY = volumeBy(hour)
export const GAMES = volume([gameId, currency], PLAY)
/** Columns that a row of volume has in some of its forms only. */
export const IN_SOME_FORMS: ReadonlySet<string> = new Set(namesOf([gameId, providerId, brand, ...CASH]))

export const PLAYER: Report = {
  columns: [
    playerId,
    currency,
    { name: 'deposit_count', kind: 'count', description: 'Deposits.' },
    { name: 'deposits', kind: 'amount', description: 'What was paid in.' },
    { name: 'withdrawal_count', kind: 'count', description: 'Withdrawals that were paid out.' },
    { name: 'withdrawals', kind: 'amount', description: 'What was paid out.' },
    { name: 'net_deposits', kind: 'amount', description: 'deposits - withdrawals.' },
    { name: 'bet_count', kind: 'count', description: 'Bets with a stake.' },
    { name: 'wagered', kind: 'amount', description: 'Stakes, less those that were given back.' },
    { name: 'won', kind: 'amount', description: 'STANDARD wins.' },
    { name: 'bonus_cost', kind: 'amount', description: 'All other wins.' },
    { name: 'ggr', kind: 'amount', description: 'wagered - won.' },
    { name: 'ngr', kind: 'amount', description: 'ggr - bonus_cost.' },
    {
      name: 'first_activity_at',
      kind: 'time',
      description: 'Event time of the first completed transaction.',
    },
    { name: 'last_activity_at', kind: 'time', description: 'Event time of the last.' },
    { name: 'last_bet_at', kind: 'time', nullable: true, description: 'Event time of the last bet.' },
  ],
  source: 'player_lifetime',
  groupBy: [],
  key: ['currency'],
  descending: false,
}

export const TOP_WINS: Report = {
  columns: [
    { name: 'amount', kind: 'amount', description: 'What was won.' },
    currency,
    { name: 'transaction_id', kind: 'uuid', description: 'The win.' },
    { name: 'created_at', kind: 'time', description: 'Event time.' },
    playerId,
    { name: 'win_type', kind: 'text', description: 'STANDARD, or the kind of bonus.' },
    gameId,
    providerId,
    brand,
    { name: 'round_id', kind: 'text', nullable: true, description: 'The game round.' },
    {
      name: 'reference_transaction_id',
      kind: 'uuid',
      nullable: true,
      description: 'The bet that was won, where the win names it.',
    },
  ],
  source: 'wins',
  groupBy: [],
  key: ['currency', 'amount', 'transaction_id'],
  descending: true,
}

export const TRIAL_BALANCE: Report = {
  columns: [
    currency,
    {
      name: 'account',
      kind: 'text',
      description:
        'PLAYER and PLAYER_HELD are the wallets; HOUSE, BONUS, CASH, COMMISSION and ADJUSTMENT are the platform’s.',
    },
    { name: 'entries', kind: 'count', sql: 'count()', description: 'Ledger entries.' },
    {
      name: 'credits',
      kind: 'amount',
      sql: 'sumIf(amount, amount > 0)',
      description: 'What raised the account.',
    },
    {
      name: 'debits',
      kind: 'amount',
      sql: '-sumIf(amount, amount < 0)',
      description: 'What lowered it, as a positive amount.',
    },
    { name: 'balance', kind: 'amount', sql: 'sum(amount)', description: 'credits - debits.' },
  ],
  source: 'ledger_entries_v',
  groupBy: ['currency', 'account'],
  key: ['currency', 'account'],
  descending: false,
}

export const TRANSACTIONS: Report = {
  columns: [
    { name: 'created_at', kind: 'time', description: 'Event time.' },
    { name: 'transaction_id', kind: 'uuid', description: 'The platform’s id of the transaction.' },
    playerId,
    {
      name: 'type',
      kind: 'text',
      description: 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK, ADJUSTMENT or COMMISSION.',
    },
    { name: 'amount', kind: 'amount', description: 'Never negative.' },
    currency,
    gameId,
    providerId,
    brand,
    { name: 'round_id', kind: 'text', nullable: true, description: 'The game round.' },
    { name: 'win_type', kind: 'text', nullable: true, description: 'Of a WIN.' },
    {
      name: 'transaction_id_partner',
      kind: 'text',
      nullable: true,
      description: 'The partner’s own id of the movement.',
    },
  ],
  source: 'movements',
  groupBy: [],
  key: ['created_at', 'transaction_id'],
  descending: false,
}

/** The columns of a file of wallet events: what `replay` reads and `generate` writes. */

export const REQUIRED_COLUMNS = ['ts', 'player_id', 'type', 'amount', 'currency'] as const

export const OPTIONAL_COLUMNS = [
  'game_id',
  'round_id',
  'transaction_id_partner',
  'reference_transaction_id_partner',
  'win_type',
  'campaign_id',
  'round_closed',
  'partner_id',
  'ip',
  'country',
] as const

export const COLUMNS = [...REQUIRED_COLUMNS, ...OPTIONAL_COLUMNS]

export type Column = (typeof COLUMNS)[number]

/** A row as text, column by column; an absent column is undefined, an empty field the empty text. */
export type TextRow = Readonly<Partial<Record<Column, string>>>

/** What each column holds, for `replay --help` and the README. */
export const COLUMN_HELP: Readonly<Record<Column, string>> = {
  ts: 'event time, RFC 3339, e.g. 2026-03-01T18:00:00Z',
  player_id: 'the player',
  type: 'DEPOSIT, WITHDRAWAL, BET, WIN, ROLLBACK or ADJUSTMENT',
  amount:
    'plain decimal with at most 4 decimals; empty for a ROLLBACK; an ADJUSTMENT below zero takes money away',
  currency: 'ISO 4217 code',
  game_id: 'the game',
  round_id: 'the round',
  transaction_id_partner: "the partner's id of the movement; made from file and line where it is absent",
  reference_transaction_id_partner: 'the bet that a ROLLBACK takes back or a WIN belongs to',
  win_type: 'of a WIN: STANDARD (the default), FREE_ROUND, PROMOTIONAL, BONUS, JACKPOT, TOURNAMENT',
  campaign_id: 'campaign of a free round (a BET of 0) or a promotion',
  round_closed: 'true where a WIN ends its round; a WIN of 0 always does',
  partner_id: "the partner's UUID, where the file holds several partners",
  ip: "address of the player's request",
  country: 'ISO 3166-1 alpha-2 country of the request',
}

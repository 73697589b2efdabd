/** One row of a file of wallet events: text in, a command or the reason why it is none out. Pure. */
import { isIP } from 'node:net'
import type { Direction, WinType } from '../../avro/types.ts'
import { isCurrency } from '../../domain/currencies.ts'
import {
  GAME_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
  isPartnerId,
  isPlayerId,
} from '../../domain/ids.ts'
import type { PartnerId, PlayerId } from '../../domain/ids.ts'
import { parseAmount } from '../../domain/money.ts'
import type { Column, TextRow } from './columns.ts'

export const ROW_TYPES = ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT'] as const
export type RowType = (typeof ROW_TYPES)[number]

const WIN_TYPES: readonly WinType[] = [
  'STANDARD',
  'FREE_ROUND',
  'PROMOTIONAL',
  'BONUS',
  'JACKPOT',
  'TOURNAMENT',
]

/** What a row asks of the wallet. Null stands for an empty field. */
export interface ReplayCommand {
  /** Where it stands in the file, from 1 with the header counted. */
  line: number
  /** Event time (epoch milliseconds, UTC). */
  createdAtMs: number
  partnerId: PartnerId
  playerId: PlayerId
  type: RowType
  /** Units of 1/10000, never negative; null for a ROLLBACK. */
  amount: bigint | null
  /** Of an ADJUSTMENT. */
  direction: Direction | null
  currency: string
  gameId: string | null
  roundId: string | null
  campaignId: string | null
  transactionIdPartner: string
  referenceTransactionIdPartner: string | null
  winType: WinType | null
  roundClosed: boolean
  ip: string | null
  country: string | null
}

/** A row that is no command. */
export interface RejectedRow {
  line: number
  reason: string
}

export interface RowDefaults {
  /** Where the file names no partner. */
  partnerId: PartnerId
  /** Digest of the file, the first part of ids that are made up. */
  fileHash: string
}

class Fault extends Error {}

const isOneOf = <T extends string>(values: readonly T[], text: string): text is T =>
  (values as readonly string[]).includes(text)

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** Epoch milliseconds of an RFC 3339 time, or undefined. Finer fractions than a millisecond are cut off. */
export function parseTime(text: string): number | undefined {
  const match = RFC3339.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', zone = 'Z'] = match
  const date = `${year}-${month}-${day}`
  // Date.parse takes 30 February for 1 March.
  if (new Date(`${date}T00:00:00Z`).toJSON()?.slice(0, 10) !== date) return undefined
  const time = `${hour}:${minute}:${second}${fraction.slice(0, 4)}`
  const atMs = Date.parse(`${date}T${time}${zone.toUpperCase()}`)
  return Number.isNaN(atMs) ? undefined : atMs
}

/** The id of a row that has none: the same whenever the same file is replayed, so that nothing moves twice. */
export const madeUpId = (fileHash: string, line: number): string => `replay-${fileHash.slice(0, 16)}-${line}`

const field = (row: TextRow, column: Column): string | null => {
  const text = row[column]?.trim()
  return text === undefined || text === '' ? null : text
}

const required = (row: TextRow, column: Column): string => {
  const text = field(row, column)
  if (text === null) throw new Fault(`${column} is empty`)
  return text
}

/** As the API demands it of ids. */
const VISIBLE = /^[\p{L}\p{N}\p{P}\p{S}]+$/u

function limited(row: TextRow, column: Column, charsMax: number): string | null {
  const text = field(row, column)
  if (text !== null && text.length > charsMax)
    throw new Fault(`${column} is longer than ${charsMax} characters`)
  if (text !== null && !VISIBLE.test(text)) throw new Fault(`${column} holds blanks or invisible characters`)
  return text
}

const AMOUNT_FAULTS = {
  NOT_A_DECIMAL: 'is not a plain decimal',
  TOO_MANY_DECIMALS: 'has more than 4 decimals',
  OUT_OF_RANGE: 'does not fit NUMERIC(19,4)',
}

function signedAmount(row: TextRow): bigint {
  const text = required(row, 'amount')
  const parsed = parseAmount(text)
  if (!parsed.ok) throw new Fault(`amount ${JSON.stringify(text)} ${AMOUNT_FAULTS[parsed.fault]}`)
  return parsed.units
}

/** A bet of 0 is a free round; a win of 0 closes its round; nothing else may be 0, and only a correction below it. */
function readAmount(
  row: TextRow,
  type: RowType,
  campaignId: string | null,
): Pick<ReplayCommand, 'amount' | 'direction'> {
  if (type === 'ROLLBACK') {
    if (field(row, 'amount') !== null) signedAmount(row)
    return { amount: null, direction: null }
  }
  const units = signedAmount(row)
  if (type === 'ADJUSTMENT' && units !== 0n)
    return units > 0n ? { amount: units, direction: 'CREDIT' } : { amount: -units, direction: 'DEBIT' }
  if (units < 0n) throw new Fault('amount is below 0')
  if (units === 0n && type !== 'WIN' && !(type === 'BET' && campaignId !== null))
    throw new Fault('amount is 0')
  return { amount: units, direction: null }
}

function readType(row: TextRow): RowType {
  const type = required(row, 'type').toUpperCase()
  if (!isOneOf(ROW_TYPES, type))
    throw new Fault(`type ${JSON.stringify(type)} is none of ${ROW_TYPES.join(', ')}`)
  return type
}

function readWinType(row: TextRow, type: RowType): WinType | null {
  if (type !== 'WIN') return null
  const winType = field(row, 'win_type')?.toUpperCase() ?? 'STANDARD'
  if (!isOneOf(WIN_TYPES, winType)) throw new Fault(`win_type ${JSON.stringify(winType)} is not known`)
  return winType
}

function readFlag(row: TextRow, column: Column): boolean {
  const text = field(row, column)?.toLowerCase() ?? 'false'
  if (text !== 'true' && text !== 'false') throw new Fault(`${column} is neither true nor false`)
  return text === 'true'
}

function readCreatedAt(row: TextRow): number {
  const text = required(row, 'ts')
  const atMs = parseTime(text)
  if (atMs === undefined || atMs < 0) throw new Fault(`ts ${JSON.stringify(text)} is not an RFC 3339 time`)
  return atMs
}

function readPartner(row: TextRow, fallback: PartnerId): PartnerId {
  const text = field(row, 'partner_id') ?? fallback
  if (!isPartnerId(text)) throw new Fault(`partner_id ${JSON.stringify(text)} is not a UUID`)
  return text
}

function readPlayer(row: TextRow): PlayerId {
  const text = required(row, 'player_id')
  if (!isPlayerId(text)) throw new Fault('player_id is not 1 to 255 visible characters without a slash')
  return text
}

function readCurrency(row: TextRow): string {
  const text = required(row, 'currency').toUpperCase()
  if (!isCurrency(text)) throw new Fault(`currency ${JSON.stringify(text)} is not an ISO 4217 code`)
  return text
}

function readReference(row: TextRow, type: RowType): string | null {
  const column = 'reference_transaction_id_partner'
  if (type === 'ROLLBACK') required(row, column)
  return type === 'ROLLBACK' || type === 'WIN' ? limited(row, column, TRANSACTION_ID_PARTNER_CHARS_MAX) : null
}

function readAddress(row: TextRow): string | null {
  const text = field(row, 'ip')
  if (text !== null && (isIP(text) === 0 || text.includes('%')))
    throw new Fault(`ip ${JSON.stringify(text)} is not an address`)
  return text
}

function readCountry(row: TextRow): string | null {
  const text = field(row, 'country')?.toUpperCase() ?? null
  if (text !== null && !/^[A-Z]{2}$/.test(text)) throw new Fault('country is not an ISO 3166-1 alpha-2 code')
  return text
}

function read(line: number, row: TextRow, defaults: RowDefaults): ReplayCommand {
  const type = readType(row)
  const plays = type === 'BET' || type === 'WIN'
  const campaignId = plays ? limited(row, 'campaign_id', GAME_ID_CHARS_MAX) : null
  const money = readAmount(row, type, campaignId)
  return {
    line,
    createdAtMs: readCreatedAt(row),
    partnerId: readPartner(row, defaults.partnerId),
    playerId: readPlayer(row),
    type,
    ...money,
    currency: readCurrency(row),
    gameId: limited(row, 'game_id', GAME_ID_CHARS_MAX),
    roundId: limited(row, 'round_id', GAME_ID_CHARS_MAX),
    campaignId,
    transactionIdPartner:
      limited(row, 'transaction_id_partner', TRANSACTION_ID_PARTNER_CHARS_MAX) ??
      madeUpId(defaults.fileHash, line),
    referenceTransactionIdPartner: readReference(row, type),
    winType: readWinType(row, type),
    roundClosed: type === 'WIN' && (money.amount === 0n || readFlag(row, 'round_closed')),
    ip: readAddress(row),
    country: readCountry(row),
  }
}

export type ParsedRow = { ok: true; command: ReplayCommand } | { ok: false; rejected: RejectedRow }

/** Reads a row. `line` counts from 1, with the header. */
export function parseRow(line: number, row: TextRow, defaults: RowDefaults): ParsedRow {
  try {
    return { ok: true, command: read(line, row, defaults) }
  } catch (error) {
    if (error instanceof Fault) return { ok: false, rejected: { line, reason: error.message } }
    throw error
  }
}

/**
 * The fields that bodies, paths and queries are made of. Each schema validates, gives the TypeScript type, and is
 * rendered into the OpenAPI document.
 */
import { isIP } from 'node:net'
import { z } from 'zod'
import 'zod-openapi'
import { CURRENCIES, isCurrency } from '../../domain/currencies.ts'
import {
  GAME_ID_CHARS_MAX,
  PLAYER_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
  isPlayerId,
  isUuid,
  UUID,
} from '../../domain/ids.ts'
import { parseAmount } from '../../domain/money.ts'
import type { AmountFault } from '../../domain/money.ts'
import { isLosslessNumber, stringifyLossless } from '../json.ts'
import {
  CLOCK_SKEW_MS,
  CREATED_AT_MS_MIN,
  IP_ADDRESS_CHARS_MAX,
  METADATA_BYTES_MAX,
  METADATA_NUMBER_CHARS_MAX,
  REASON_CHARS_MAX,
  USER_AGENT_CHARS_MAX,
} from '../limits.ts'

/** Faults of amounts; a request whose faults are all of this kind is answered with INVALID_AMOUNT. */
export type AmountFieldFault = AmountFault | 'NOT_POSITIVE'

const AMOUNT_MESSAGES: Record<AmountFieldFault, string> = {
  NOT_A_DECIMAL: 'must be a plain decimal, as a number or a string, without exponent, sign or blanks',
  TOO_MANY_DECIMALS: 'must have at most 4 decimals',
  OUT_OF_RANGE: 'must fit NUMERIC(19,4)',
  NOT_POSITIVE: 'must be greater than 0',
}

const amountText = (value: unknown): string | undefined =>
  isLosslessNumber(value) ? value.value : typeof value === 'string' ? value : undefined

/** How zod's issues carry a fault code of our own. */
export const fault = (
  code: string,
  message: string,
): { code: 'custom'; message: string; params: { fault: string } } => ({
  code: 'custom',
  message,
  params: { fault: code },
})

const NUMBER_OR_STRING: ('number' | 'string')[] = ['number', 'string']

/** Any amount as the OpenAPI document says it. */
export const AMOUNT_OR_ZERO_SCHEMA = {
  type: NUMBER_OR_STRING,
  minimum: 0,
  exclusiveMaximum: 1_000_000_000_000_000,
  multipleOf: 0.0001,
  pattern: '^\\d{1,15}(\\.\\d{1,4})?$',
}

/** The same above 0. */
const POSITIVE_AMOUNT_SCHEMA = {
  ...AMOUNT_OR_ZERO_SCHEMA,
  minimum: 0.0001,
  pattern: `^(?!0+(\\.0+)?$)${AMOUNT_OR_ZERO_SCHEMA.pattern.slice(1)}`,
}

/** Amount in, units of 1/10000 out. `zero` lets 0 pass; "-0" is refused everywhere. */
const amountField = (zero: boolean, description: string) =>
  z
    .unknown()
    .transform((value, context) => {
      const refuse = (code: AmountFieldFault): never => {
        context.addIssue(fault(code, AMOUNT_MESSAGES[code]))
        return z.NEVER
      }
      if (value === undefined) {
        context.addIssue(fault('REQUIRED', 'is required'))
        return z.NEVER
      }
      const text = amountText(value)
      if (text === undefined) return refuse('NOT_A_DECIMAL')
      const parsed = parseAmount(text)
      if (!parsed.ok) return refuse(parsed.fault)
      if (parsed.units < 0n || text.startsWith('-') || (parsed.units === 0n && !zero))
        return refuse('NOT_POSITIVE')
      return parsed.units
    })
    .meta({
      description,
      example: 10.5,
      override: zero ? AMOUNT_OR_ZERO_SCHEMA : POSITIVE_AMOUNT_SCHEMA,
    })

export const positiveAmount = amountField(
  false,
  'Amount in units of the currency, greater than 0, with at most 4 decimals; a number or a string, both read without loss.',
)
export const amountOrZero = amountField(
  true,
  'Amount in units of the currency, 0 or more, with at most 4 decimals; a number or a string, both read without loss.',
)

const VISIBLE = /^[\p{L}\p{N}\p{P}\p{S}]+$/u

/** Visible characters without blanks: what may stand in logs, URLs and every store unchanged. */
const idText = (charsMax: number) =>
  z.string().min(1).max(charsMax).regex(VISIBLE, 'must consist of visible characters without blanks')

export const playerId = z
  .string()
  .min(1)
  .max(PLAYER_ID_CHARS_MAX)
  .refine(isPlayerId, {
    error: 'must consist of visible characters without blanks and slashes',
    params: { fault: 'INVALID_FORMAT' },
  })
  .meta({
    description: "The partner's id of the player.",
    example: 'player-42',
    override: { pattern: `^(?!.*/)${VISIBLE.source.slice(1)}` },
  })

export const currency = z
  .string()
  .refine(isCurrency, {
    error: 'must be an ISO 4217 code in capitals',
    params: { fault: 'UNKNOWN_CURRENCY' },
  })
  .meta({
    id: 'Currency',
    description: 'ISO 4217 code.',
    example: 'USD',
    override: { enum: [...CURRENCIES] },
  })

export const gameId = idText(GAME_ID_CHARS_MAX).meta({ description: 'The game.', example: 'slots_game_001' })
export const roundId = idText(GAME_ID_CHARS_MAX).meta({
  description: 'The game round.',
  example: 'round_abc123xyz',
})
export const campaignId = idText(GAME_ID_CHARS_MAX).meta({
  description: 'The campaign of a free round or promotion.',
  example: 'spring-spins',
})
export const transactionIdPartner = idText(TRANSACTION_ID_PARTNER_CHARS_MAX).meta({
  description:
    "The partner's own id of the movement: the idempotency key, unique per player and remembered 120 days.",
  example: 'partner_tx_id_789',
})
export const referenceTransactionIdPartner = idText(TRANSACTION_ID_PARTNER_CHARS_MAX).meta({
  description: "The partner's id of the bet that this concerns.",
  example: 'partner_tx_id_788',
})

export const uuid = z
  .string()
  .refine(isUuid, { error: 'must be a UUID in lower case', params: { fault: 'INVALID_FORMAT' } })
  .meta({
    example: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
    override: { format: 'uuid', pattern: UUID.source },
  })

export const ipAddress = z
  .string()
  .max(IP_ADDRESS_CHARS_MAX)
  .refine((text) => isIP(text) !== 0 && !text.includes('%'), {
    error: 'must be an IPv4 or IPv6 address',
    params: { fault: 'INVALID_FORMAT' },
  })
  .meta({
    description: "Address of the player's request.",
    example: '203.0.113.7',
    override: { anyOf: [z.regexes.ipv4, z.regexes.ipv6].map(({ source: pattern }) => ({ pattern })) },
  })

/** Text for people: no control characters, so that no log line and no terminal is forged with it. */
export const plainText = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(charsMax)
    .regex(/^\P{Cc}+$/u, 'must not contain control characters')
    // Cc spelled out: not every reader of the document knows the names of Unicode's categories.
    .meta({ override: { pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]+$' } })

export const userAgent = plainText(USER_AGENT_CHARS_MAX).meta({
  description: "User agent of the player's request.",
  example: 'Mozilla/5.0',
})
export const reason = plainText(REASON_CHARS_MAX).meta({
  description: 'Why this is asked; kept with the transaction.',
  example: 'goodwill',
})
export const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 alpha-2 code in capitals')
  .meta({ description: "ISO 3166-1 alpha-2 country of the player's request.", example: 'MT' })

// oxlint-disable-next-line security/detect-unsafe-regex -- of fixed length but for nine digits
const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/
const calendarTime = z.iso.datetime({ offset: true })

/** RFC 3339 in, epoch milliseconds out. */
export const timestamp = z
  .string()
  .max(40)
  .transform((text, context) => {
    const ms = RFC3339.test(text) && calendarTime.safeParse(text).success ? Date.parse(text) : Number.NaN
    if (Number.isNaN(ms))
      context.addIssue(fault('INVALID_TIME', 'must be an RFC 3339 date-time with an offset'))
    return ms
  })
  .meta({ example: '2026-11-22T10:15:30.000Z', override: { type: 'string', format: 'date-time' } })

/** The first moment that a date of four digits can't name. */
const MOMENT_MS_END = Date.UTC(10_000, 0, 1)

/** A time that is kept: RFC 3339 in, epoch milliseconds out. */
export const moment = (description: string, example: string) =>
  timestamp
    .refine((ms) => ms >= CREATED_AT_MS_MIN && ms < MOMENT_MS_END, {
      error: 'must lie in the years 2000 to 9999',
      params: { fault: 'INVALID_TIME' },
    })
    .meta({ description, example, override: { type: 'string', format: 'date-time' } })

/** Event time of a back-dated command, epoch milliseconds out. */
export const createdAt = timestamp
  .refine((ms) => ms <= Date.now() + CLOCK_SKEW_MS, {
    error: 'must not lie in the future',
    params: { fault: 'INVALID_TIME' },
  })
  .refine((ms) => ms >= CREATED_AT_MS_MIN, {
    error: 'must not lie before the year 2000',
    params: { fault: 'INVALID_TIME' },
  })
  .meta({
    description: 'Event time of a back-dated command; needs the scope wallet:backfill.',
    example: '2026-11-22T10:15:30.000Z',
    override: { type: 'string', format: 'date-time' },
  })

/** Numbers beyond this are refused by PostgreSQL's jsonb or turned into Infinity by its readers. */
const METADATA_EXPONENT = /[eE][+-]?\d{4,}$/

function holdsWildNumber(value: unknown): boolean {
  if (isLosslessNumber(value))
    return (
      value.value.length > METADATA_NUMBER_CHARS_MAX ||
      METADATA_EXPONENT.test(value.value) ||
      !Number.isFinite(Number(value.value))
    )
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(holdsWildNumber)
}

/** Readers of JSON text look for an escaped NUL; one that is itself escaped is not worth telling apart. */
const ESCAPED_NUL = '\\u0000'

/** A JSON object in, its text out, numbers to the digit. */
export const metadata = z
  .unknown()
  .transform((value, context) => {
    const isObject =
      typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value)
    if (!isObject) {
      context.addIssue(fault('INVALID_TYPE', 'must be a JSON object'))
      return z.NEVER
    }
    const text = stringifyLossless(value) ?? '{}'
    if (Buffer.byteLength(text) > METADATA_BYTES_MAX)
      context.addIssue(fault('TOO_BIG', `must take at most ${METADATA_BYTES_MAX} bytes as JSON`))
    if (text.includes(ESCAPED_NUL)) context.addIssue(fault('INVALID_VALUE', 'holds the text \\u0000'))
    if (holdsWildNumber(value)) context.addIssue(fault('OUT_OF_RANGE', 'holds a number that is too large'))
    return text
  })
  .meta({
    description: `Free JSON object of the partner, at most ${METADATA_BYTES_MAX} bytes; kept with the transaction. Reports know two of its fields, where they are texts: brand (or sub-partner) and provider_id (who provides the game).`,
    example: { session: 'abc', brand: 'north', provider_id: 'ocasino' },
    override: { type: 'object', additionalProperties: true },
  })

/** Query parameters of the reads; they come as text. */
import { z } from 'zod'
import { PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, READ_WAIT_MS_MAX, VERSION_MAX } from '../limits.ts'
import { CURSOR_PATTERN, decodeCursor } from '../reads/cursor.ts'
import { transactionStatus, transactionType } from './answers.ts'
import {
  currency,
  fault,
  gameId,
  playerId,
  referenceTransactionIdPartner,
  roundId,
  timestamp,
  transactionIdPartner,
} from './fields.ts'

/** Digits in, number out. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .max(16)
    .transform((text, context) => {
      const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
      if (value >= least && value <= most) return value
      context.addIssue(fault('OUT_OF_RANGE', `must be a whole number from ${least} to ${most}`))
      return z.NEVER
    })
    .meta({ override: { type: 'integer', minimum: least, maximum: most } })

const cursor = z
  .string()
  .max(100)
  .transform((text, context) => {
    const position = decodeCursor(text)
    if (position !== undefined) return position
    context.addIssue(fault('INVALID_FORMAT', 'is not a next_cursor of this API'))
    return z.NEVER
  })
  .meta({
    description: 'next_cursor of the page before.',
    override: { type: 'string', pattern: CURSOR_PATTERN },
  })

export const waitMs = wholeNumber(0, READ_WAIT_MS_MAX).meta({
  description: 'Waits up to this many milliseconds for what is asked to appear.',
  example: 1000,
})

/** Of what has a version of its own: a player, a partner. */
export const minVersion = (writer: string) =>
  wholeNumber(1, VERSION_MAX).meta({
    description: `The version that ${writer} answered with: the read waits for it, then 503 VERSION_NOT_REACHED.`,
    example: 1,
  })

/** What every list takes. */
export const pageQuery = {
  limit: wholeNumber(1, PAGE_ROWS_MAX)
    .meta({ description: `Rows of a page; ${PAGE_ROWS_DEFAULT} where absent.`, example: PAGE_ROWS_DEFAULT })
    .optional(),
  cursor: cursor.optional(),
}

const filters = {
  type: transactionType.optional(),
  status: transactionStatus.optional(),
  game_id: gameId.optional(),
  round_id: roundId.optional(),
  currency: currency.optional(),
  from: timestamp.meta({ description: 'Earliest created_at.', example: '2026-11-01T00:00:00Z' }).optional(),
  to: timestamp.meta({ description: 'created_at before this.', example: '2026-12-01T00:00:00Z' }).optional(),
}

export const historyQuery = z.strictObject({ ...filters, ...pageQuery })

export const transactionsQuery = z.strictObject({
  transaction_id_partner: transactionIdPartner.optional(),
  reference_transaction_id_partner: referenceTransactionIdPartner.optional(),
  player_id: playerId.optional(),
  ...filters,
  wait_ms: waitMs.optional(),
  ...pageQuery,
})

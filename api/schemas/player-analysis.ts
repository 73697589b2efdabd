/** Query and answer of the analysis of a player. */
import { z } from 'zod'
import { playerId, timestamp, uuid } from './fields.ts'

export const playerAnalysisQuery = z.strictObject({
  at: timestamp
    .meta({
      description: 'The moment at which the windows end; now where absent, and now at the latest.',
      example: '2026-11-22T10:15:30Z',
    })
    .optional(),
})

const timeOut = z.iso.datetime()
const count = z.number().int()
const amountText = z.string().meta({ description: 'In the currency, as a decimal.' })

export const playerAnalysisAnswer = z
  .strictObject({
    player_id: playerId,
    at: timeOut,
    windows: z.array(
      z.strictObject({
        hours: count.meta({ description: 'The window: 24, 48, 168 or 720 hours before at, at included.' }),
        type: z.string(),
        bonus: z.boolean(),
        currency: z.string(),
        transactions: count,
        total: amountText,
        least: amountText,
        greatest: amountText,
        mean: z.number(),
        sigma: z.number().meta({ description: 'Standard deviation of the population.' }),
      }),
    ),
    activity: z.strictObject({
      hours: z
        .array(count)
        .meta({ description: 'Transactions of 30 days by hour of the day, UTC, from midnight.' }),
      weekdays: z.array(count).meta({ description: 'By day of the week, Monday first.' }),
    }),
    factors: z.array(
      z.strictObject({
        code: z.string(),
        transactions: count,
        first_seen_at: timeOut,
        last_seen_at: timeOut,
      }),
    ),
    gravest: z
      .array(z.strictObject({ transaction_id: uuid, risk_score: z.number(), created_at: timeOut }))
      .meta({ description: 'The transactions of the highest scores, ten at the most.' }),
  })
  .meta({ id: 'PlayerAnalysis' })

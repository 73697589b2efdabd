/** Bodies that the API answers with. They document; tests hold the real answers against them. */
import { z } from 'zod'
import { ERROR_CODES } from '../problem.ts'
import { country, currency, playerId, uuid } from './fields.ts'

export const amountOut = (description: string) =>
  z.number().meta({
    description: `${description} An exact decimal: read it without binary floating point.`,
    example: 89.5,
  })

const timeOut = (description: string) =>
  z.iso.datetime().meta({ description, example: '2026-11-22T10:15:30.123Z' })

export const transactionStatus = z.enum(['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED']).meta({
  id: 'TransactionStatus',
  description: 'A withdrawal goes through all of them; other movements end at once.',
})

export const transactionType = z
  .enum(['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT', 'COMMISSION'])
  .meta({ id: 'TransactionType' })

const version = z
  .number()
  .int()
  .min(0)
  .meta({ description: "The wallet's version now; give it to a read as min_version.", example: 7 })

export const commandAnswer = z
  .strictObject({
    transaction_id: uuid.meta({ description: "The platform's id of the transaction." }),
    player_id: playerId,
    new_balance: amountOut('Spendable balance right after the (original) transaction.').nullable(),
    processed_at: timeOut('When the (original) transaction was processed.'),
    currency,
    status: transactionStatus.nullable(),
    balance: amountOut('Spendable balance now.').nullable(),
    held: amountOut('Funds held for open withdrawals now.').nullable(),
    version,
  })
  .meta({ id: 'CommandAnswer' })

export const pendingAnswer = z
  .strictObject({
    transaction_id: uuid.meta({ description: 'The id that the transaction gets if it is not a repetition.' }),
    status: z.literal('PENDING'),
    acknowledged: z.boolean().meta({
      description:
        'True where the command is stored and will be decided. False where that is not known: it may still be decided.',
      example: true,
    }),
    status_url: z.string().meta({
      description: 'Where the outcome can be read.',
      example: '/transactions/019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
    }),
  })
  .meta({ id: 'PendingAnswer' })

export const pendingTransaction = z
  .strictObject({ transaction_id: uuid, status: z.literal('PENDING'), status_url: z.string() })
  .meta({ id: 'PendingTransaction' })

export const standingAnswer = z
  .strictObject({
    player_id: playerId,
    currency,
    balance: amountOut('Spendable balance now.').nullable(),
    held: amountOut('Funds held for open withdrawals now.').nullable(),
    version,
    processed_at: timeOut('When the change was processed.'),
  })
  .meta({ id: 'StandingAnswer' })

export const walletAnswer = z
  .strictObject({
    player_id: playerId,
    currency,
    balance: amountOut('Spendable balance.'),
    held: amountOut('Funds held for open withdrawals; not part of the balance.'),
    status: z
      .enum(['active', 'frozen'])
      .nullable()
      .meta({ description: 'null in an answer about a past moment.' }),
    version,
  })
  .meta({ id: 'Wallet' })

const nullableText = z.string().nullable()

export const transactionAnswer = z
  .strictObject({
    id: uuid,
    wallet_id: uuid.nullable(),
    player_id: playerId,
    partner_id: uuid,
    type: transactionType,
    amount: amountOut('Never negative.'),
    currency,
    direction: z.enum(['CREDIT', 'DEBIT']).nullable(),
    balance_before: amountOut('Spendable balance before.').nullable(),
    balance_after: amountOut('Spendable balance after.').nullable(),
    held_after: amountOut('Held funds after.').nullable(),
    wallet_version: version,
    status: transactionStatus,
    game_id: nullableText,
    round_id: nullableText,
    campaign_id: nullableText,
    transaction_id_partner: nullableText,
    reference_transaction_id_partner: nullableText,
    reference_transaction_id: uuid.nullable(),
    win_type: nullableText,
    round_closed: z.boolean(),
    hold_expires_at: timeOut('End of the hold of a withdrawal.').nullable(),
    error_code: nullableText.meta({ description: 'Why a FAILED or CANCELED transaction ended so.' }),
    reason: nullableText,
    ip_address: nullableText,
    user_agent: nullableText,
    country: country.nullable(),
    created_at: timeOut('Event time: when it happened at the partner.'),
    processed_at: timeOut('When the platform accepted it.'),
    updated_at: timeOut('When its status last changed.'),
    metadata: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ example: { session: 'abc' } }),
  })
  .meta({ id: 'Transaction' })

export const transactionPage = z
  .strictObject({
    data: z.array(transactionAnswer),
    next_cursor: z
      .string()
      .optional()
      .meta({ description: 'Give it as cursor to get the next page; absent on the last one.' }),
  })
  .meta({ id: 'TransactionPage' })

const fieldError = z
  .strictObject({
    path: z
      .string()
      .meta({ description: 'Dotted path of the field; empty for the whole body.', example: 'amount' }),
    message: z.string().meta({ example: 'must have at most 4 decimals' }),
    code: z.string().meta({ example: 'TOO_MANY_DECIMALS' }),
  })
  .meta({ id: 'FieldError' })

export const problemAnswer = z
  .strictObject({
    type: z.string().meta({ example: '/errors#INSUFFICIENT_FUNDS' }),
    title: z.string().meta({ example: 'Insufficient funds' }),
    status: z.number().int(),
    detail: z.string().meta({ example: 'Insufficient funds.' }),
    code: z.enum(ERROR_CODES).meta({ description: 'Stable; see GET /errors.' }),
    help: z.string(),
    request_id: z.string(),
    errors: z.array(fieldError).optional(),
    balance: amountOut('Spendable balance now, with INSUFFICIENT_FUNDS.').optional(),
    transaction_id: uuid.optional().meta({
      description:
        'The transaction that the refusal concerns: the rejected command, or the one that stands under its id.',
    }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' })

const batchResult = z.union([
  z.strictObject({
    status: z.number().int().meta({ description: 'The status that the same command on its own route gets.' }),
    body: z.union([commandAnswer, pendingAnswer]),
    idempotent_replayed: z.literal(true).optional(),
  }),
  z.strictObject({
    status: z.number().int(),
    problem: problemAnswer,
    idempotent_replayed: z.literal(true).optional(),
  }),
])

export const batchAnswer = z
  .strictObject({
    results: z.array(batchResult).meta({ description: 'One per command, in the order of the commands.' }),
  })
  .meta({ id: 'BatchAnswer' })

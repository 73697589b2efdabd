/** Bodies of the routes that change a wallet. A field that a schema does not name is an error. */
import { z } from 'zod'
import { BATCH_COMMANDS_MAX } from '../limits.ts'
import {
  amountOrZero,
  campaignId,
  country,
  createdAt,
  currency,
  fault,
  gameId,
  ipAddress,
  metadata,
  playerId,
  positiveAmount,
  reason,
  referenceTransactionIdPartner,
  roundId,
  transactionIdPartner,
  userAgent,
} from './fields.ts'

/** The types that a partner sends; the others come from steps, jobs and compliance. */
export const MOVEMENT_TYPES = ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT'] as const
export type MovementType = (typeof MOVEMENT_TYPES)[number]

const context = {
  metadata: metadata.optional(),
  ip_address: ipAddress.optional(),
  user_agent: userAgent.optional(),
  country: country.optional(),
  created_at: createdAt.optional(),
}

const deposit = {
  amount: positiveAmount,
  currency,
  transaction_id_partner: transactionIdPartner,
  ...context,
}
const withdrawal = deposit

const bet = {
  amount: amountOrZero,
  currency,
  game_id: gameId,
  round_id: roundId,
  transaction_id_partner: transactionIdPartner.optional(),
  campaign_id: campaignId.optional(),
  ...context,
}

const winType = z
  .enum(['STANDARD', 'FREE_ROUND', 'PROMOTIONAL', 'BONUS', 'JACKPOT', 'TOURNAMENT'])
  .meta({ description: 'STANDARD where absent. All others count as bonus cost.', example: 'STANDARD' })

const win = {
  amount: amountOrZero,
  currency,
  game_id: gameId.optional(),
  round_id: roundId.optional(),
  transaction_id_partner: transactionIdPartner.optional(),
  reference_transaction_id_partner: referenceTransactionIdPartner.optional(),
  win_type: winType.optional(),
  round_closed: z
    .boolean()
    .meta({ description: 'True where this win closes its round; a win of 0 always does.', example: true })
    .optional(),
  campaign_id: campaignId.optional(),
  ...context,
}

const rollback = {
  currency,
  reference_transaction_id_partner: referenceTransactionIdPartner,
  transaction_id_partner: transactionIdPartner.optional(),
  ...context,
}

const adjustment = {
  amount: positiveAmount,
  currency,
  direction: z
    .enum(['CREDIT', 'DEBIT'])
    .meta({ description: "CREDIT raises the player's balance, DEBIT lowers it.", example: 'CREDIT' }),
  reason,
  transaction_id_partner: transactionIdPartner.optional(),
  ...context,
}

type Refinement<T> = (value: T, context: z.RefinementCtx) => void

/** A bet of 0 is a free round's, which belongs to a campaign. */
const checkBet: Refinement<{ amount: bigint; campaign_id?: string | undefined }> = (value, check) => {
  if (value.amount === 0n && value.campaign_id === undefined)
    check.addIssue({
      ...fault('NOT_POSITIVE', 'must be greater than 0 unless campaign_id is given'),
      path: ['amount'],
    })
}

const ROUND_WINS: ReadonlySet<string> = new Set(['STANDARD', 'FREE_ROUND'])

/** A win in a round names game and round; a win of 0 says that the round is over. */
const checkWin: Refinement<{
  amount: bigint
  game_id?: string | undefined
  round_id?: string | undefined
  reference_transaction_id_partner?: string | undefined
  win_type?: z.output<typeof winType> | undefined
  round_closed?: boolean | undefined
}> = (value, check) => {
  if (ROUND_WINS.has(value.win_type ?? 'STANDARD'))
    for (const field of ['game_id', 'round_id'] as const)
      if (value[field] === undefined) check.addIssue({ ...fault('REQUIRED', 'is required'), path: [field] })
  if (
    value.amount === 0n &&
    value.round_id === undefined &&
    value.reference_transaction_id_partner === undefined
  )
    check.addIssue({ ...fault('REQUIRED', 'is required for a win of 0'), path: ['round_id'] })
  if (value.amount === 0n && value.round_closed === false)
    check.addIssue({ ...fault('INVALID_VALUE', 'must not be false for a win of 0'), path: ['round_closed'] })
}

/** The body of each movement's own route. */
export const movementBodies = {
  DEPOSIT: z.strictObject(deposit).meta({ id: 'Deposit' }),
  WITHDRAWAL: z.strictObject(withdrawal).meta({ id: 'Withdrawal' }),
  BET: z.strictObject(bet).superRefine(checkBet).meta({ id: 'Bet' }),
  WIN: z.strictObject(win).superRefine(checkWin).meta({ id: 'Win' }),
  ROLLBACK: z.strictObject(rollback).meta({ id: 'Rollback' }),
  ADJUSTMENT: z.strictObject(adjustment).meta({ id: 'Adjustment' }),
} as const

const batched = <const T extends MovementType>(type: T) => ({
  player_id: playerId,
  type: z.literal(type),
})

/** One command of a batch: the body of its own route plus `player_id` and `type`. */
export const batchCommand = z
  .discriminatedUnion('type', [
    z.strictObject({ ...batched('DEPOSIT'), ...deposit }),
    z.strictObject({ ...batched('WITHDRAWAL'), ...withdrawal }),
    z.strictObject({ ...batched('BET'), ...bet }).superRefine(checkBet),
    z.strictObject({ ...batched('WIN'), ...win }).superRefine(checkWin),
    z.strictObject({ ...batched('ROLLBACK'), ...rollback }),
    z.strictObject({ ...batched('ADJUSTMENT'), ...adjustment }),
  ])
  .meta({ id: 'BatchCommand' })

/** Only the frame: each command is validated by itself, so that a malformed one stops no other. */
export const batchBody = z
  .strictObject({
    commands: z
      .array(z.unknown())
      .min(1)
      .max(BATCH_COMMANDS_MAX)
      .meta({
        description: 'Decided in this order where they concern the same player; each on its own.',
        override: { items: { $ref: '#/components/schemas/BatchCommand' } },
      }),
  })
  .meta({ id: 'Batch' })

/** Body of a withdrawal's step; may be left out. */
export const withdrawalStepBody = z.strictObject({ reason: reason.optional() }).meta({ id: 'WithdrawalStep' })

/** Body of freeze and unfreeze. */
export const standingBody = z.strictObject({ currency, reason: reason.optional() }).meta({ id: 'Standing' })

/** What any of the bodies may bring to a command; amounts in units, times in epoch milliseconds. */
export interface CommandFields {
  currency: string
  amount?: bigint | undefined
  direction?: 'CREDIT' | 'DEBIT' | undefined
  game_id?: string | undefined
  round_id?: string | undefined
  campaign_id?: string | undefined
  transaction_id_partner?: string | undefined
  reference_transaction_id_partner?: string | undefined
  win_type?: z.output<typeof winType> | undefined
  round_closed?: boolean | undefined
  reason?: string | undefined
  created_at?: number | undefined
  ip_address?: string | undefined
  user_agent?: string | undefined
  country?: string | undefined
  metadata?: string | undefined
}

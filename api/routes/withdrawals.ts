/** The steps that finish a withdrawal. */
import { z } from 'zod'
import type { CommandType } from '../../avro/types.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { readWithdrawal } from '../reads/transactions.ts'
import { readUntil } from '../reads/wait.ts'
import { NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { commandAnswer } from '../schemas/answers.ts'
import { withdrawalStepBody } from '../schemas/commands.ts'
import { uuid } from '../schemas/fields.ts'
import { COMMAND_EXAMPLE } from './movements.ts'
import { PENDING, PREFER_HEADER, REPLAYED_HEADER, execute } from './parts.ts'
import type { RouteParts } from './parts.ts'
import { isRecent } from './transactions.ts'

interface Step {
  segment: string
  type: CommandType
  summary: string
  description: string
}

const STEPS: readonly Step[] = [
  {
    segment: 'approve',
    type: 'WITHDRAWAL_APPROVE',
    summary: 'Approve a withdrawal',
    description: 'PENDING → PROCESSING. The payout may begin.',
  },
  {
    segment: 'decline',
    type: 'WITHDRAWAL_DECLINE',
    summary: 'Decline a withdrawal',
    description: 'PENDING → CANCELED. The funds are spendable again.',
  },
  {
    segment: 'complete',
    type: 'WITHDRAWAL_COMPLETE',
    summary: 'Confirm the payout',
    description: 'PROCESSING → COMPLETED. The held funds leave the wallet.',
  },
  {
    segment: 'fail',
    type: 'WITHDRAWAL_FAIL',
    summary: 'Report a failed payout',
    description: 'PROCESSING → FAILED. The funds are spendable again.',
  },
]

/**
 * Finds the wallet of the withdrawal. One that was asked for a moment ago may not have reached PostgreSQL yet: it is
 * waited for, and then the answer is "not now", since "not found" would be taken for an answer about the withdrawal.
 */
async function walletOfWithdrawal(
  { database, pendingWindowMs, readWaitMs }: RouteParts,
  partnerId: string,
  id: string,
): Promise<{ playerId: string; currency: string }> {
  const recent = isRecent(id, pendingWindowMs)
  const found = await readUntil(
    () => readWithdrawal(database, partnerId, id),
    (row) => row !== undefined,
    recent ? readWaitMs : 0,
  )
  if (found === undefined) throw new ApiError(recent ? 'SERVICE_UNAVAILABLE' : 'TRANSACTION_NOT_FOUND')
  return { playerId: found.player_id, currency: found.currency }
}

const stepRoute = (parts: RouteParts, { segment, type, summary, description }: Step): Route =>
  keyRoute({
    method: 'POST',
    path: `/withdrawals/{id}/${segment}`,
    operationId: `${segment}Withdrawal`,
    tag: 'Withdrawals',
    summary,
    description: `${description} The same step again repeats its result.`,
    scopes: ['wallet:admin', 'wallet:write'],
    params: z.strictObject({ id: uuid }),
    query: NO_QUERY,
    body: {
      schema: withdrawalStepBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: true,
      example: { reason: 'payout confirmed by the bank' },
    },
    requestHeaders: PREFER_HEADER,
    answers: {
      200: {
        description: 'Decided and committed.',
        schema: commandAnswer,
        example: COMMAND_EXAMPLE,
        headers: REPLAYED_HEADER,
      },
      202: PENDING,
    },
    errors: [
      'TRANSACTION_NOT_FOUND',
      'INVALID_TRANSITION',
      'CURRENCY_MISMATCH',
      'AML_HOLD',
      'TOO_MANY_PENDING',
      'SERVICE_UNAVAILABLE',
    ],
    handle: async ({ params, body, requestId, address, header }, principal) => {
      const { playerId, currency } = await walletOfWithdrawal(parts, principal.partnerId, params.id)
      const fields = { currency, ...body }
      return execute(
        parts,
        { playerId, type, fields, transactionId: params.id },
        { principal, requestId, address, header },
      )
    },
  })

export const withdrawalRoutes = (parts: RouteParts): Route[] => STEPS.map((step) => stepRoute(parts, step))

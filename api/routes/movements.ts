/** The routes that move money: one per kind of movement. */
import { z } from 'zod'
import type { WalletErrorCode } from '../../domain/errors.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { commandAnswer } from '../schemas/answers.ts'
import { movementBodies } from '../schemas/commands.ts'
import type { CommandFields, MovementType } from '../schemas/commands.ts'
import { playerId } from '../schemas/fields.ts'
import { PENDING, PREFER_HEADER, REPLAYED_HEADER, execute } from './parts.ts'
import type { RouteParts } from './parts.ts'

const playerPath = z.strictObject({ player_id: playerId })

interface Movement {
  type: MovementType
  segment: string
  summary: string
  description: string
  example: object
  errors: readonly WalletErrorCode[]
  /** Operations on the transaction that is made. */
  steps?: readonly string[]
}

const ID_ERRORS = ['TRANSACTION_CONFLICT', 'TRANSACTION_ROLLED_BACK'] as const

const MOVEMENTS: readonly Movement[] = [
  {
    type: 'DEPOSIT',
    segment: 'deposit',
    summary: 'Deposit money',
    description: 'A first deposit opens the wallet. Lands on a frozen wallet too.',
    example: { amount: 100, currency: 'USD', transaction_id_partner: 'dep-1' },
    errors: ['PLAYER_SELF_EXCLUDED', 'BALANCE_LIMIT_EXCEEDED', ...ID_ERRORS],
  },
  {
    type: 'WITHDRAWAL',
    segment: 'withdrawal',
    summary: 'Ask for a withdrawal',
    description:
      'Holds the funds at once and answers 200 with the status PENDING (or PROCESSING, where the partner’s limit approves ' +
      'it): the hold is what this call decides. Steps under /withdrawals/{id} finish it; a hold that nobody confirms expires.',
    example: { amount: 50, currency: 'USD', transaction_id_partner: 'wd-1' },
    errors: ['INSUFFICIENT_FUNDS', 'WALLET_NOT_FOUND', 'WALLET_FROZEN', ...ID_ERRORS],
    steps: ['approveWithdrawal', 'declineWithdrawal', 'completeWithdrawal', 'failWithdrawal'],
  },
  {
    type: 'BET',
    segment: 'bet',
    summary: 'Place a bet',
    description: 'Takes the stake. A bet of 0 is a free round and needs campaign_id.',
    example: {
      amount: 10.5,
      currency: 'USD',
      game_id: 'slots_game_001',
      round_id: 'round_abc123xyz',
      transaction_id_partner: 'partner_tx_id_789',
    },
    errors: [
      'INSUFFICIENT_FUNDS',
      'WALLET_NOT_FOUND',
      'WALLET_FROZEN',
      'PLAYER_SELF_EXCLUDED',
      'ROUND_CLOSED',
      ...ID_ERRORS,
    ],
  },
  {
    type: 'WIN',
    segment: 'win',
    summary: 'Pay a win',
    description:
      'A STANDARD win belongs to a bet: the one that it names, or one of its round. A win of 0 closes the round. Lands on ' +
      'a frozen wallet too.',
    example: {
      amount: 25,
      currency: 'USD',
      game_id: 'slots_game_001',
      round_id: 'round_abc123xyz',
      transaction_id_partner: 'partner_tx_id_790',
      reference_transaction_id_partner: 'partner_tx_id_789',
      round_closed: true,
    },
    errors: [
      'WALLET_NOT_FOUND',
      'ROUND_CLOSED',
      'BET_NOT_FOUND',
      'PARENT_FAILED',
      'CURRENCY_MISMATCH',
      'BALANCE_LIMIT_EXCEEDED',
      ...ID_ERRORS,
    ],
  },
  {
    type: 'ROLLBACK',
    segment: 'rollback',
    summary: 'Roll a bet back',
    description:
      'Refunds the bet once, whatever the id of the rollback. One that arrives before its bet is taken on and refuses the ' +
      'late bet.',
    example: {
      currency: 'USD',
      reference_transaction_id_partner: 'partner_tx_id_789',
      transaction_id_partner: 'partner_tx_id_791',
    },
    errors: [
      'WALLET_NOT_FOUND',
      'BET_ALREADY_SETTLED',
      'PARENT_FAILED',
      'ROLLBACK_NOT_SUPPORTED',
      'CURRENCY_MISMATCH',
      'BALANCE_LIMIT_EXCEEDED',
      ...ID_ERRORS,
    ],
  },
  {
    type: 'ADJUSTMENT',
    segment: 'adjustment',
    summary: 'Correct a balance',
    description: 'A later re-settlement or a goodwill payment; the reason is kept.',
    example: {
      amount: 5,
      currency: 'USD',
      direction: 'CREDIT',
      reason: 'goodwill',
      transaction_id_partner: 'adj-1',
    },
    errors: ['INSUFFICIENT_FUNDS', 'WALLET_NOT_FOUND', 'BALANCE_LIMIT_EXCEEDED', ...ID_ERRORS],
  },
]

export const COMMAND_EXAMPLE = {
  transaction_id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  player_id: 'player-42',
  new_balance: 89.5,
  processed_at: '2026-11-22T10:15:30.123Z',
  currency: 'USD',
  status: 'COMPLETED',
  balance: 89.5,
  held: 0,
  version: 2,
} as const

/** Where an operation on a transaction finds its id. */
const MADE = { id: '$response.body#/transaction_id' } as const

function movementRoute(parts: RouteParts, movement: Movement, schema: z.ZodType<CommandFields>): Route {
  const { type, segment, summary, description, example, errors, steps = [] } = movement
  const links = ['transaction', ...steps].map((operationId) => [operationId, MADE] as const)
  return keyRoute({
    method: 'POST',
    path: `/wallet/{player_id}/${segment}`,
    operationId: segment,
    tag: 'Wallet',
    summary,
    description,
    scopes: ['wallet:write'],
    params: playerPath,
    query: NO_QUERY,
    body: { schema, bytesMax: COMMAND_BODY_BYTES_MAX, optional: false, example },
    requestHeaders: PREFER_HEADER,
    answers: {
      200: {
        description: 'Decided and committed.',
        schema: commandAnswer,
        example: COMMAND_EXAMPLE,
        headers: REPLAYED_HEADER,
        links: Object.fromEntries(links),
      },
      202: PENDING,
    },
    errors: ['INVALID_AMOUNT', 'TOO_MANY_PENDING', 'SERVICE_UNAVAILABLE', ...errors],
    handle: ({ params, body, requestId, address, header }, principal) =>
      execute(
        parts,
        { playerId: params.player_id, type, fields: body },
        { principal, requestId, address, header },
      ),
  })
}

export const movementRoutes = (parts: RouteParts): Route[] =>
  MOVEMENTS.map((movement) => movementRoute(parts, movement, movementBodies[movement.type]))

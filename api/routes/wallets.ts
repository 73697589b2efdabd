/** GET /wallet/{player_id}: a balance now or at a past moment. */
import { z } from 'zod'
import { jsonAmount } from '../json.ts'
import { NOT_FOUND_WAIT_MS } from '../limits.ts'
import { ApiError, fieldProblem } from '../problem.ts'
import type { WalletRow } from '../reads/rows.ts'
import { readUntil } from '../reads/wait.ts'
import { readPastBalance, readWallet } from '../reads/wallets.ts'
import type { WalletIdentity } from '../reads/wallets.ts'
import { NO_BODY, keyRoute } from '../route.ts'
import type { Answer, Route } from '../route.ts'
import { walletAnswer } from '../schemas/answers.ts'
import { currency, playerId, timestamp } from '../schemas/fields.ts'
import { wholeNumber } from '../schemas/reads.ts'
import type { RouteParts } from './parts.ts'

const walletQuery = z.strictObject({
  currency,
  min_version: wholeNumber(1, Number.MAX_SAFE_INTEGER)
    .meta({
      description:
        'The version that a command answered with: the read waits for it, then 503 VERSION_NOT_REACHED.',
      example: 7,
    })
    .optional(),
  at: timestamp
    .meta({
      description:
        'The balance after the last change that the platform had processed by this moment (processed_at), which never ' +
        'changes in hindsight. Not together with min_version.',
      example: '2026-11-22T10:15:30.000Z',
    })
    .optional(),
})

const answer = (
  { playerId: player, currency: code }: WalletIdentity,
  wallet: { balance: bigint; held: bigint; status: WalletRow['status'] | null; version: number },
): Answer => ({
  status: 200,
  body: JSON.stringify({
    player_id: player,
    currency: code,
    balance: jsonAmount(wallet.balance),
    held: jsonAmount(wallet.held),
    status: wallet.status,
    version: wallet.version,
  }),
})

async function currentBalance(
  parts: RouteParts,
  wallet: WalletIdentity,
  minVersion?: number,
): Promise<Answer> {
  const { database, readWaitMs } = parts
  const hasVersion = (row: WalletRow | undefined): boolean =>
    row !== undefined && row.version >= (minVersion ?? 0)
  const waitMs = minVersion === undefined ? NOT_FOUND_WAIT_MS : readWaitMs
  const row = await readUntil(() => readWallet(database, wallet), hasVersion, waitMs)
  if (row !== undefined && hasVersion(row)) return answer(wallet, row)
  throw new ApiError(minVersion === undefined ? 'WALLET_NOT_FOUND' : 'VERSION_NOT_REACHED')
}

async function pastBalance(parts: RouteParts, wallet: WalletIdentity, atMs: number): Promise<Answer> {
  const row = await readPastBalance(parts.database, wallet, atMs)
  if (row === undefined) throw new ApiError('WALLET_NOT_FOUND')
  return answer(wallet, {
    balance: row.balance_after,
    held: row.held_after,
    status: null,
    version: row.wallet_version,
  })
}

export const walletRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/wallet/{player_id}',
    operationId: 'wallet',
    tag: 'Wallet',
    summary: 'Read a balance',
    description:
      'From the read side, which follows the wallet by milliseconds: give the version of your last command as ' +
      'min_version to read your own write.',
    scopes: ['wallet:read'],
    params: z.strictObject({ player_id: playerId }),
    query: walletQuery,
    body: NO_BODY,
    answers: {
      200: {
        description: 'The balance.',
        schema: walletAnswer,
        example: {
          player_id: 'player-42',
          currency: 'USD',
          balance: 89.5,
          held: 0,
          status: 'active',
          version: 2,
        },
      },
    },
    errors: ['WALLET_NOT_FOUND', 'VERSION_NOT_REACHED', 'SERVICE_UNAVAILABLE'],
    handle: ({ params, query }, principal) => {
      const wallet = { partnerId: principal.partnerId, playerId: params.player_id, currency: query.currency }
      if (query.at === undefined) return currentBalance(parts, wallet, query.min_version)
      if (query.min_version !== undefined)
        throw fieldProblem(
          'VALIDATION_FAILED',
          'query.min_version',
          'can not stand beside at',
          'INVALID_VALUE',
        )
      return pastBalance(parts, wallet, query.at)
    },
  })

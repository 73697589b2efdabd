/** A round with all that happened in it. */
import { z } from 'zod'
import { stringifyLossless } from '../json.ts'
import { PAGE_ROWS_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import type { TransactionRow } from '../reads/rows.ts'
import { readTransactions } from '../reads/transactions.ts'
import { NO_BODY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { amountOut, transactionAnswer } from '../schemas/answers.ts'
import { currency, playerId, roundId } from '../schemas/fields.ts'
import type { RouteParts } from './parts.ts'
import { TRANSACTION_EXAMPLE, amountNumber, transactionBody } from './transactions.ts'

const sumsAnswer = z.strictObject({
  currency,
  bets: amountOut('Stakes of confirmed bets.'),
  wins: amountOut('STANDARD wins.'),
  bonus_wins: amountOut('All other wins: free rounds, promotions, jackpots…'),
  rollbacks: amountOut('Stakes that were given back.'),
})

const roundStatus = z.enum(['PENDING', 'OPEN', 'CLOSED', 'ROLLED_BACK', 'FAILED']).meta({
  id: 'RoundStatus',
  description:
    'PENDING: a bet waits for its provider. OPEN: there are bets and no end. CLOSED: a win closed it. ROLLED_BACK: all bets were ' +
    'given back. FAILED: no bet was taken.',
})

const roundAnswer = z
  .strictObject({
    round_id: z.string(),
    player_id: z.string(),
    status: roundStatus,
    sums: z.array(sumsAnswer),
    transactions: z
      .array(transactionAnswer)
      .meta({ description: `The newest first; ${PAGE_ROWS_MAX} at the most, and the sums are of these.` }),
  })
  .meta({ id: 'Round' })

interface Sums {
  bets: bigint
  wins: bigint
  bonus_wins: bigint
  rollbacks: bigint
}

const isCompleted = ({ status }: TransactionRow): boolean => status === 'COMPLETED'

function kindOf({ type, win_type: winType }: TransactionRow): keyof Sums | undefined {
  if (type === 'BET') return 'bets'
  if (type === 'ROLLBACK') return 'rollbacks'
  if (type !== 'WIN') return undefined
  return winType === null || winType === 'STANDARD' ? 'wins' : 'bonus_wins'
}

function sumsOf(rows: readonly TransactionRow[], openAmount: RouteParts['openAmount']): Map<string, Sums> {
  const byCurrency = new Map<string, Sums>()
  for (const row of rows.filter(isCompleted)) {
    const kind = kindOf(row)
    const sums = byCurrency.get(row.currency) ?? { bets: 0n, wins: 0n, bonus_wins: 0n, rollbacks: 0n }
    if (kind !== undefined) sums[kind] += openAmount(row._encrypted_amount)
    byCurrency.set(row.currency, sums)
  }
  return byCurrency
}

/** How a round stands, by its transactions. */
export function roundStatusOf(rows: readonly TransactionRow[]): z.output<typeof roundStatus> {
  const completed = rows.filter(isCompleted)
  const bets = completed.filter(({ type }) => type === 'BET').length
  if (completed.some(({ type, round_closed: closed }) => type === 'WIN' && closed)) return 'CLOSED'
  if (rows.some(({ status }) => status === 'PENDING')) return 'PENDING'
  if (bets === 0) return 'FAILED'
  return completed.filter(({ type }) => type === 'ROLLBACK').length >= bets ? 'ROLLED_BACK' : 'OPEN'
}

const shown = ({ bets, wins, bonus_wins: bonus, rollbacks }: Sums): object => ({
  bets: amountNumber(bets),
  wins: amountNumber(wins),
  bonus_wins: amountNumber(bonus),
  rollbacks: amountNumber(rollbacks),
})

export const roundRoute = (parts: RouteParts): Route =>
  keyRoute({
    method: 'GET',
    path: '/rounds/{round_id}',
    operationId: 'round',
    tag: 'Games',
    summary: 'Read a round',
    description: 'Its bets, wins and rollbacks, as PostgreSQL has them. Rounds belong to a player.',
    scopes: ['wallet:read'],
    params: z.strictObject({ round_id: roundId }),
    query: z.strictObject({ player_id: playerId }),
    body: NO_BODY,
    answers: {
      200: {
        description: 'The round.',
        schema: roundAnswer,
        example: {
          round_id: 'round_abc123xyz',
          player_id: 'player-42',
          status: 'OPEN',
          sums: [{ currency: 'USD', bets: 10.5, wins: 0, bonus_wins: 0, rollbacks: 0 }],
          transactions: [TRANSACTION_EXAMPLE],
        },
      },
    },
    errors: ['ROUND_NOT_FOUND', 'SERVICE_UNAVAILABLE'],
    handle: async ({ params, query }, principal) => {
      const rows = await readTransactions(parts.database, {
        partnerId: principal.partnerId,
        filter: { round_id: params.round_id, player_id: query.player_id },
        limit: PAGE_ROWS_MAX,
      })
      if (rows.length === 0) throw new ApiError('ROUND_NOT_FOUND')
      const sums = [...sumsOf(rows, parts.openAmount)].map(([code, each]) => ({
        currency: code,
        ...shown(each),
      }))
      const body = {
        round_id: params.round_id,
        player_id: query.player_id,
        status: roundStatusOf(rows),
        sums,
        transactions: rows.map((row) => transactionBody(row, parts.openAmount)),
      }
      return { status: 200, body: stringifyLossless(body) ?? '{}' }
    },
  })

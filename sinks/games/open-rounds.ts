/**
 * Finds rounds at providers that have been open for too long, and has the saga resolve them: it asks the provider, pays what was won,
 * or has the bet cancelled there and gives the stake back. Nothing is kept here: a round that is found again while the saga is at it is
 * passed over by the saga.
 */
import { Pool } from 'pg'
import { v5 } from 'uuid'
import { z } from 'zod'
import type { GameCommand } from '../../avro/types.ts'
import type { Logger } from '../../service/logger.ts'

/** Rounds that one look takes on. */
const ROUNDS_MAX = 500
/** Bets older than this are no longer looked for, in milliseconds: 30 days. */
const FORGOTTEN_MS = 30 * 86_400_000
/** Between two looks, in milliseconds. */
export const LOOK_MS = 600_000
const STATEMENT_TIMEOUT_MS = 30_000

/** Namespace of the UUIDv5 of commands that resolve a round; it must never change. */
const RESOLUTIONS = 'b5c7f2a9-04d1-5e3c-8a60-d2f19e7b4c38'

/** A hold that had an end tells a provider's bet from a partner's own. */
const OPEN_ROUNDS = `
SELECT bet.id, bet.partner_id, bet.player_id, bet.game_id, bet.round_id, bet.campaign_id, bet.currency,
  bet._encrypted_amount AS amount, bet.transaction_id_partner, bet.created_at, bet.hold_expires_at, games.provider_id
FROM transactions AS bet
JOIN games ON games.id = bet.game_id
WHERE bet.type = 'BET' AND bet.status = 'COMPLETED' AND bet.hold_expires_at IS NOT NULL
  AND bet.created_at < $1 AND bet.created_at > $2
  AND NOT EXISTS (
    SELECT FROM transactions AS other
    WHERE other.round_id = bet.round_id AND other.partner_id = bet.partner_id AND other.player_id = bet.player_id
      AND other.status = 'COMPLETED'
      AND ((other.type = 'WIN' AND other.round_closed)
        OR (other.type = 'ROLLBACK' AND other.reference_transaction_id = bet.id)))
ORDER BY bet.created_at
LIMIT ${ROUNDS_MAX}`

const timeMs = z.date().transform((date) => date.getTime())
const openBet = z.object({
  id: z.string(),
  partner_id: z.string(),
  player_id: z.string(),
  game_id: z.string(),
  round_id: z.string(),
  campaign_id: z.string().nullable(),
  currency: z.string(),
  amount: z.string(),
  transaction_id_partner: z.string(),
  created_at: timeMs,
  hold_expires_at: timeMs,
  provider_id: z.string(),
})

export interface OpenRoundsOptions {
  databaseUrl: string
  /** Opens a sealed amount; units of 1/10000. */
  openAmount: (sealed: string) => bigint
  /** How long a round may be open, in milliseconds. */
  openMs: number
  /** Resolves when Kafka has it. */
  send: (command: GameCommand) => Promise<void>
  logger: Logger
}

export interface OpenRounds {
  /** Looks once. Answers how many rounds it has found. */
  look(nowMs: number): Promise<number>
  close(): Promise<void>
}

const resolveCommand = (bet: z.output<typeof openBet>, amount: bigint, nowMs: number): GameCommand => ({
  event_id: v5(`${bet.id}/${nowMs}`, RESOLUTIONS),
  event_type: 'game.command',
  timestamp: nowMs,
  data: {
    partner_id: bet.partner_id,
    player_id: bet.player_id,
    bet_id: bet.id,
    action: 'RESOLVE',
    bet: {
      provider_id: bet.provider_id,
      game_id: bet.game_id,
      round_id: bet.round_id,
      campaign_id: bet.campaign_id,
      currency: bet.currency,
      amount,
      transaction_id_partner: bet.transaction_id_partner,
      placed_at: bet.created_at,
      hold_expires_at: bet.hold_expires_at,
      reply_to: null,
    },
    result: null,
    requested_at: nowMs,
  },
})

export function openRounds({ databaseUrl, openAmount, openMs, send, logger }: OpenRoundsOptions): OpenRounds {
  const pool = new Pool({ connectionString: databaseUrl, max: 1, statement_timeout: STATEMENT_TIMEOUT_MS })
  pool.on('error', (error) => logger.warn({ err: error }, 'a connection to PostgreSQL was lost'))
  return {
    look: async (nowMs) => {
      const { rows } = await pool.query({
        text: OPEN_ROUNDS,
        values: [new Date(nowMs - openMs), new Date(nowMs - FORGOTTEN_MS)],
      })
      const bets = z.array(openBet).parse(rows)
      for (const bet of bets) await send(resolveCommand(bet, openAmount(bet.amount), nowMs))
      if (bets.length > 0) logger.warn({ rounds: bets.length }, 'rounds were open for too long')
      return bets.length
    },
    close: () => pool.end(),
  }
}

/** Looks again and again until it is stopped. A look that fails is made again at its next time. */
export function lookRegularly(rounds: OpenRounds, logger: Logger): { stop(): Promise<void> } {
  const look = (): void => {
    rounds
      .look(Date.now())
      .catch((error: unknown) => logger.warn({ err: error }, 'open rounds can not be looked for'))
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    stop: async () => {
      clearInterval(timer)
      await rounds.close()
    },
  }
}

/** The wallet as a seamless provider's adapter sees it. */
import type { WalletOrder, WalletOrderResult, WalletPort, WalletSession } from '../../games/adapter.ts'
import type { Providers } from '../../games/providers.ts'
import { isPartnerId, isPlayerId } from '../../domain/ids.ts'
import type { CommandGateway } from '../commands/gateway.ts'
import type { Database } from '../reads/database.ts'
import { readWallet } from '../reads/wallets.ts'
import { orderCommand } from './provider-commands.ts'
import type { GameSessions } from './sessions.ts'

export interface WalletPortParts {
  gateway: Pick<CommandGateway, 'submit'>
  providers: Pick<Providers, 'game' | 'gameOfCode'>
  database: Database
  sessions: GameSessions
}

/** Parts by which an order's command is answered. */
const resultOf = (result: Awaited<ReturnType<CommandGateway['submit']>[number]>): WalletOrderResult => {
  if (result.kind !== 'decided') return { kind: 'PENDING' }
  const { reply } = result
  const replayed = reply.outcome === 'REPLAYED'
  if (reply.error_code !== null)
    return { kind: 'REJECTED', code: reply.error_code, replayed, balance: reply.balance }
  return {
    kind: 'APPLIED',
    transactionId: reply.transaction_id,
    replayed,
    balance: reply.balance ?? 0n,
    unknownBet: reply.bet_unknown,
  }
}

function gameIdOf(
  { providers }: WalletPortParts,
  providerId: string,
  { gameCode }: WalletOrder,
): string | null {
  return gameCode === null ? null : (providers.gameOfCode(providerId, gameCode)?.game_id ?? null)
}

/** The port for the calls of one provider. Balances come from PostgreSQL, and lag behind by a moment. */
export const walletPortOf = (parts: WalletPortParts, providerId: string): WalletPort => ({
  execute: async (order) => {
    const command = orderCommand(order, gameIdOf(parts, providerId, order), Date.now())
    const [submitted] = parts.gateway.submit([command], true)
    return submitted === undefined ? { kind: 'PENDING' } : resultOf(await submitted)
  },
  balance: async ({ partnerId, playerId }, currency) =>
    (await readWallet(parts.database, { partnerId, playerId, currency }))?.balance,
  resolveSession: async (token): Promise<WalletSession | undefined> => {
    const session = await parts.sessions.find(token)
    if (session === undefined) return undefined
    const { partnerId, playerId, currency, gameId } = session
    const game = parts.providers.game(gameId)
    if (game === undefined || !isPartnerId(partnerId) || !isPlayerId(playerId)) return undefined
    return {
      partnerId,
      playerId,
      currency,
      gameCode: game.game_code,
      expired: session.expiresAtMs <= Date.now(),
    }
  },
})

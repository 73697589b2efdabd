/** What providers tell of their own accord: verified by their adapter, then on its way through Kafka before it is answered. */
import type { GameCommand } from '../../avro/types.ts'
import { ERRORS, isWalletErrorCode } from '../../domain/errors.ts'
import { gameCommandIdOf } from '../../domain/game-ids.ts'
import type { CallbackResult, ProviderCallback } from '../../games/adapter.ts'
import type { Providers } from '../../games/providers.ts'
import type { CommandGateway, CommandResult } from '../commands/gateway.ts'
import { resultCommands } from './provider-commands.ts'

export interface CallbackParts {
  gateway: Pick<CommandGateway, 'submit'>
  providers: Pick<Providers, 'gameOfCode'>
  /** Resolves when Kafka has it. */
  tellSaga: (command: GameCommand) => Promise<void>
}

/** The catalogue's codes of what may succeed later, and of a reply that has not come. */
function laterCode(result: CommandResult): string | undefined {
  if (result.kind !== 'decided') return 'SERVICE_UNAVAILABLE'
  const { outcome, error_code: code } = result.reply
  if (outcome !== 'REJECTED' || code === null) return undefined
  return isWalletErrorCode(code) && ERRORS[code].retryable ? code : undefined
}

const refusedCode = (result: CommandResult): string | undefined =>
  result.kind === 'decided' ? (result.reply.error_code ?? undefined) : undefined

const isReplayed = (result: CommandResult): boolean =>
  result.kind === 'decided' && result.reply.outcome === 'REPLAYED'

function took(results: readonly CommandResult[]): CallbackResult {
  const later = results.map(laterCode).find((code) => code !== undefined)
  if (later !== undefined) return { took: 'LATER', code: later }
  const refused = results.map(refusedCode).find((code) => code !== undefined)
  if (refused !== undefined) return { took: 'REFUSED', code: refused }
  return { took: results.length > 0 && results.every(isReplayed) ? 'DUPLICATE' : 'ACCEPTED' }
}

const voidCommand = (
  { partnerId, playerId, betTransactionId: betId }: Extract<ProviderCallback, { kind: 'BET_CANCELLED' }>,
  nowMs: number,
): GameCommand => ({
  event_id: gameCommandIdOf(betId, 'voided'),
  event_type: 'game.command',
  timestamp: nowMs,
  data: {
    partner_id: partnerId,
    player_id: playerId,
    bet_id: betId,
    action: 'VOIDED',
    bet: null,
    result: null,
    requested_at: nowMs,
  },
})

/** Carries a verified callback out. What dies in between is sent again by the provider, under the same ids. */
export async function takeCallback(
  { gateway, providers, tellSaga }: CallbackParts,
  providerId: string,
  callback: ProviderCallback,
  nowMs: number,
): Promise<CallbackResult> {
  if (callback.kind === 'BET_CANCELLED') {
    await tellSaga(voidCommand(callback, nowMs))
    return { took: 'ACCEPTED' }
  }
  const game = providers.gameOfCode(providerId, callback.gameCode)
  if (game === undefined) return { took: 'LATER', code: 'GAME_NOT_FOUND' }
  const { wins, closing } = resultCommands(providerId, game.game_id, callback, nowMs)
  const paid = await Promise.all(gateway.submit(wins, true))
  const result = took(paid)
  // A closed round takes no win: it is closed once nothing of it has to come again.
  if (result.took === 'LATER' || closing === undefined) return result
  return took([...paid, ...(await Promise.all(gateway.submit([closing], true)))])
}

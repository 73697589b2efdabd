/** Between a game as the operator says and sees it, and as it lies in the log; and which bets a provider has to confirm. */
import type { Game, NewGame } from '../../avro/types.ts'
import { jsonAmountOrNull } from '../json.ts'
import type { PartnerDirectory } from '../partners/directory.ts'
import { ApiError } from '../problem.ts'
import type { GameFields } from '../schemas/games.ts'

/** The whole game that a body asks for. */
export const gameOf = (fields: GameFields): NewGame => ({
  provider_id: fields.provider_id,
  game_code: fields.game_code,
  name: fields.name,
  category: fields.category ?? null,
  rtp: fields.rtp ?? null,
  volatility: fields.volatility ?? null,
  features: fields.features ?? [],
  status: fields.status ?? 'active',
  launch_url_template: fields.launch_url_template ?? null,
  thumbnail_url: fields.thumbnail_url ?? null,
})

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** A game as it is answered: ready for `JSON.stringify`. */
export const gameBody = (game: Game): object => ({
  id: game.game_id,
  provider_id: game.provider_id,
  game_code: game.game_code,
  name: game.name,
  category: game.category,
  rtp: jsonAmountOrNull(game.rtp),
  volatility: game.volatility,
  features: game.features,
  status: game.status,
  launch_url_template: game.launch_url_template,
  thumbnail_url: game.thumbnail_url,
  version: game.version,
  created_at: timeOf(game.created_at),
  updated_at: timeOf(game.updated_at),
})

type Catalogue = Pick<PartnerDirectory, 'game' | 'gameProvider'>

/** The game with its provider, where both can be played. Throws GAME_NOT_FOUND and GAME_NOT_AVAILABLE. */
export function playableGame(directory: Catalogue, gameId: string, currency: string) {
  const game = directory.game(gameId)
  if (game === undefined) throw new ApiError('GAME_NOT_FOUND')
  const provider = directory.gameProvider(game.provider_id)
  const isPlayable =
    game.status === 'active' &&
    provider?.status === 'active' &&
    provider.supported_currencies.includes(currency)
  if (!isPlayable) throw new ApiError('GAME_NOT_AVAILABLE')
  return { game, provider }
}

/** See `CommandDefaults`. A game that is not in the catalogue is the partner's own: nobody has to confirm it. */
export function confirmingProvider(
  directory: Catalogue,
  gameId: string,
  currency: string,
): string | undefined {
  if (directory.game(gameId) === undefined) return undefined
  const { provider } = playableGame(directory, gameId, currency)
  return provider.integration_type === 'rest' ? provider.provider_id : undefined
}

/** A provider's own list of games, kept in Redis for an hour (seed 9.5): lists change seldom, and some providers count the calls. */
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { ProviderGame } from '../../games/adapter.ts'
import type { Providers } from '../../games/providers.ts'
import { ApiError } from '../problem.ts'

/** How long a list is kept, in milliseconds. */
export const LIST_MS = 3_600_000

const providerGames = z.array(
  z.strictObject({
    gameCode: z.string(),
    name: z.string(),
    category: z.string().nullable(),
    rtp: z.number().nullable(),
    volatility: z.enum(['low', 'medium', 'high']).nullable(),
    features: z.array(z.string()),
    status: z.enum(['active', 'inactive', 'maintenance']),
    thumbnailUrl: z.string().nullable(),
  }),
)

export interface ProviderGames {
  /** Throws GAME_PROVIDER_NOT_FOUND, and GAME_PROVIDER_FAILED where the provider does not tell. */
  list(providerId: string): Promise<readonly ProviderGame[]>
}

type Store = Pick<Redis, 'get' | 'set'>

const keyOf = (providerId: string, version: number): string => `game:list:${providerId}:${version}`

/** While Redis is away the provider is asked each time. A change of the provider's record has a list of its own. */
export function createProviderGames(redis: Store, providers: Pick<Providers, 'provider'>): ProviderGames {
  const kept = async (key: string): Promise<readonly ProviderGame[] | undefined> => {
    try {
      const text = await redis.get(key)
      return text === null ? undefined : providerGames.parse(JSON.parse(text))
    } catch {
      return undefined
    }
  }
  return {
    list: async (providerId) => {
      const provider = providers.provider(providerId)
      if (provider === undefined) throw new ApiError('GAME_PROVIDER_NOT_FOUND')
      const key = keyOf(providerId, provider.record.version)
      const known = await kept(key)
      if (known !== undefined) return known
      const deadlineAtMs = Date.now() + provider.record.settings.timeout_ms
      const outcome = await provider.connected.adapter.listGames({ deadlineAtMs })
      if (outcome.class !== 'SUCCESS') throw new ApiError('GAME_PROVIDER_FAILED')
      await redis.set(key, JSON.stringify(outcome.value), 'PX', LIST_MS).catch(() => undefined)
      return outcome.value
    },
  }
}

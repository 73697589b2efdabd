/** Providers and games as this process knows them, and an adapter for each provider as it is now. */
import type { Game, GameProvider } from '../avro/types.ts'
import type { ProviderAccount } from './adapter.ts'
import { ProviderAccountError, connectProvider } from './create-adapter.ts'
import type { ConnectedProvider } from './create-adapter.ts'
import type { ProviderMetrics } from './resilience/metrics.ts'
import type { ProviderHealth } from './resilience/resilient.ts'
import type { Cipher } from '../service/encryption.ts'
import type { Logger } from '../service/logger.ts'

/** A provider's record as its adapter needs it. Throws `DecryptionError` for a credential under a key that is not there. */
export const accountOf = (provider: GameProvider, cipher: Pick<Cipher, 'decrypt'>): ProviderAccount => ({
  providerId: provider.provider_id,
  integrationType: provider.integration_type,
  endpoint: provider.api_endpoint,
  credentials: Object.fromEntries(
    provider.api_credentials.map(({ name, sealed }) => [name, cipher.decrypt(sealed)]),
  ),
  timeoutMs: provider.settings.timeout_ms,
  profile: provider.settings.profile,
})

export interface ProvidersOptions {
  cipher: Pick<Cipher, 'decrypt'>
  metrics: ProviderMetrics
  logger: Logger
}

export interface KnownProvider {
  record: GameProvider
  connected: ConnectedProvider
}

export class Providers {
  readonly #options: ProvidersOptions
  readonly #providers = new Map<string, KnownProvider>()
  readonly #games = new Map<string, Game>()
  readonly #codes = new Map<string, Game>()

  constructor(options: ProvidersOptions) {
    this.#options = options
  }

  /** Calls that are under way go on on the old connections, which end with them. */
  layProvider(record: GameProvider): void {
    const before = this.#providers.get(record.provider_id)
    if (before !== undefined && before.record.version >= record.version) return
    const { cipher, metrics, logger } = this.#options
    try {
      const connected = connectProvider(accountOf(record, cipher), metrics)
      this.#providers.set(record.provider_id, { record, connected })
    } catch (error) {
      this.#providers.delete(record.provider_id)
      const isAccounts = error instanceof ProviderAccountError
      logger.error(
        isAccounts ? { err: error } : { provider: record.provider_id },
        'a game provider can not be connected: look at its credentials',
      )
    }
    if (before !== undefined) setTimeout(() => void before.connected.close(), record.settings.timeout_ms)
  }

  layGame(game: Game): void {
    if ((this.#games.get(game.game_id)?.version ?? 0) >= game.version) return
    this.#games.set(game.game_id, game)
    this.#codes.set(`${game.provider_id}/${game.game_code}`, game)
  }

  provider(id: string): KnownProvider | undefined {
    return this.#providers.get(id)
  }

  game(id: string): Game | undefined {
    return this.#games.get(id)
  }

  gameOfCode(providerId: string, code: string): Game | undefined {
    return this.#codes.get(`${providerId}/${code}`)
  }

  /** By provider, for readiness. */
  health(): Record<string, ProviderHealth> {
    return Object.fromEntries(
      [...this.#providers].map(([id, { connected }]) => [id, connected.adapter.health()]),
    )
  }

  async close(): Promise<void> {
    await Promise.all([...this.#providers.values()].map(({ connected }) => connected.close()))
  }
}

/** A game provider as the platform uses it: its adapter on connections of its own, with retries, circuit and bulkhead. */
import type { GameAdapter, ProviderAccount, SeamlessGameAdapter } from './adapter.ts'
import { createProviderHttp } from './http.ts'
import { createOcasinoAdapter } from './ocasino/adapter.ts'
import type { ProviderMetrics } from './resilience/metrics.ts'
import { withResilience } from './resilience/resilient.ts'
import type { Resilient } from './resilience/resilient.ts'
import { createSeamlessAdapter } from './seamless/adapter.ts'
import { PROFILES, PROFILE_DEFAULT, isProfileName } from './seamless/profile.ts'

/** A provider's adapter, by the kind of its integration. */
export type ConnectedProvider = (
  | { integrationType: 'rest'; adapter: GameAdapter & Resilient }
  | { integrationType: 'seamless'; adapter: SeamlessGameAdapter & Resilient }
) & {
  /** Cuts its connections; calls that are under way end UNCERTAIN. */
  close(): Promise<void>
}

/** A provider's record names what there is not. */
export class ProviderAccountError extends Error {
  override name = 'ProviderAccountError'
}

/** Throws `ProviderAccountError` for a profile that there is not, or a credential that should be a key and is none. */
export function connectProvider(account: ProviderAccount, metrics: ProviderMetrics): ConnectedProvider {
  const profile = account.profile ?? PROFILE_DEFAULT
  if (!isProfileName(profile)) throw new ProviderAccountError(`there is no profile "${profile}"`)
  const http = createProviderHttp(account)
  const close = (): Promise<void> => http.close()
  if (account.integrationType === 'rest')
    return {
      integrationType: 'rest',
      adapter: withResilience(createOcasinoAdapter({ account, http }), { metrics }),
      close,
    }
  try {
    const adapter = createSeamlessAdapter({ account, profile: PROFILES[profile], http })
    return { integrationType: 'seamless', adapter: withResilience(adapter, { metrics }), close }
  } catch (error) {
    // The cause may quote the key.
    const name = error instanceof Error ? error.name : 'error'
    throw new ProviderAccountError(`a credential of ${account.providerId} is no key (${name})`)
  }
}

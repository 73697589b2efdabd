/** A game provider as the platform uses it: its adapter on connections of its own, with retries, circuit and bulkhead. */
import type { GameAdapter, ProviderAccount, SeamlessGameAdapter } from './adapter.ts'
import { createProviderHttp } from './http.ts'
import { createOcasinoAdapter } from './ocasino/adapter.ts'
import type { ProviderMetrics } from './resilience/metrics.ts'
import { withResilience } from './resilience/resilient.ts'
import type { Resilient } from './resilience/resilient.ts'
import { createSeamlessAdapter } from './seamless/adapter.ts'
import { PROFILES } from './seamless/profile.ts'

/** A provider's adapter, by the kind of its integration. */
export type ConnectedProvider = (
  | { integrationType: 'rest'; adapter: GameAdapter & Resilient }
  | { integrationType: 'seamless'; adapter: SeamlessGameAdapter & Resilient }
) & {
  /** Cuts its connections; calls that are under way end UNCERTAIN. */
  close(): Promise<void>
}

/** A provider's record can't be used. */
export class ProviderAccountError extends Error {
  override name = 'ProviderAccountError'
}

/** Throws `ProviderAccountError` for a credential that should be a key and is none. */
export function connectProvider(account: ProviderAccount, metrics: ProviderMetrics): ConnectedProvider {
  const http = createProviderHttp(account)
  const close = (): Promise<void> => http.close()
  if (account.integrationType === 'rest')
    return {
      integrationType: 'rest',
      adapter: withResilience(createOcasinoAdapter({ account, http }), { metrics }),
      close,
    }
  try {
    const adapter = createSeamlessAdapter({ account, profile: PROFILES[account.profile], http })
    return { integrationType: 'seamless', adapter: withResilience(adapter, { metrics }), close }
  } catch (error) {
    // The cause may quote the key.
    const name = error instanceof Error ? error.name : 'error'
    throw new ProviderAccountError(`a credential of ${account.providerId} is no key (${name})`)
  }
}

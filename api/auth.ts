/**
 * Who calls. A key in `X-API-Key` stands for a principal; partner management will fill `KeyStore` from its tables,
 * for now one partner and its keys come from the configuration.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { ApiError } from './problem.ts'

export const SCOPES = ['wallet:read', 'wallet:write', 'wallet:admin', 'wallet:backfill'] as const
export type Scope = (typeof SCOPES)[number]

/** What the partner's settings say about its commands. */
export interface PartnerLimits {
  /** Withdrawals up to this amount (units of 1/10000) are approved at once, by currency. */
  autoApproveUnits: ReadonlyMap<string, bigint>
}

export interface Principal {
  partnerId: string
  scopes: ReadonlySet<Scope>
  /** Names the key in logs and audit trails; never the key itself. */
  keyId: string
  limits: PartnerLimits
}

export interface KeyStore {
  /** The principal of a valid key. Compares in constant time and never logs the key. */
  find(key: string): Principal | undefined | Promise<Principal | undefined>
}

/** Longer keys are refused before they are hashed. */
const KEY_CHARS_MAX = 256

/** A store over keys that are known at start. Only keyed hashes of them are kept. */
export function createConfiguredKeyStore(keys: ReadonlyMap<string, Principal>): KeyStore {
  // The secret is this process's own and never leaves it, so a prefix does what HMAC would, at a third of its cost.
  const secret = randomBytes(32).toString('base64')
  const hashOf = (key: string): Buffer => hash('sha256', secret + key, 'buffer')
  const entries = [...keys].map(([key, principal]) => ({ hash: hashOf(key), principal }))
  return {
    find: (key) => {
      if (key.length > KEY_CHARS_MAX) return undefined
      const wanted = hashOf(key)
      let found: Principal | undefined
      for (const entry of entries) if (timingSafeEqual(entry.hash, wanted)) found = entry.principal
      return found
    },
  }
}

/** The principal of the key, if it holds one of the scopes. Throws UNAUTHENTICATED or FORBIDDEN. */
export async function authenticate(
  keys: KeyStore,
  key: string | undefined,
  anyOf: readonly Scope[],
): Promise<Principal> {
  const found = key === undefined || key === '' ? undefined : keys.find(key)
  const principal = found instanceof Promise ? await found : found
  if (principal === undefined)
    throw new ApiError('UNAUTHENTICATED', { headers: { 'WWW-Authenticate': 'ApiKey header="X-API-Key"' } })
  if (!anyOf.some((scope) => principal.scopes.has(scope))) throw new ApiError('FORBIDDEN')
  return principal
}

/** Throws FORBIDDEN unless the principal holds the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (!principal.scopes.has(scope)) throw new ApiError('FORBIDDEN')
}

/** From a request to its principal. */
import type { PartnerDirectory } from '../partners/directory.ts'
import { ApiError } from '../problem.ts'
import type { KeyStore } from './key-store.ts'
import { isPlatform } from './principal.ts'
import type { Credential, PartnerLimits, Principal, Scope } from './principal.ts'

export interface Access {
  keys: KeyStore
  directory: Pick<PartnerDirectory, 'standingOf'>
  /** Of a partner that the directory doesn't know: the configured one, before anyone has described it. */
  defaultLimits: PartnerLimits
  /** Notes that a key was used. */
  noteUse: (credential: Credential, nowMs: number) => void
}

/** What a request says about who sends it. */
export interface Call {
  /** X-API-Key. */
  key: string | undefined
  /** Where it comes from, as `CallerAddress` answers. */
  address: string
  /** X-Partner-Id: for whom the platform's operator acts. */
  partnerId: string | undefined
}

/** The partner for whom a call acts. Throws FORBIDDEN where a partner names another one, PARTNER_NOT_FOUND where there is none. */
function actingFor({ directory }: Access, credential: Credential, { partnerId }: Call): Credential {
  if (partnerId === undefined || partnerId === credential.partnerId) return credential
  if (!isPlatform(credential)) throw new ApiError('FORBIDDEN')
  // The header ends up in commands and keys: only the id of a partner that is known may get there.
  if (directory.standingOf(partnerId) === undefined) throw new ApiError('PARTNER_NOT_FOUND')
  return { ...credential, partnerId }
}

/**
 * The principal of a call, if its key opens routes of one of these scopes. Throws, in this order: UNAUTHENTICATED,
 * FORBIDDEN or PARTNER_NOT_FOUND (of X-Partner-Id), PARTNER_NOT_ACTIVE, ADDRESS_NOT_ALLOWED, FORBIDDEN. The platform's operator is held by no partner's standing.
 */
export function authenticate(access: Access, call: Call, anyOf: readonly Scope[]): Principal {
  const nowMs = Date.now()
  const found = call.key === undefined ? undefined : access.keys.find(call.key, nowMs)
  if (found === undefined)
    throw new ApiError('UNAUTHENTICATED', { headers: { 'WWW-Authenticate': 'ApiKey header="X-API-Key"' } })
  const credential = actingFor(access, found, call)
  const standing = access.directory.standingOf(credential.partnerId)
  if (standing !== undefined && !isPlatform(credential)) {
    if (standing.status !== 'active') throw new ApiError('PARTNER_NOT_ACTIVE')
    if (!standing.allows(call.address)) throw new ApiError('ADDRESS_NOT_ALLOWED')
  }
  if (!anyOf.some((scope) => credential.scopes.has(scope))) throw new ApiError('FORBIDDEN')
  access.noteUse(credential, nowMs)
  return { ...credential, limits: standing?.limits ?? access.defaultLimits }
}

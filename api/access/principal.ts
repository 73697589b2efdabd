/** Who calls, and what it may do. */
import { ApiError } from '../problem.ts'

/** What a key can allow. `platform:admin` is the platform's own: it reaches every partner and is never issued. */
export const SCOPES = [
  'wallet:read',
  'wallet:write',
  'wallet:admin',
  'wallet:backfill',
  'partner:read',
  'partner:admin',
  'aml:read',
  'aml:write',
  'report:read',
  'settlements:read',
  'settlements:write',
  'platform:admin',
] as const
export type Scope = (typeof SCOPES)[number]

const SCOPE_NAMES: ReadonlySet<string> = new Set(SCOPES)
const isScope = (text: string): text is Scope => SCOPE_NAMES.has(text)

/** Scopes that this version doesn't know open nothing. */
export const scopesOf = (texts: readonly string[]): ReadonlySet<Scope> => new Set(texts.filter(isScope))

/** Scopes that a key can be issued with. */
export const ISSUABLE_SCOPES = SCOPES.filter((scope) => scope !== 'platform:admin')

/** What the partner's settings say about its commands. */
export interface PartnerLimits {
  /** Withdrawals up to this amount (units of 1/10000) are approved at once, by currency. */
  autoApproveUnits: ReadonlyMap<string, bigint>
  /** Requests in any 60 seconds, by class of routes, in place of the platform's own. */
  rateLimits: Readonly<Record<string, number>>
}

/** What a key is found to be, before it is asked whether its partner may call. */
export interface Credential {
  /** Names the key in logs and audit trails; never the key itself. */
  keyId: string
  partnerId: string
  scopes: ReadonlySet<Scope>
}

export interface Principal extends Credential {
  limits: PartnerLimits
}

/** Throws FORBIDDEN unless the principal holds the scope. */
export function requireScope(principal: Credential, scope: Scope): void {
  if (!principal.scopes.has(scope)) throw new ApiError('FORBIDDEN')
}

/** True for the platform's own operator, who may act for every partner. */
export const isPlatform = ({ scopes }: Credential): boolean => scopes.has('platform:admin')

/** Throws FORBIDDEN for another partner's resources; whether there is such a partner is not told. */
export function requirePartner(principal: Credential, partnerId: string): void {
  if (!isPlatform(principal) && principal.partnerId !== partnerId) throw new ApiError('FORBIDDEN')
}

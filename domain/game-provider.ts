/** What a game provider's id is, and how the audit trail names a provider. */
import { v5 } from 'uuid'

/** Longest id of a game provider, in characters. */
export const PROVIDER_ID_CHARS_MAX = 50

/** Lower-case words of letters and digits with single dashes between them: it stands in paths, such as that of callbacks. */
export const PROVIDER_ID = /^(?!-)(?!.*--)(?!.*-$)[a-z0-9-]+$/

/** True for a text that may stand as the id of a game provider. */
export const isProviderId = (text: string): boolean =>
  text.length <= PROVIDER_ID_CHARS_MAX && PROVIDER_ID.test(text)

/** Bounds of the time that one call to a provider may take, in milliseconds. */
export const PROVIDER_TIMEOUT_MS_MIN = 100
/** A bet waits for the call, and the caller for the bet: longer than this nobody waits. */
export const PROVIDER_TIMEOUT_MS_MAX = 30_000

/** Namespace of the UUIDv5 by which the audit trail names game providers; it must never change. */
const GAME_PROVIDERS = '8d0c5b7e-6a41-5c2f-9e18-3b7d2f60a4c9'

/** Namespace of the UUIDv5 by which the audit trail names games; it must never change. */
const GAMES = '3f9a1c64-0d7e-5b28-a4c1-95e2d8b7f013'

/** UUIDv5 of a game's id, which is no UUID itself. */
export const gameSubjectIdOf = (gameId: string): string => v5(gameId, GAMES)

/** UUIDv5 of a provider's id, which is no UUID itself. */
export const providerSubjectIdOf = (providerId: string): string => v5(providerId, GAME_PROVIDERS)

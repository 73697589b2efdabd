/** Ids of what a game provider makes happen. They follow from the provider's, by whatever way it is heard of. */
import { v5 } from 'uuid'

/** Namespace of the UUIDv5 of commands about bets at providers; it must never change. */
const GAME_COMMANDS = '0c5f5d0a-9a4b-5e0b-8f6e-6f1d7a2b3c84'

/** The partner-side id of a movement at a provider. */
export const providerTransactionId = (providerId: string, id: string): string => `${providerId}:${id}`

/** The id under which a bet's round is closed. */
export const closingId = (providerId: string, betId: string): string =>
  providerTransactionId(providerId, `${betId}/closed`)

/** Id of the command that does one thing about a bet. Sent twice, it is the same command. */
export const gameCommandIdOf = (betId: string, what: string): string => v5(`${betId}/${what}`, GAME_COMMANDS)

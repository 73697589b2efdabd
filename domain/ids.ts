/** Branded identifiers: a plain string or number can't be passed where one of these is wanted. */
declare const brand: unique symbol
type Brand<T, B extends string> = T & { readonly [brand]: B }

export type PartnerId = Brand<string, 'PartnerId'>
export type PlayerId = Brand<string, 'PlayerId'>
/** `partnerId/playerId`: the key of every player-bound topic, hence the unit of order and of single writing. */
export type PlayerKey = Brand<string, 'PlayerKey'>
export type Partition = Brand<number, 'Partition'>
/** A Kafka offset. Held as a number: 2^53 records in one partition are out of reach. */
export type Offset = Brand<number, 'Offset'>

/** Longest player id, in characters (the column is VARCHAR(255)). */
export const PLAYER_ID_CHARS_MAX = 255
/** Longest partner transaction id, in characters. */
export const TRANSACTION_ID_PARTNER_CHARS_MAX = 255
/** Longest game or round id, in characters. */
export const GAME_ID_CHARS_MAX = 100

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/**
 * The wallets of a partner itself, beside those of its players: what settlements pay is booked there. The tilde keeps it apart
 * from the ids that partners give.
 */
export const PARTNER_ACCOUNT = '~settlements'

/** True for a UUID in its canonical lower-case form. */
export const isUuid = (text: string): boolean => UUID.test(text)

/** Visible characters without '/' (the key's separator), so that a key splits back into its two ids. */
const ID_TEXT = /^[\p{L}\p{N}\p{P}\p{S}]+$/u

/** True for a text that may stand as a player id: 1 to 255 visible characters, no slash, no blank. */
export const isPlayerId = (text: string): text is PlayerId =>
  text.length > 0 && text.length <= PLAYER_ID_CHARS_MAX && ID_TEXT.test(text) && !text.includes('/')

/** Stands for the platform where a partner's id is asked for: the nil UUID, which no partner has. */
export const PLATFORM_ID = '00000000-0000-0000-0000-000000000000'

/** True for a text that may stand as a partner id: a canonical UUID, but not the platform's. */
export const isPartnerId = (text: string): text is PartnerId => isUuid(text) && text !== PLATFORM_ID

export const playerKey = (partnerId: string, playerId: string): PlayerKey =>
  `${partnerId}/${playerId}` as PlayerKey

/** The key of a record that the platform itself has written under one. */
export const toPlayerKey = (key: Buffer): PlayerKey => key.toString() as PlayerKey

/** Both ids of a key, or undefined where the text is no such key. */
export function splitPlayerKey(key: string): { partnerId: PartnerId; playerId: PlayerId } | undefined {
  const slash = key.indexOf('/')
  const partnerId = key.slice(0, slash)
  const playerId = key.slice(slash + 1)
  return slash > 0 && isPartnerId(partnerId) && isPlayerId(playerId) ? { partnerId, playerId } : undefined
}

export const toPartition = (value: number): Partition => value as Partition
export const toOffset = (value: number): Offset => value as Offset

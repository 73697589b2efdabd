/**
 * Keys of the store. A player key is `partnerId/playerId`: the partner id has a fixed length and the player id holds no
 * slash, so a player key at the end of a key is told from whatever id stands before it, and no two entries share a key.
 * The id comes first because ids mostly grow with time, and a store takes keys in rising order several times as fast as
 * scattered ones.
 *
 * | key | entry |
 * |---|---|
 * | `p/<player key>` | wallets of the player, and what the rules need of his profile |
 * | `f/<player key>` | the player's profile as the audit trail shows it: no rule looks at it, so no bet reads it |
 * | `t/<partner's transaction id>/<player key>` | what is known under the id |
 * | `c/<command id>/<player key>` | the same, of a movement without a partner's id |
 * | `r/<round id>/<player key>` | round |
 * | `w/<transaction id>/<player key>` | withdrawal, or bet that a provider has to confirm |
 * | `h/<deadline, 13 digits>/<player key>/<transaction id>` | open hold; the value says what it is of, and its currency |
 */
import type { PlayerKey } from '../../domain/ids.ts'
import type { HeldType } from './state.ts'

/** Largest time that a hold's key can carry, in epoch milliseconds. */
export const TIME_MS_MAX = 9_999_999_999_999
const TIME_DIGITS = 13
const UUID_CHARS = 36

export const playerEntryKey = (player: PlayerKey): string => `p/${player}`
export const profileTextKey = (player: PlayerKey): string => `f/${player}`
/** Keys of all players: `from <= key < to`. */
export const PLAYERS = { from: 'p/', to: 'p0' } as const
export const transactionKey = (player: PlayerKey, idPartner: string): string => `t/${idPartner}/${player}`
export const commandKey = (player: PlayerKey, commandId: string): string => `c/${commandId}/${player}`
export const roundKey = (player: PlayerKey, roundId: string): string => `r/${roundId}/${player}`
export const heldMovementKey = (player: PlayerKey, transactionId: string): string =>
  `w/${transactionId}/${player}`

const deadline = (atMs: number): string => String(atMs).padStart(TIME_DIGITS, '0')

export const holdKey = (expiresAtMs: number, player: PlayerKey, transactionId: string): string =>
  `h/${deadline(expiresAtMs)}/${player}/${transactionId}`

/** What stands under the key of a hold. */
export const holdText = ({ type, currency }: { type: HeldType; currency: string }): string =>
  `${type} ${currency}`

/** Takes the value of a hold apart. */
export function splitHoldText(text: string): { type: HeldType; currency: string } {
  const [type, currency = ''] = text.split(' ')
  return { type: type === 'BET' ? 'BET' : 'WITHDRAWAL', currency }
}

/** Holds with a deadline up to and including `nowMs`: `from <= key < to`. */
export const dueHoldRange = (nowMs: number): { from: string; to: string } => ({
  from: 'h/',
  to: `h/${deadline(Math.min(nowMs + 1, TIME_MS_MAX))}/`,
})

export interface HoldKeyParts {
  expiresAtMs: number
  partnerId: string
  playerId: string
  transactionId: string
}

/** Takes the key of a hold apart. */
export function splitHoldKey(key: string): HoldKeyParts {
  const partnerAt = 'h/'.length + TIME_DIGITS + 1
  const playerAt = partnerAt + UUID_CHARS + 1
  const transactionAt = key.length - UUID_CHARS
  return {
    expiresAtMs: Number(key.slice('h/'.length, partnerAt - 1)),
    partnerId: key.slice(partnerAt, playerAt - 1),
    playerId: key.slice(playerAt, transactionAt - 1),
    transactionId: key.slice(transactionAt),
  }
}

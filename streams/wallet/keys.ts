/**
 * Keys of the store. A player key is `partnerId/playerId`: the partner id has a fixed length and the player id holds no
 * slash, so whatever stands behind the next slash is one id, and no two entries can share a key.
 *
 * | key | entry |
 * |---|---|
 * | `p/<player key>` | wallets of the player |
 * | `t/<player key>/<partner's transaction id>` | what is known under the id |
 * | `c/<player key>/<command id>` | the same, of a movement without a partner's id |
 * | `r/<player key>/<round id>` | round |
 * | `w/<player key>/<transaction id>` | withdrawal |
 * | `h/<deadline, 13 digits>/<player key>/<transaction id>` | open hold; the value is its currency |
 */
import type { PlayerKey } from '../../domain/ids.ts'

/** Largest time that a hold's key can carry, in epoch milliseconds. */
export const TIME_MS_MAX = 9_999_999_999_999
const TIME_DIGITS = 13
const UUID_CHARS = 36

export const playerEntryKey = (player: PlayerKey): string => `p/${player}`
export const transactionKey = (player: PlayerKey, idPartner: string): string => `t/${player}/${idPartner}`
export const commandKey = (player: PlayerKey, commandId: string): string => `c/${player}/${commandId}`
export const roundKey = (player: PlayerKey, roundId: string): string => `r/${player}/${roundId}`
export const withdrawalKey = (player: PlayerKey, transactionId: string): string =>
  `w/${player}/${transactionId}`

const deadline = (atMs: number): string => String(atMs).padStart(TIME_DIGITS, '0')

export const holdKey = (expiresAtMs: number, player: PlayerKey, transactionId: string): string =>
  `h/${deadline(expiresAtMs)}/${player}/${transactionId}`

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

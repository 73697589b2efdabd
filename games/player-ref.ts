/**
 * How a player is named to providers: one ASCII text that says whose he is. Providers' ids are ASCII without blanks; the platform's
 * may be of any letters, and are unique within a partner alone.
 */
import { isPartnerId, isPlayerId } from '../domain/ids.ts'
import type { Player } from './adapter.ts'

const UUID_PARTS = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12}):(.+)$/

/** The partner's UUID without dashes, a colon, the player's id percent-encoded. */
export const playerRef = ({ partnerId, playerId }: Player): string =>
  `${partnerId.replaceAll('-', '')}:${encodeURIComponent(playerId)}`

/** The player of a text that `playerRef` could have made, and of no other: each player has one name. */
export function parsePlayerRef(text: string): Player | undefined {
  const match = UUID_PARTS.exec(text)
  if (match === null) return undefined
  const partnerId = match.slice(1, 6).join('-')
  let playerId: string
  try {
    playerId = decodeURIComponent(match[6] ?? '')
  } catch {
    return undefined
  }
  if (!isPartnerId(partnerId) || !isPlayerId(playerId)) return undefined
  const player = { partnerId, playerId }
  return playerRef(player) === text ? player : undefined
}

/** Players' profiles, from PostgreSQL. */
import type { Profile } from '../players/profile.ts'
import type { Database } from './database.ts'
import { playerRow } from './rows.ts'

export interface StoredPlayer {
  /** Personal data sealed. */
  profile: Profile
  version: number
  updatedAtMs: number
}

const PLAYER = `SELECT country, name, date_of_birth, self_excluded_from, self_excluded_until, limits, version, updated_at
  FROM players WHERE partner_id = $1 AND player_id = $2`

export async function readPlayer(
  database: Database,
  partnerId: string,
  playerId: string,
): Promise<StoredPlayer | undefined> {
  const [row] = await database.query(playerRow, PLAYER, [partnerId, playerId])
  if (row === undefined) return undefined
  const { self_excluded_from: fromMs, self_excluded_until: untilMs } = row
  return {
    profile: {
      country: row.country,
      name: row.name,
      dateOfBirth: row.date_of_birth,
      exclusion: fromMs === null ? null : { fromMs, untilMs },
      limits: row.limits,
    },
    version: row.version,
    updatedAtMs: row.updated_at,
  }
}

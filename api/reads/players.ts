/** Players' profiles, from PostgreSQL. */
import { z } from 'zod'
import type { Database } from './database.ts'
import { playerLimits, playerRow } from './rows.ts'

const sealed = z.string().nullable()

/** A profile as it is cached: personal data stay sealed. */
export const storedPlayer = z.object({
  profile: z.object({
    country: z.string().nullable(),
    name: sealed,
    dateOfBirth: sealed,
    exclusion: z.object({ fromMs: z.number(), untilMs: z.number().nullable() }).nullable(),
    limits: playerLimits,
  }),
  version: z.number(),
  updatedAtMs: z.number(),
})
export type StoredPlayer = z.output<typeof storedPlayer>

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

/** Partners' settings, from PostgreSQL: what a partner may do, and no personal data. */
import { z } from 'zod'
import type { Database } from './database.ts'
import { partnerSettings, partnerSettingsRow } from './rows.ts'

/** Settings as they are cached. */
export const storedSettings = z.object({
  status: z.enum(['active', 'inactive', 'suspended']),
  settings: partnerSettings,
  version: z.number(),
  updatedAtMs: z.number(),
})
export type StoredSettings = z.output<typeof storedSettings>

/** A partner whom only others have mentioned yet has version 0. */
const SETTINGS = 'SELECT status, settings, version, updated_at FROM partners WHERE id = $1 AND version > 0'

export async function readPartnerSettings(
  database: Database,
  partnerId: string,
): Promise<StoredSettings | undefined> {
  const [row] = await database.query(partnerSettingsRow, SETTINGS, [partnerId])
  if (row === undefined) return undefined
  const { updated_at: updatedAtMs, ...settings } = row
  return { ...settings, updatedAtMs }
}

/** Players' profiles as the wallet writes them, for the tests of the sinks. */
import { randomUUID } from 'node:crypto'
import type { Player, PlayerUpdated } from '../../avro/types.ts'
import { DAY_MS, NOW_MS } from './partner-events.ts'

/** A profile in which every field has a value, changed as asked. */
export function aPlayer(change: Partial<Player> = {}): PlayerUpdated {
  const data: Player = {
    partner_id: randomUUID(),
    player_id: 'ann "€" \\ o’hara',
    country: 'MT',
    name: `k1:${'n'.repeat(900)}`,
    date_of_birth: 'k1:sealed.date',
    self_exclusion: { from: NOW_MS - DAY_MS, until: Date.UTC(9999, 11, 31, 23, 59, 59, 999) },
    limits: [
      { kind: 'DEPOSIT', period: 'DAY', currency: 'EUR', amount: 999_999_999_999_999_9999n },
      { kind: 'LOSS', period: 'MONTH', currency: 'USD', amount: 0n },
    ],
    version: 1,
    updated_at: NOW_MS,
    command_id: randomUUID(),
    ...change,
  }
  return { event_id: data.command_id, event_type: 'player.updated', timestamp: data.updated_at, data }
}

/** The next version of a profile, a minute later. */
export const aPlayerChange = ({ data }: PlayerUpdated, change: Partial<Player>): PlayerUpdated =>
  aPlayer({
    ...data,
    version: data.version + 1,
    updated_at: data.updated_at + 60_000,
    command_id: randomUUID(),
    ...change,
  })

/** Players' profiles in PostgreSQL: their rows, and the statement that writes them. */
import type { PlayerUpdated } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { formatAmount } from '../../domain/money.ts'
import type { SinkRecord } from '../runtime/types.ts'
import { columnsOf } from './columns.ts'
import { sorted, timeOf, timeOrNull } from './row-values.ts'

export type PlayerRow = ReturnType<typeof playerRow>

export const playerRow = ({ data }: PlayerUpdated) => ({
  partner_id: data.partner_id,
  player_id: data.player_id,
  country: data.country,
  name: data.name,
  date_of_birth: data.date_of_birth,
  self_excluded_from: timeOrNull(data.self_exclusion?.from ?? null),
  self_excluded_until: timeOrNull(data.self_exclusion?.until ?? null),
  limits: data.limits.map(({ kind, period, currency, amount }) => ({
    kind,
    period,
    currency,
    amount: formatAmount(amount),
  })),
  version: data.version,
  updated_at: timeOf(data.updated_at),
})

/** Gathers the rows of a batch, of several profiles of a player the newest. */
export function gatherPlayerRows(partnerIds: Set<string>) {
  const players = new Map<string, { id: string; row: PlayerRow }>()
  return {
    addPlayer: ({ value }: SinkRecord<PlayerUpdated>): void => {
      const row = playerRow(value)
      const id = playerKey(row.partner_id, row.player_id)
      partnerIds.add(row.partner_id)
      if ((players.get(id)?.row.version ?? 0) <= row.version) players.set(id, { id, row })
    },
    rows: (): { players: PlayerRow[] } => ({ players: sorted(players.values()).map(({ row }) => row) }),
  }
}

const PLAYER = columnsOf({
  partner_id: 'uuid',
  player_id: 'text',
  country: 'text',
  name: 'text',
  date_of_birth: 'text',
  self_excluded_from: 'timestamptz',
  self_excluded_until: 'timestamptz',
  limits: 'jsonb',
  version: 'int',
  updated_at: 'timestamptz',
})

/** Can be repeated at will: a row is replaced by a newer version only. */
export const UPSERT_PLAYERS = `
INSERT INTO players (${PLAYER.names})
SELECT ${PLAYER.names} FROM json_to_recordset($1::json) AS row (${PLAYER.definition})
ON CONFLICT (partner_id, player_id) DO UPDATE SET (${PLAYER.names}) = ROW (${PLAYER.of('excluded')})
WHERE excluded.version > players.version`

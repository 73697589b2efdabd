/** The sealed values of PostgreSQL: by which keys they are sealed, and sealing them anew while the system runs. */
import type { Pool } from 'pg'
import { z } from 'zod'
import type { Cipher } from '../../service/encryption.ts'
import type { PlayerName, WebhookName } from './partner-seals.ts'

/** Rows that one statement seals anew: short enough that no bet's row waits noticeably. */
const BATCH_ROWS = 1_000
/** Names that are looked up at once. */
const NAMES_MAX = 500

/** Every column that holds sealed values. */
export const SEALED_COLUMNS = [
  { table: 'transactions', column: '_encrypted_amount' },
  { table: 'partners', column: 'contact_email' },
  { table: 'partners', column: 'registration_number' },
  { table: 'partners', column: 'address' },
  { table: 'players', column: 'name' },
  { table: 'players', column: 'date_of_birth' },
  { table: 'webhook_deliveries', column: 'body' },
] as const

export interface KeyUse {
  table: string
  column: string
  keyId: string
  values: number
}

const countRow = z.object({ key_id: z.string(), values: z.coerce.number() })

/** Secrets of endpoints lie in Kafka alone; PostgreSQL knows of each which key has sealed it. */
const COUNT_SECRETS = `
SELECT key_id, count(*) AS values
FROM webhooks CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(secret_key_ids, '["unknown"]')) AS key_id
WHERE status <> 'deleted' GROUP BY 1 ORDER BY 1`

/** One text holds all credentials of a provider, each sealed on its own. */
const COUNT_CREDENTIALS = `
SELECT split_part(credential ->> 'sealed', ':', 1) AS key_id, count(*) AS values
FROM game_providers CROSS JOIN LATERAL jsonb_array_elements(api_credentials::jsonb) AS credential
GROUP BY 1 ORDER BY 1`

const countOf = (table: string, column: string): string =>
  `SELECT split_part(${column}, ':', 1) AS key_id, count(*) AS values FROM ${table}
   WHERE ${column} IS NOT NULL GROUP BY 1 ORDER BY 1`

/** How many values each key has sealed, by column. */
export async function keyUses(pool: Pool): Promise<KeyUse[]> {
  const uses: KeyUse[] = []
  const counts = [
    ...SEALED_COLUMNS.map(({ table, column }) => ({ table, column, statement: countOf(table, column) })),
    { table: 'webhooks', column: 'secrets', statement: COUNT_SECRETS },
    { table: 'game_providers', column: 'api_credentials', statement: COUNT_CREDENTIALS },
  ]
  for (const { table, column, statement } of counts) {
    const { rows } = await pool.query(statement)
    for (const row of z.array(countRow).parse(rows))
      uses.push({ table, column, keyId: row.key_id, values: row.values })
  }
  return uses
}

/** A column that is sealed anew in place, and the primary key by which its rows are walked over. */
interface OwnColumn {
  table: string
  column: string
  /** Names and types of the key's columns, in their order. */
  key: readonly (readonly [name: string, type: string])[]
}

export const AMOUNTS: OwnColumn = {
  table: 'transactions',
  column: '_encrypted_amount',
  key: [
    ['created_at', 'timestamptz'],
    ['id', 'uuid'],
  ],
}
export const DELIVERY_BODIES: OwnColumn = {
  table: 'webhook_deliveries',
  column: 'body',
  key: [['id', 'uuid']],
}

const sealedRow = z.object({ key: z.array(z.string()), sealed: z.string() })
type SealedRow = z.output<typeof sealedRow>

/** Rows behind a row that another key than the current one has sealed, in the order of the primary key. */
async function olderRows(
  pool: Pool,
  cipher: Cipher,
  { table, column, key }: OwnColumn,
  after: SealedRow | undefined,
): Promise<SealedRow[]> {
  const names = key.map(([name]) => name).join(', ')
  const bounds = key.map(([, type], at) => `$${at + 2}::text::${type}`).join(', ')
  const { rows } = await pool.query(
    `SELECT ARRAY[${key.map(([name]) => `${name}::text`).join(', ')}] AS key, ${column} AS sealed FROM ${table}
     WHERE NOT starts_with(${column}, $1) AND ($2::text IS NULL OR (${names}) > (${bounds}))
     ORDER BY ${names} LIMIT ${BATCH_ROWS}`,
    [`${cipher.currentKeyId}:`, ...key.map((_, at) => after?.key[at] ?? null)],
  )
  return z.array(sealedRow).parse(rows)
}

/** A row that has changed meanwhile, or is gone, keeps what was written. */
const resealStatement = ({ table, column, key }: OwnColumn): string => `
UPDATE ${table} AS held SET ${column} = row.anew
FROM json_to_recordset($1::json) AS row (key text[], sealed text, anew text)
WHERE ${key.map(([name, type], at) => `held.${name} = row.key[${at + 1}]::${type}`).join(' AND ')}
  AND held.${column} = row.sealed`

/**
 * Seals every value of a column with the current key that another one has sealed. It may be stopped between two
 * batches, and goes on where it was when it is started again: what is sealed already is passed over. Throws
 * `DecryptionError` at a value that can't be opened, and leaves that one and all behind it as they were.
 */
export async function resealColumn(
  pool: Pool,
  cipher: Cipher,
  column: OwnColumn,
  { signal, onSealed }: { signal: AbortSignal; onSealed: (rows: number) => void },
): Promise<void> {
  const statement = resealStatement(column)
  let last: SealedRow | undefined
  while (!signal.aborted) {
    const rows = await olderRows(pool, cipher, column, last)
    last = rows.at(-1)
    if (last === undefined) return
    const anew = rows.map((row) => ({ ...row, anew: cipher.encrypt(cipher.decrypt(row.sealed)) }))
    await pool.query(statement, [JSON.stringify(anew)])
    onSealed(rows.length)
  }
}

const idsOf = (rows: unknown): string[] =>
  z
    .array(z.object({ id: z.string() }))
    .parse(rows)
    .map(({ id }) => id)

/** Partners of whose personal data something is sealed with another key than the current one. */
export async function partnersToReseal(pool: Pool, cipher: Cipher): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT id FROM partners
     WHERE EXISTS (SELECT FROM unnest(ARRAY[contact_email, registration_number, address]) AS sealed
                   WHERE sealed IS NOT NULL AND NOT starts_with(sealed, $1))
     ORDER BY id`,
    [`${cipher.currentKeyId}:`],
  )
  return idsOf(rows)
}

const playerName = z
  .object({ partner_id: z.string(), player_id: z.string() })
  .transform(({ partner_id: partnerId, player_id: playerId }) => ({ partnerId, playerId }))

/** Some players behind one of whose profiles something is sealed with another key, in the order of their ids. */
export async function playersToReseal(
  pool: Pool,
  cipher: Cipher,
  after: PlayerName | undefined,
): Promise<PlayerName[]> {
  const { rows } = await pool.query(
    `SELECT partner_id, player_id FROM players
     WHERE (NOT starts_with(name, $1) OR NOT starts_with(date_of_birth, $1))
       AND ($2::uuid IS NULL OR (partner_id, player_id) > ($2::uuid, $3::text))
     ORDER BY partner_id, player_id LIMIT ${NAMES_MAX}`,
    [`${cipher.currentKeyId}:`, after?.partnerId ?? null, after?.playerId ?? null],
  )
  return z.array(playerName).parse(rows)
}

const webhookName = z
  .object({ partner_id: z.string(), id: z.string() })
  .transform(({ partner_id: partnerId, id: webhookId }) => ({ partnerId, webhookId }))

/** Endpoints of which a secret is sealed with another key than the current one. */
export async function webhooksToReseal(pool: Pool, cipher: Cipher): Promise<WebhookName[]> {
  const { rows } = await pool.query(
    `SELECT partner_id, id FROM webhooks
     WHERE status <> 'deleted' AND NOT coalesce(secret_key_ids, '["unknown"]') <@ jsonb_build_array($1::text)
     ORDER BY id`,
    [cipher.currentKeyId],
  )
  return z.array(webhookName).parse(rows)
}

/** Game providers of which a credential is sealed with another key than the current one. */
export async function providersToReseal(pool: Pool, cipher: Cipher): Promise<string[]> {
  const { rows } = await pool.query(
    `SELECT id FROM game_providers
     WHERE EXISTS (SELECT FROM jsonb_array_elements(api_credentials::jsonb) AS credential
                   WHERE NOT starts_with(credential ->> 'sealed', $1))
     ORDER BY id`,
    [`${cipher.currentKeyId}:`],
  )
  return idsOf(rows)
}

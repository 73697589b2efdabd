/** What PostgreSQL holds, row by row, and what of it no topic tells. */
import { createHash } from 'node:crypto'
import pg from 'pg'
import { z } from 'zod'
import type { Cipher } from '../../service/encryption.ts'
import { pictureOf } from './picture.ts'
import type { Picture } from './picture.ts'

interface Untold {
  columns: readonly string[]
  /** What names a row where its primary key is one of these columns. */
  key?: readonly string[]
  meaning: string
}

/** Columns that can't be rebuilt from Kafka, and what that means. */
export const UNTOLD_COLUMNS: Readonly<Record<string, Untold>> = {
  aml_risk_profiles: {
    columns: ['id'],
    key: ['partner_id', 'player_id'],
    meaning: 'a number that nothing refers to',
  },
  ip_whitelist: {
    columns: ['id', 'created_at'],
    key: ['partner_id', 'ip_address'],
    meaning: 'a number that nothing refers to; since when an address is allowed says the audit trail',
  },
  webhook_deliveries: {
    columns: [
      ...['status', 'attempts', 'next_attempt_at', 'last_attempt_at'],
      ...['last_status', 'last_error', 'delivered_at'],
    ],
    meaning:
      'what was sent: the events of the last 30 days go out again, under the same ids; deliveries to endpoints that are gone are not made again',
  },
}

/** Tables that are no data of the product: they are not compared. */
export const UNCOMPARED_TABLES: Readonly<Record<string, string>> = {
  schema_migrations: 'when the tables were made',
  sink_positions: 'how far the sink is: at the end of each topic, which is waited for',
  webhook_positions: 'the same of the sink of webhooks',
  webhook_lanes: 'which endpoint is being called',
}

/** Columns that are sealed when they are written, each time otherwise: what they hold is compared. */
const SEALED: Readonly<Record<string, string>> = {
  transactions: '_encrypted_amount',
  webhook_deliveries: 'body',
  partner_events: 'body',
}

/** Columns that say where in the log a record lies: on a mirror of the log it lies elsewhere. */
const OFFSET_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  transactions: ['status_offset'],
  webhook_deliveries: ['log_offset'],
}
/** Tables whose rows are named by such a place. */
const OFFSET_TABLES: ReadonlySet<string> = new Set(['partner_events'])

const ROWS_PER_FETCH = 5_000

const TABLES = `
SELECT class.relname AS name, ARRAY (
  SELECT attribute.attname::text FROM pg_index AS index
  CROSS JOIN unnest(index.indkey) WITH ORDINALITY AS part (attnum, place)
  JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = part.attnum
  WHERE index.indrelid = class.oid AND index.indisprimary ORDER BY part.place) AS key
FROM pg_class AS class
WHERE class.relnamespace = 'public'::regnamespace AND class.relkind IN ('r', 'p') AND NOT class.relispartition
ORDER BY name`

const table = z.object({ name: z.string(), key: z.array(z.string()).min(1) })
type Table = z.output<typeof table>
const row = z.object({ key: z.string(), text: z.string(), sealed: z.string() })

interface PictureOptions {
  cipher: Cipher
  /** False for what is compared between a log and its mirror. */
  withOffsets: boolean
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** A row as JSON, its keys in an order of their own and its times in UTC, without what can't be compared. */
function selectOf({ name, key }: Table, withOffsets: boolean): string {
  const { columns = [], key: otherKey = key } = UNTOLD_COLUMNS[name] ?? {}
  const sealed = SEALED[name]
  const offsets = withOffsets ? [] : (OFFSET_COLUMNS[name] ?? [])
  const without = [...columns, ...offsets, ...(sealed === undefined ? [] : [sealed])]
  const keyText = otherKey.map((column) => `${quoted(column)}::text`).join(`, '/', `)
  return `
    SELECT concat(${keyText}) AS key, (to_jsonb(whole_row) - '{${without.join(',')}}'::text[])::text AS text,
      ${sealed === undefined ? `''` : `whole_row.${quoted(sealed)}`} AS sealed
    FROM ${quoted(name)} AS whole_row`
}

async function pictureTable(
  client: pg.Client,
  one: Table,
  { cipher, withOffsets }: PictureOptions,
): Promise<Picture> {
  const byKey = new Map<string, string>()
  await client.query(`DECLARE held NO SCROLL CURSOR FOR ${selectOf(one, withOffsets)}`)
  for (;;) {
    const { rows } = await client.query<object>(`FETCH ${ROWS_PER_FETCH} FROM held`)
    for (const { key, text, sealed } of z.array(row).parse(rows)) {
      const opened = sealed === '' ? '' : cipher.decrypt(sealed)
      byKey.set(key, createHash('sha256').update(`${text}\n${opened}`).digest('base64'))
    }
    if (rows.length < ROWS_PER_FETCH) break
  }
  await client.query('CLOSE held')
  return pictureOf('PostgreSQL', one.name, byKey)
}

/** Every table with every row; what can't be rebuilt is left out by name, so that a new table is looked at unasked. */
export async function picturePostgres(databaseUrl: string, options: PictureOptions): Promise<Picture[]> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'stakestream-drill' })
  await client.connect()
  try {
    await client.query(`SET TIME ZONE 'UTC'`)
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const tables = z.array(table).parse((await client.query<object>(TABLES)).rows)
    const pictures: Picture[] = []
    for (const one of tables) {
      const isCompared = options.withOffsets || !OFFSET_TABLES.has(one.name)
      if (isCompared && !Object.hasOwn(UNCOMPARED_TABLES, one.name))
        pictures.push(await pictureTable(client, one, options))
    }
    await client.query('COMMIT')
    return pictures
  } finally {
    await client.end()
  }
}

/** The database is gone when this resolves, whoever is connected. */
export async function dropDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl)
  const name = url.pathname.slice(1)
  url.pathname = '/postgres'
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
  try {
    await client.query(`DROP DATABASE ${quoted(name)} WITH (FORCE)`)
  } finally {
    await client.end()
  }
}

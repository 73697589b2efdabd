/** What ClickHouse holds: its tables, merged as they will be one day, and every view over them. */
import type { ClickHouseClient } from '@clickhouse/client'
import { z } from 'zod'
import { rowsOf } from '../../service/clickhouse.ts'
import type { Picture } from './picture.ts'

/** When a row was written here is not what it says. */
const UNTOLD_COLUMNS: ReadonlySet<string> = new Set(['ingested_at'])

/** Where in the log a record lies: on a mirror of the log it lies elsewhere. */
const OFFSET_COLUMN = 'kafka_offset'

/** Tables that are no data of the product, and why. */
export const UNCOMPARED_TABLES: Readonly<Record<string, string>> = {
  schema_migrations: 'when the tables were made',
  sink_positions: 'how far the sink is: at the end of each topic, which is waited for',
}

const TABLES = `
SELECT tables.name AS name, tables.engine AS engine, groupArray(columns.name) AS columns
FROM system.tables AS tables INNER JOIN system.columns AS columns
  ON columns.database = tables.database AND columns.table = tables.name
WHERE tables.database = currentDatabase() GROUP BY name, engine ORDER BY name`

const table = z.object({ name: z.string(), engine: z.string(), columns: z.array(z.string()) })
const digest = z.object({ rows: z.coerce.number(), digest: z.string() })

const quoted = (name: string): string => `\`${name}\``

/** Each row's JSON is hashed, and the hashes are added up: the same in whatever order rows come. */
function digestOf({ name, engine, columns }: z.output<typeof table>, withOffsets: boolean): string {
  const told = columns
    .filter((column) => !UNTOLD_COLUMNS.has(column) && (withOffsets || column !== OFFSET_COLUMN))
    .toSorted()
    .map(quoted)
  return `
    SELECT toString(count()) AS rows, toString(sum(sipHash64(formatRow('JSONCompactEachRow', ${told.join(', ')})))) AS digest
    FROM ${quoted(name)} ${engine === 'View' ? '' : 'FINAL'}`
}

export async function pictureClickhouse(client: ClickHouseClient, withOffsets: boolean): Promise<Picture[]> {
  const pictures: Picture[] = []
  for (const one of await rowsOf(client, TABLES, table)) {
    if (Object.hasOwn(UNCOMPARED_TABLES, one.name)) continue
    const [found] = await rowsOf(client, digestOf(one, withOffsets), digest)
    if (found === undefined) throw new Error(`ClickHouse has not counted ${one.name}`)
    pictures.push({ store: 'ClickHouse', name: one.name, ...found })
  }
  return pictures
}

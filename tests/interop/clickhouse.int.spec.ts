/**
 * ClickHouse reads every topic by itself, with its format AvroConfluent, which asks the registry for the schemas: an
 * analyst needs nothing of ours to look into a topic. Where a record may be null, the table's maker has to allow tuples that
 * may be (enable_nullable_tuple_type).
 */
import { createClient } from '@clickhouse/client'
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { TOPIC_NAMES } from '../../topics/catalogue.ts'
import { required } from '../support/environment.ts'
import { encodeSamples } from './encoded.ts'
import { kindOf } from './samples.ts'
import type { AvroSchema } from './samples.ts'

const url = required('CLICKHOUSE_URL')
const client = createClient({ url })
const tables: string[] = []
afterAll(async () => {
  for (const table of tables) await client.command({ query: `DROP TABLE IF EXISTS ${table}` })
  await client.close()
})

const PRIMITIVES: Readonly<Record<string, string>> = {
  string: 'String',
  boolean: 'Bool',
  int: 'Int32',
  long: 'Int64',
  bytes: 'String',
}

/** The ClickHouse type that stands for a schema. */
function typeOf(schema: AvroSchema): string {
  const kind = kindOf(schema)
  switch (kind.kind) {
    case 'primitive':
      return PRIMITIVES[kind.name] ?? kind.name
    case 'decimal':
      return 'Decimal(19,4)'
    case 'uuid':
      return 'UUID'
    case 'timestamp':
      return "DateTime64(3,'UTC')"
    case 'enum':
      return `Enum8(${kind.symbols.map((symbol, at) => `'${symbol}'=${at}`).join(',')})`
    case 'array':
      return `Array(${typeOf(kind.items)})`
    case 'map':
      return `Map(String,${typeOf(kind.values)})`
    case 'nullable':
      return `Nullable(${typeOf(kind.of)})`
    case 'record':
      return `Tuple(${kind.fields.map(({ name, type }) => `${name} ${typeOf(type)}`).join(',')})`
  }
}

/** ClickHouse lays the fields of nested records flat, under dotted names; records in an array are tuples. */
function columnsOf(schema: AvroSchema, path: readonly string[] = []): { name: string; schema: AvroSchema }[] {
  const kind = kindOf(schema)
  if (kind.kind !== 'record') return [{ name: path.join('.'), schema }]
  return kind.fields.flatMap(({ name, type }) => columnsOf(type, [...path, name]))
}

const isBytes = (schema: AvroSchema): boolean => {
  const kind = kindOf(schema)
  return (
    (kind.kind === 'primitive' && kind.name === 'bytes') ||
    (kind.kind === 'nullable' && isBytes(kind.of)) ||
    (kind.kind === 'map' && isBytes(kind.values))
  )
}

/** How a column is asked for: bytes as hex, since JSON can't carry them. */
function selectOf({ name, schema }: { name: string; schema: AvroSchema }): string {
  if (!isBytes(schema)) return `\`${name}\``
  const hex =
    kindOf(schema).kind === 'map'
      ? `mapApply((k,v)->(k,lower(hex(v))),\`${name}\`)`
      : `lower(hex(\`${name}\`))`
  return `${hex} AS \`${name}\``
}

/** ClickHouse's JSON in the plain form: only times look different. */
function plainOf(schema: AvroSchema, value: unknown): unknown {
  const kind = kindOf(schema)
  if (value === null) return null
  if (kind.kind === 'timestamp' && typeof value === 'string') return Date.parse(`${value.replace(' ', 'T')}Z`)
  if (kind.kind === 'nullable') return plainOf(kind.of, value)
  if (kind.kind === 'array' && Array.isArray(value)) return value.map((item) => plainOf(kind.items, item))
  if (kind.kind === 'record' && typeof value === 'object') {
    const parts = new Map(Object.entries(value))
    return Object.fromEntries(kind.fields.map(({ name, type }) => [name, plainOf(type, parts.get(name))]))
  }
  return value
}

/** A row of dotted columns as the nested value that it was. */
function nestedOf(
  schema: AvroSchema,
  row: Readonly<Record<string, unknown>>,
  path: readonly string[] = [],
): unknown {
  const kind = kindOf(schema)
  if (kind.kind !== 'record') return plainOf(schema, row[path.join('.')])
  return Object.fromEntries(kind.fields.map(({ name, type }) => [name, nestedOf(type, row, [...path, name])]))
}

async function insertAvroConfluent(table: string, values: readonly Buffer[]): Promise<void> {
  const target = new URL(url)
  target.searchParams.set('query', `INSERT INTO ${table} FORMAT AvroConfluent`)
  target.searchParams.set('format_avro_schema_registry_url', required('SCHEMA_REGISTRY_URL'))
  const response = await fetch(target, { method: 'POST', body: new Uint8Array(Buffer.concat(values)) })
  if (!response.ok) throw new Error(await response.text())
  await response.text()
}

describe('ClickHouse, by AvroConfluent', () => {
  it.for(TOPIC_NAMES)('reads %s: decimals, ids, times, enums, nulls and lists', async (topic) => {
    const { schema, values, expected } = await encodeSamples(topic)
    const columns = columnsOf(schema)
    const table = `default.interop_${randomUUID().replaceAll('-', '')}`
    tables.push(table)
    const structure = columns.map((column) => `\`${column.name}\` ${typeOf(column.schema)}`).join(', ')
    await client.command({
      query: `CREATE TABLE ${table} (${structure}) ENGINE = Memory`,
      clickhouse_settings: { enable_nullable_tuple_type: 1 },
    })
    await insertAvroConfluent(table, values)

    const rows = await client.query({
      query: `SELECT ${columns.map(selectOf).join(', ')} FROM ${table}`,
      format: 'JSONEachRow',
      clickhouse_settings: {
        output_format_json_quote_decimals: 1,
        output_format_decimal_trailing_zeros: 1,
        output_format_json_quote_64bit_integers: 0,
        output_format_json_named_tuples_as_objects: 1,
      },
    })
    const read = (await rows.json<Record<string, unknown>>()).map((row) => nestedOf(schema, row))
    expect(read).toEqual(expected)
  })
})

/**
 * A report is one value: its columns, where they come from, and by what its rows are ordered. The query, the answer's schema, the pages, the
 * JSON and the CSV are all made of it.
 */
import type { Cell, Cells } from '../csv.ts'
import { z } from 'zod'
import { AMOUNT_SCALE } from '../../domain/money.ts'
import type { RawJson } from '../json.ts'

/** What a column holds; every cell comes from ClickHouse as text, so that no digit is lost. */
export type CellKind = 'text' | 'uuid' | 'day' | 'time' | 'count' | 'amount'

export interface ReportColumn {
  name: string
  kind: CellKind
  description: string
  /** How it is worked out of the source's columns; its name where absent. */
  sql?: string
  nullable?: boolean
}

export interface Report {
  columns: readonly ReportColumn[]
  /** A view of the ClickHouse sink. */
  source: string
  /** Columns that its rows are grouped by; none: a row of the source is a row of the report. */
  groupBy: readonly string[]
  /** Columns that rows are ordered by, and told apart by. */
  key: readonly string[]
  descending: boolean
}

/** A condition of a query, with what it binds. */
export interface Filter {
  sql: string
  params: Readonly<Record<string, string>>
}

export interface ReportQuery {
  partnerId: string
  filters: readonly Filter[]
  /** Key of the row after which the page begins. */
  after: readonly string[] | undefined
  /** Rows at the most; all where absent. */
  limit: number | undefined
}

export interface Statement {
  text: string
  params: Readonly<Record<string, string>>
}

const PARAMETER_TYPES: { readonly [K in CellKind]: string } = {
  text: 'String',
  uuid: 'UUID',
  day: 'Date',
  time: `DateTime64(3, 'UTC')`,
  count: 'UInt64',
  amount: 'Decimal(38, 4)',
}

/** A time as RFC 3339, an amount with its four decimals; all else as ClickHouse writes it. */
function textOf({ name, kind }: ReportColumn): string {
  if (kind === 'time') return `replaceOne(toString(${name}), ' ', 'T') || 'Z'`
  return kind === 'amount' ? `toDecimalString(${name}, ${AMOUNT_SCALE})` : `toString(${name})`
}

/** The reverse: as a parameter is written. */
const parameterOf = (kind: CellKind, cell: string): string =>
  kind === 'time' ? cell.replace('T', ' ').replace('Z', '') : cell

const columnsOf = ({ columns }: Report, names: readonly string[]): ReportColumn[] =>
  names.flatMap((name) => columns.find((column) => column.name === name) ?? [])

/** Rows behind a key, in the order of the report. */
function behind(report: Report, after: readonly string[]): Filter {
  const columns = columnsOf(report, report.key)
  const names = columns.map(({ name }) => name).join(', ')
  const values = columns.map(({ kind }, at) => `{after_${at}:${PARAMETER_TYPES[kind]}}`).join(', ')
  const params = columns.map(({ kind }, at) => [`after_${at}`, parameterOf(kind, after[at] ?? '')] as const)
  return {
    sql: `(${names}) ${report.descending ? '<' : '>'} (${values})`,
    params: Object.fromEntries(params),
  }
}

/** The query of a report. What the caller says is bound, never part of the text. */
export function statementOf(report: Report, { partnerId, filters, after, limit }: ReportQuery): Statement {
  const { columns, source, groupBy, key, descending } = report
  const inner = columns.map(({ name, sql }) => (sql === undefined ? name : `${sql} AS ${name}`)).join(', ')
  const page = after === undefined ? undefined : behind(report, after)
  const where = ['partner_id = {partner:UUID}', ...filters.map(({ sql }) => sql)].join(' AND ')
  const order = key.map((name) => (descending ? `${name} DESC` : name)).join(', ')
  const text = [
    `SELECT ${columns.map(textOf).join(', ')}`,
    `FROM (SELECT ${inner} FROM ${source} WHERE ${where}`,
    groupBy.length === 0 ? ')' : `GROUP BY ${groupBy.join(', ')})`,
    page === undefined ? '' : `WHERE ${page.sql}`,
    `ORDER BY ${order}`,
    limit === undefined ? '' : `LIMIT ${limit}`,
  ]
  const bound = [...filters, ...(page === undefined ? [] : [page])].flatMap(({ params }) =>
    Object.entries(params),
  )
  return {
    text: text.filter((part) => part !== '').join('\n'),
    params: Object.fromEntries([['partner', partnerId], ...bound]),
  }
}

const amountOut = z.number().meta({ example: 89.5 })

const CELL_SCHEMAS: { readonly [K in CellKind]: z.ZodType } = {
  text: z.string(),
  uuid: z.uuid(),
  day: z.iso.date(),
  time: z.iso.datetime(),
  count: z.number().int(),
  amount: amountOut,
}

/** The schema of a row in JSON; `optional` names columns that some rows lack. */
export function rowSchema(
  columns: readonly ReportColumn[],
  optional: ReadonlySet<string> = new Set(),
): z.ZodType {
  const fields = columns.map(({ name, kind, nullable, description }) => {
    const schema = nullable === true ? CELL_SCHEMAS[kind].nullable() : CELL_SCHEMAS[kind]
    const exact =
      kind === 'amount'
        ? `${description} An exact decimal: read it without binary floating point.`
        : description
    const documented = schema.meta({ description: exact })
    return [name, optional.has(name) ? documented.optional() : documented]
  })
  return z.strictObject(Object.fromEntries(fields))
}

/** All digits, two decimals at the least; amounts come with four. Sums are wider than an amount, so that they are not read as one. */
const jsonDecimal = (text: string): RawJson => JSON.rawJSON(text.replace(/(?<=\.\d\d\d?)0{1,2}$/, ''))

function jsonCell(kind: CellKind, cell: Cell): unknown {
  if (cell === null) return null
  if (kind === 'amount') return jsonDecimal(cell)
  return kind === 'count' ? Number(cell) : cell
}

export const jsonRow = ({ columns }: Report, cells: Cells): object =>
  Object.fromEntries(columns.map(({ name, kind }, at) => [name, jsonCell(kind, cells[at] ?? null)]))

/** Where the next page goes on: the key of the last row. */
export function cursorOf(report: Report, cells: Cells): string {
  const at = new Map(report.columns.map(({ name }, index) => [name, index]))
  const key = report.key.map((name) => cells[at.get(name) ?? -1] ?? '')
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

const KEY_SCHEMAS: { readonly [K in CellKind]: z.ZodType<string> } = {
  text: z.string(),
  uuid: z.uuid(),
  day: z.iso.date(),
  time: z.iso.datetime({ precision: null }).max('2026-11-22T10:15:30.123Z'.length),
  count: z.string().regex(/^\d{1,19}$/),
  amount: z.string().regex(/^-?\d{1,34}\.\d{4}$/),
}

/** The key in a cursor; undefined where the text is no cursor of this report. */
export function keyOf(report: Report, cursor: string): string[] | undefined {
  const kinds = columnsOf(report, report.key).map(({ kind }) => kind)
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    return undefined
  }
  const parsed = z.array(z.string()).length(kinds.length).safeParse(value)
  if (!parsed.success) return undefined
  const isKey = kinds.every((kind, at) => KEY_SCHEMAS[kind].safeParse(parsed.data[at]).success)
  return isKey ? parsed.data : undefined
}

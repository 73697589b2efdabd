/** What Grafana makes of a query before ClickHouse gets it, as far as the dashboards need it. */
import { z } from 'zod'

/** The chosen time, and a value or several for each variable. */
export interface Choice {
  fromMs: number
  toMs: number
  variables: Readonly<Record<string, string | readonly string[]>>
}

const seconds = (ms: number): string => `toDateTime(${Math.floor(ms / 1_000)})`
const milliseconds = (ms: number): string => `fromUnixTimestamp64Milli(${ms})`

/** The macros of the ClickHouse plugin that are known here: with the range of time, and the text between the parentheses, if any. */
const MACROS: Readonly<Record<string, (choice: Choice, column: string) => string>> = {
  fromTime: ({ fromMs }) => seconds(fromMs),
  toTime: ({ toMs }) => seconds(toMs),
  fromTime_ms: ({ fromMs }) => milliseconds(fromMs),
  toTime_ms: ({ toMs }) => milliseconds(toMs),
  timeFilter_ms: ({ fromMs, toMs }, column) =>
    `${column} >= ${milliseconds(fromMs)} AND ${column} <= ${milliseconds(toMs)}`,
}
const WITH_COLUMN: ReadonlySet<string> = new Set(['timeFilter_ms'])

/** The formats of variables that are known here. `sqlstring`: every value in quotes, with commas between. */
const FORMATS: Readonly<Record<string, (values: readonly string[]) => string>> = {
  sqlstring: (values) => values.map((value) => `'${value.replaceAll("'", "''")}'`).join(','),
}

function variable({ variables }: Choice, name: string, format: string): string {
  const value = variables[name]
  if (value === undefined) throw new Error(`the dashboard has no variable ${name}`)
  const formatted = FORMATS[format]
  if (formatted === undefined) throw new Error(`no format ${format} of variables is known here`)
  return formatted(typeof value === 'string' ? [value] : value)
}

function macro(choice: Choice, name: string, column: string | undefined): string {
  const expanded = MACROS[name]
  if (expanded === undefined) throw new Error(`no macro ${name} is known here`)
  if (WITH_COLUMN.has(name) !== (column !== undefined && column !== ''))
    throw new Error(`${name} takes ${WITH_COLUMN.has(name) ? 'a column' : 'nothing'}`)
  return expanded(choice, column ?? '')
}

/** The query as ClickHouse gets it. Throws on whatever it does not know, so that nothing is tested otherwise than it runs. */
export function expand(sql: string, choice: Choice): string {
  const text = sql
    .replace(/\$\{(\w+):(\w+)\}/g, (_, name: string, format: string) => variable(choice, name, format))
    .replace(/\$__(\w+)(?:\(([^()]*)\))?/g, (_, name: string, column: string | undefined) =>
      macro(choice, name, column),
    )
  if (text.includes('$')) throw new Error(`not all of it is known here: ${text}`)
  return text
}

const target = z.object({
  refId: z.string(),
  datasource: z.object({ type: z.string(), uid: z.string() }),
  format: z.union([z.number(), z.string()]).optional(),
  rawSql: z.string().optional(),
  expr: z.string().optional(),
  legendFormat: z.string().optional(),
})

/** What the tests read of a dashboard's file. */
export const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(
    z.object({
      id: z.number(),
      type: z.string(),
      title: z.string(),
      description: z.string().min(5),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(target).min(1),
      fieldConfig: z.object({
        defaults: z.object({ displayName: z.string().optional() }),
        overrides: z.array(z.object({ matcher: z.object({ id: z.string(), options: z.string() }) })),
      }),
    }),
  ),
  templating: z.object({
    list: z
      .array(z.object({ name: z.string(), query: z.string(), datasource: z.object({ uid: z.string() }) }))
      .default([]),
  }),
})
export type DashboardFile = z.output<typeof dashboardSchema>

/**
 * Writes avro/types.ts from the .avsc files: one interface per record, one union of literals per enum. Run it with
 * `npm run generate:types`; a test fails when the file is stale.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

interface Field {
  name: string
  type: Schema
  doc?: string | undefined
}
interface Complex {
  type: string
  name?: string | undefined
  doc?: string | undefined
  logicalType?: string | undefined
  fields?: Field[] | undefined
  symbols?: string[] | undefined
  items?: Schema | undefined
  values?: Schema | undefined
}
type Schema = string | Schema[] | Complex

const schemaShape: z.ZodType<Schema> = z.lazy(() =>
  z.union([
    z.string(),
    z.array(schemaShape),
    z.object({
      type: z.string(),
      name: z.string().optional(),
      doc: z.string().optional(),
      logicalType: z.string().optional(),
      fields: z
        .array(z.object({ name: z.string(), doc: z.string().optional(), type: schemaShape }))
        .optional(),
      symbols: z.array(z.string()).optional(),
      items: schemaShape.optional(),
      values: schemaShape.optional(),
    }),
  ]),
)

const FOLDER = new URL('.', import.meta.url)
const PRIMITIVES: Record<string, string> = {
  null: 'null',
  string: 'string',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  bytes: 'Buffer',
}
const HEADER = '// Generated from the .avsc files by avro/generate.ts; edit those.\n'

/** Collects the declarations that a schema needs and answers the TypeScript type that stands for it. */
function typeOf(schema: Schema, declarations: Map<string, string>): string {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? schema
  if (Array.isArray(schema))
    return schema
      .map((branch) => typeOf(branch, declarations))
      .toReversed()
      .join(' | ')
  if (schema.logicalType === 'decimal') return 'bigint'
  if (schema.type === 'array' && schema.items) return `${typeOf(schema.items, declarations)}[]`
  if (schema.type === 'map' && schema.values) return `Record<string, ${typeOf(schema.values, declarations)}>`
  if (schema.name === undefined) return typeOf(schema.type, declarations)
  const doc = schema.doc ? `/** ${schema.doc} */\n` : ''
  if (schema.type === 'enum') {
    const symbols = (schema.symbols ?? []).map((symbol) => `'${symbol}'`).join(' | ')
    declare(declarations, schema.name, `${doc}export type ${schema.name} = ${symbols}\n`)
  } else {
    const fields = (schema.fields ?? []).map(
      (field) => `  /** ${field.doc ?? ''} */\n  ${field.name}: ${typeOf(field.type, declarations)}\n`,
    )
    declare(declarations, schema.name, `${doc}export interface ${schema.name} {\n${fields.join('')}}\n`)
  }
  return schema.name
}

/** Two files may define the same enum; two different shapes under one name are an error. */
function declare(declarations: Map<string, string>, name: string, text: string): void {
  const earlier = declarations.get(name)
  if (earlier !== undefined && earlier !== text) throw new Error(`${name} is defined twice, differently`)
  declarations.set(name, text)
}

/** The whole of types.ts, from all .avsc files of the folder in name order. */
export function generateTypes(): string {
  const declarations = new Map<string, string>()
  for (const file of readdirSync(FOLDER)
    .filter((name) => name.endsWith('.avsc'))
    .toSorted())
    typeOf(schemaShape.parse(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))), declarations)
  return HEADER + [...declarations.values()].map((text) => `\n${text}`).join('')
}

if (process.argv[1] === import.meta.filename) writeFileSync(new URL('types.ts', FOLDER), generateTypes())

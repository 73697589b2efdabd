/**
 * Values of any Avro schema, made without chance: variant after variant goes through the edges of each type, every
 * branch of a union and every symbol of an enum. And the plain form in which the values are compared with what another
 * client has read.
 */
import { z } from 'zod'
import { formatAmount } from '../../domain/money.ts'

interface Field {
  name: string
  type: AvroSchema
}
interface ComplexSchema {
  type: string
  name?: string | undefined
  logicalType?: string | undefined
  fields?: Field[] | undefined
  symbols?: string[] | undefined
  items?: AvroSchema | undefined
  values?: AvroSchema | undefined
}
export type AvroSchema = string | AvroSchema[] | ComplexSchema

const avroSchema: z.ZodType<AvroSchema> = z.lazy(() =>
  z.union([
    z.string(),
    z.array(avroSchema),
    z.object({
      type: z.string(),
      name: z.string().optional(),
      logicalType: z.string().optional(),
      fields: z.array(z.object({ name: z.string(), type: avroSchema })).optional(),
      symbols: z.array(z.string()).optional(),
      items: avroSchema.optional(),
      values: avroSchema.optional(),
    }),
  ]),
)
export const parseAvroSchema = (text: string): AvroSchema => avroSchema.parse(JSON.parse(text))

/** A schema that is one of the kinds below, so that those who walk it need no more guesses. */
export type Kind =
  | { kind: 'primitive'; name: string }
  | { kind: 'decimal' | 'uuid' | 'timestamp' }
  | { kind: 'enum'; symbols: string[] }
  | { kind: 'record'; fields: Field[] }
  | { kind: 'array'; items: AvroSchema }
  | { kind: 'map'; values: AvroSchema }
  | { kind: 'nullable'; of: AvroSchema }

export function kindOf(schema: AvroSchema): Kind {
  if (typeof schema === 'string') return { kind: 'primitive', name: schema }
  if (Array.isArray(schema)) {
    const [first, of] = schema
    if (schema.length !== 2 || first !== 'null' || of === undefined)
      throw new Error(`a union is null and one other type, not ${JSON.stringify(schema)}`)
    return { kind: 'nullable', of }
  }
  if (schema.logicalType === 'decimal') return { kind: 'decimal' }
  if (schema.logicalType === 'uuid') return { kind: 'uuid' }
  if (schema.logicalType === 'timestamp-millis') return { kind: 'timestamp' }
  if (schema.symbols) return { kind: 'enum', symbols: schema.symbols }
  if (schema.fields) return { kind: 'record', fields: schema.fields }
  if (schema.items) return { kind: 'array', items: schema.items }
  if (schema.values) return { kind: 'map', values: schema.values }
  return { kind: 'primitive', name: schema.type }
}

const DECIMALS = [
  0n,
  1n,
  -1n,
  127n,
  -128n,
  128n,
  -129n,
  2n ** 47n,
  -(2n ** 47n) - 1n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  9_999_999_999_999_999_999n,
  -9_999_999_999_999_999_999n,
]
const PRIMITIVES: Readonly<Record<string, readonly unknown[]>> = {
  string: ['player-1', '', '선수 🎰', `quotes " ' and \\ and\ttabs`],
  boolean: [true, false],
  int: [0, 1, -1, 2_147_483_647, -2_147_483_648],
  long: [0, 1, -1, 9_007_199_254_740_990],
  double: [0, 0.1, -2.5, 1e300],
  bytes: [Buffer.from('text'), Buffer.alloc(0), Buffer.from('00ff80c3', 'hex')],
}
/** Variants that bring up everything: two for each symbol of the longest enum, and each union with null both ways within another. */
export const VARIANTS = 64

/** One value of the schema. The same variant gives the same value. */
export function sampleOf(schema: AvroSchema, variant: number): unknown {
  let drawn = variant
  let unions = 0
  /** Unions with null around the part that is built: each depth goes by a bit of the variant of its own. */
  let depth = 0
  /** Arrays around the part that is built: one that is empty shows within one that is not. */
  let arrays = 0
  const draw = <T>(choices: readonly T[]): T => {
    const choice = choices[drawn++ % choices.length]
    if (choice === undefined) throw new Error('nothing to draw from')
    return choice
  }
  const build = (part: AvroSchema): unknown => {
    const kind = kindOf(part)
    switch (kind.kind) {
      case 'primitive':
        return draw(PRIMITIVES[kind.name] ?? [])
      case 'decimal':
        return draw(DECIMALS)
      case 'uuid':
        return `0198c1a2-7d00-7000-8000-${(drawn++).toString(16).padStart(12, '0')}`
      case 'timestamp':
        return 1_760_000_000_123 + drawn++
      case 'enum':
        return kind.symbols[(variant >> 1) % kind.symbols.length]
      case 'record':
        return Object.fromEntries(kind.fields.map(({ name, type }) => [name, build(type)]))
      case 'array': {
        const length = (variant >> (2 + arrays)) % 4
        arrays++
        const items = Array.from({ length }, () => build(kind.items))
        arrays--
        return items
      }
      case 'map':
        return Object.fromEntries(
          Array.from({ length: (variant >> 2) % 3 }, (_, at) => [`key-${at}`, build(kind.values)]),
        )
      case 'nullable': {
        if (((variant >> depth) + unions++) % 2 !== 0) return null
        const before = unions
        unions = 0
        depth++
        const value = build(kind.of)
        depth--
        unions = before
        return value
      }
    }
  }
  return build(schema)
}

/** The value with decimals as text with four decimals, bytes as hex, times as epoch milliseconds. */
export function plainOf(value: unknown): unknown {
  if (typeof value === 'bigint') return formatAmount(value)
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (Array.isArray(value)) return value.map(plainOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plainOf(part)]))
  return value
}

import { describe, expect, it } from 'vitest'
import { schemaNames } from '../../avro/history.ts'
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { kindOf, parseAvroSchema, sampleOf, VARIANTS } from './samples.ts'
import type { AvroSchema } from './samples.ts'

/** Names what a value shows of its schema: each branch of a union, each symbol of an enum, lists with and without items. */
function shown(schema: AvroSchema, value: unknown, path: string): string[] {
  const kind = kindOf(schema)
  if (kind.kind === 'nullable')
    return value === null ? [`${path} is null`] : [`${path} is given`, ...shown(kind.of, value, path)]
  if (kind.kind === 'enum') return [`${path} is ${String(value)}`]
  if (kind.kind === 'array' && Array.isArray(value))
    return [
      `${path} has ${value.length > 0 ? 'items' : 'none'}`,
      ...value.flatMap((item) => shown(kind.items, item, path)),
    ]
  if (kind.kind === 'record' && typeof value === 'object' && value !== null) {
    const parts = new Map<string, unknown>(Object.entries(value))
    return kind.fields.flatMap(({ name, type }) => shown(type, parts.get(name), `${path}.${name}`))
  }
  return []
}

/** All that the values of a schema can show. */
function possible(schema: AvroSchema, path: string): string[] {
  const kind = kindOf(schema)
  switch (kind.kind) {
    case 'nullable':
      return [`${path} is null`, `${path} is given`, ...possible(kind.of, path)]
    case 'enum':
      return kind.symbols.map((symbol) => `${path} is ${symbol}`)
    case 'array':
      return [`${path} has items`, `${path} has none`, ...possible(kind.items, path)]
    case 'record':
      return kind.fields.flatMap(({ name, type }) => possible(type, `${path}.${name}`))
    default:
      return []
  }
}

describe('the samples', () => {
  it.each(schemaNames())('of %s are valid and show every branch and every symbol', (name) => {
    const text = readSchemaText(name)
    const schema = parseAvroSchema(text)
    const samples = Array.from({ length: VARIANTS }, (_, variant) => sampleOf(schema, variant))
    for (const sample of samples) expect(avroTypeOf(text).isValid(sample)).toBe(true)
    const seen = new Set(samples.flatMap((sample) => shown(schema, sample, name)))
    expect(possible(schema, name).filter((one) => !seen.has(one))).toEqual([])
  })
})

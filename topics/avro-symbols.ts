/**
 * Enumerations that have grown. avsc refuses to read any record by a writer's schema that knows a symbol more, though the record
 * has none of it: every instance of an older version would set aside all that a newer one writes.
 */
import { z } from 'zod'

const enumeration = z.looseObject({ type: z.literal('enum'), name: z.string(), symbols: z.array(z.string()) })

/** Calls `visit` for every enumeration within a schema; what it returns takes the enumeration's place. */
function eachEnum(schema: unknown, visit: (found: z.infer<typeof enumeration>) => unknown): unknown {
  if (Array.isArray(schema)) return schema.map((item: unknown) => eachEnum(item, visit))
  if (typeof schema !== 'object' || schema === null) return schema
  const found = enumeration.safeParse(schema)
  if (found.success) return visit(found.data)
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, eachEnum(value, visit)]))
}

/**
 * The reader's schema with the symbols that the writer's enumerations of the same names have besides; undefined where they have
 * none. What is read by it may hold a symbol that the reader doesn't know. Throws for a text that is no JSON.
 */
export function withSymbolsOf(writerText: string, readerText: string): string | undefined {
  const written = new Map<string, readonly string[]>()
  eachEnum(JSON.parse(writerText), (found) => written.set(found.name, found.symbols))
  let isWider = false
  const wide = eachEnum(JSON.parse(readerText), (found) => {
    const added = (written.get(found.name) ?? []).filter((symbol) => !found.symbols.includes(symbol))
    isWider ||= added.length > 0
    return { ...found, symbols: [...found.symbols, ...added] }
  })
  return isWider ? JSON.stringify(wide) : undefined
}

/**
 * Arrays and maps that believe no count that their bytes can't hold.
 *
 * avsc reads as many items as the count in the bytes says and looks only at the end whether the bytes sufficed, so one
 * damaged record could keep a reader busy until its memory is gone. Every item of our schemas takes at least one byte,
 * so a count beyond the bytes that are left is refused before the first item is read.
 */
import avsc from 'avsc'
import type { Schema, Type } from 'avsc'

/** What these types use of avsc's cursor over the bytes. */
interface Tap {
  buf: Buffer
  pos: number
  readLong(): number
  skipLong(): void
  readString(): string
}

interface Reads {
  _read(tap: Tap): unknown
}

/** Number of items of the block that begins here; 0 ends the collection. */
function readCount(tap: Tap): number {
  let count = tap.readLong()
  if (count < 0) {
    count = -count
    tap.skipLong()
  }
  if (count > tap.buf.length - tap.pos)
    throw new Error(`a collection of ${count} items does not fit the bytes that are left`)
  return count
}

class BoundedArrayType extends avsc.types.ArrayType {
  declare readonly itemsType: Type & Reads
  // Avsc's resolvers borrow this method: `this` is then the resolver, which has an itemsType of its own.
  _read(tap: Tap): unknown[] {
    const items: unknown[] = []
    for (let count = readCount(tap); count > 0; count = readCount(tap))
      while (count-- > 0) items.push(this.itemsType._read(tap))
    return items
  }
}

class BoundedMapType extends avsc.types.MapType {
  declare readonly valuesType: Type & Reads
  _read(tap: Tap): Record<string, unknown> {
    const entries: [string, unknown][] = []
    for (let count = readCount(tap); count > 0; count = readCount(tap))
      while (count-- > 0) entries.push([tap.readString(), this.valuesType._read(tap)])
    // fromEntries defines properties, so a key `__proto__` stays a key.
    return Object.fromEntries(entries)
  }
}

/** A `typeHook` of avsc: takes over arrays and maps, leaves all else to avsc. */
export function boundedCollections(schema: Schema, options: object): Type | undefined {
  if (typeof schema !== 'object' || !('type' in schema)) return undefined
  if (schema.type === 'array') return new BoundedArrayType(schema, options)
  if (schema.type === 'map') return new BoundedMapType(schema, options)
  return undefined
}

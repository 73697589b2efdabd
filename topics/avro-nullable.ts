/**
 * Fields that may be null. avsc looks at each value to find out which branch of a union it is of, in a union of any branches; most unions
 * of ours are of null and one other, where whether it is null says all. Read and written as Avro has it (1.11, "Unions").
 */
import avsc from 'avsc'
import type { Schema, Type } from 'avsc'

/** What this type uses of avsc's cursor over the bytes. */
interface Tap {
  readonly buf: Buffer
  pos: number
}

interface Steps {
  _read(tap: Tap): unknown
  _write(tap: Tap, value: unknown): void
}

/** Indexes of the branches, as a long is written. */
const NULL = 0
const OTHER = 2

class NullableType extends avsc.types.UnwrappedUnionType {
  declare readonly types: (Type & Steps)[]

  readonly #other: Type & Steps

  constructor(schema: Schema, options: object) {
    super(schema, options)
    const [, other] = this.types
    if (other === undefined) throw new Error('a union of null and another has two branches')
    this.#other = other
  }

  _read(tap: Tap): unknown {
    const branch = tap.buf[tap.pos++]
    if (branch === NULL) return null
    if (branch !== OTHER) throw new Error(`a union of null and another has no branch ${branch}`)
    return this.#other._read(tap)
  }

  /** The cursor may run past the end of its buffer; avsc looks afterwards. */
  _write(tap: Tap, value: unknown): void {
    const at = tap.pos++
    if (at < tap.buf.length) tap.buf[at] = value === null ? NULL : OTHER
    if (value !== null) this.#other._write(tap, value)
  }
}

/** A `typeHook` of avsc: takes over unions of null and one other, leaves all else to avsc. */
export const nullables = (schema: Schema, options: object): Type | undefined =>
  Array.isArray(schema) && schema.length === 2 && schema[0] === 'null'
    ? new NullableType(schema, options)
    : undefined

/**
 * Texts as Avro has them (1.11, "Primitive Types"): short ones of ASCII alone, as ids and codes are, are written without first being asked
 * for their length in UTF-8. All else is left to avsc.
 */
import avsc from 'avsc'
import type { Schema, Type } from 'avsc'

/** What this type uses of avsc's cursor over the bytes. */
interface Tap {
  readonly buf: Buffer
  pos: number
  writeString(text: string): void
}

/** Longest text whose length takes one byte, in characters of one byte each. */
const SHORT_CHARS_MAX = 63
const ASCII_MAX = 0x7f

/** Whether the text was written; where it was not, the cursor is where it was. */
function wroteShort(tap: Tap, text: string): boolean {
  const { length } = text
  const { buf, pos } = tap
  if (length > SHORT_CHARS_MAX || pos + 1 + length > buf.length) return false
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > ASCII_MAX) return false
    buf[pos + 1 + index] = code
  }
  buf[pos] = length << 1
  tap.pos = pos + 1 + length
  return true
}

class TextType extends avsc.types.StringType {
  _write(tap: Tap, text: unknown): void {
    if (typeof text !== 'string') throw new TypeError(`${String(text)} is no text`)
    if (!wroteShort(tap, text)) tap.writeString(text)
  }
}

/** Texts plain or with attributes, such as the logical type `uuid`, of which Avro's notation knows nothing. */
const isText = (schema: Schema): boolean =>
  schema === 'string' || (typeof schema === 'object' && 'type' in schema && schema.type === 'string')

/** A `typeHook` of avsc: takes over texts, leaves all else to avsc. */
export const texts = (schema: Schema): Type | undefined => (isText(schema) ? new TextType() : undefined)

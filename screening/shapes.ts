/**
 * What a text looks like from afar: a few machine words each, from which a bound of the similarity of two texts follows,
 * so that most pairs need not be compared.
 */
import { COMPARED_CHARS_MAX, PREFIX_LENGTH_MAX, withPrefix } from './jaro-winkler.ts'

/** The shapes of many texts, side by side. */
export interface Shapes {
  lengths: Int32Array
  /** A bit for each character that a text has at least once, and at least twice. */
  once: Int32Array
  twice: Int32Array
  /** The first four characters, the first in the highest byte. */
  prefixes: Int32Array
}

/** The shape of one text. */
export interface Shape {
  length: number
  once: number
  twice: number
  prefix: number
}

/** a to z have a bit each, then the space; digits and all else share one. */
const LETTERS = 26
const SPACE_BIT = 1 << LETTERS
const OTHER_BIT = 1 << (LETTERS + 1)
const CODE_A = 97
const CODE_SPACE = 32
const BYTE = 8
const BYTE_SHIFT = 3
const CODE_MAX = 0x7f
/** The same sum in another order differs by less than this. */
const ROUNDING = 1e-9

function bitOf(code: number): number {
  const letter = code - CODE_A
  if (letter >= 0 && letter < LETTERS) return 1 << letter
  return code === CODE_SPACE ? SPACE_BIT : OTHER_BIT
}

/** The shape of a text of ASCII characters, as names are when they are compared. Throws `RangeError` for any other. */
export function shapeOf(text: string): Shape {
  const shape: Shape = { length: Math.min(text.length, COMPARED_CHARS_MAX), once: 0, twice: 0, prefix: 0 }
  for (let at = 0; at < shape.length; at++) {
    const code = text.charCodeAt(at)
    if (code > CODE_MAX) throw new RangeError('a name that is compared holds ASCII characters alone')
    const bit = bitOf(code)
    // Other characters share a bit: two of them need not be the same one twice.
    if (bit !== OTHER_BIT) shape.twice |= shape.once & bit
    shape.once |= bit
    if (at < PREFIX_LENGTH_MAX) shape.prefix |= code << (BYTE * (PREFIX_LENGTH_MAX - 1 - at))
  }
  return shape
}

/** As `shapeOf`, of many. */
export function shapesOf(texts: readonly string[]): Shapes {
  const shapes = texts.map(shapeOf)
  return {
    lengths: Int32Array.from(shapes, ({ length }) => length),
    once: Int32Array.from(shapes, ({ once }) => once),
    twice: Int32Array.from(shapes, ({ twice }) => twice),
    prefixes: Int32Array.from(shapes, ({ prefix }) => prefix),
  }
}

function bitCount(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555)
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> (BYTE * 3)
}

/** Characters that a text has and the other lacks, or has more often, at the least. */
const missing = (once: number, twice: number, otherOnce: number, otherTwice: number): number =>
  bitCount(once & ~otherOnce) + bitCount(twice & ~otherTwice)

/**
 * Whether `jaroWinkler` of a text and text number `other` of many may reach `min`; false only where it does not. A match
 * out of order or out of the window only lowers what is reckoned here.
 */
export function mayReach(min: number, text: Shape, others: Shapes, other: number): boolean {
  const length = others.lengths[other] ?? 0
  const alike = Math.clz32(text.prefix ^ (others.prefixes[other] ?? 0)) >>> BYTE_SHIFT
  const prefix = Math.min(alike, text.length, length)
  const perMatch = 1 / text.length + 1 / length
  // Lengths and prefix alone rule most out.
  if (withPrefix((Math.min(text.length, length) * perMatch + 1) / 3, prefix) < min - ROUNDING) return false
  const once = others.once[other] ?? 0
  const twice = others.twice[other] ?? 0
  const matches = Math.min(
    text.length - missing(text.once, text.twice, once, twice),
    length - missing(once, twice, text.once, text.twice),
  )
  return matches > 0 && withPrefix((matches * perMatch + 1) / 3, prefix) >= min - ROUNDING
}

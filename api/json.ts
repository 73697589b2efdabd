/**
 * JSON in and out without loss. In: numbers keep their digits (`LosslessNumber`), and everything that parsers are
 * known to disagree on is refused. Out: amounts are exact number literals.
 */
import { isLosslessNumber, parse } from 'lossless-json'
import { formatAmountShort } from '../domain/money.ts'
import { JSON_DEPTH_MAX } from './limits.ts'

export { isLosslessNumber, stringify as stringifyLossless } from 'lossless-json'

/** A body that is no JSON text as this API takes it; the message says why, without quoting the body. */
export class JsonError extends Error {
  override name = 'JsonError'
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/**
 * Counts members (`"key":`) and checks the nesting before the text is parsed, since the parser recurses. The text
 * need not be valid JSON yet.
 */
function scanMembers(text: string): number {
  let members = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      for (at++; at < text.length && text.charCodeAt(at) !== QUOTE; at++)
        if (text.charCodeAt(at) === BACKSLASH) at++
    } else if (code === COLON) members++
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > JSON_DEPTH_MAX) throw new JsonError(`nested deeper than ${JSON_DEPTH_MAX} levels`)
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return members
}

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

function checkText(text: string): void {
  if (text.includes('\0')) throw new JsonError('a text holds the character U+0000')
  if (!text.isWellFormed()) throw new JsonError('a text holds half of a surrogate pair')
}

/** Walks the parsed tree: refuses texts and keys that no store can hold, and counts the members that were kept. */
function countMembers(value: unknown): number {
  if (typeof value === 'string') {
    checkText(value)
    return 0
  }
  if (typeof value !== 'object' || value === null || isLosslessNumber(value)) return 0
  if (Array.isArray(value)) {
    let members = 0
    for (const item of value) members += countMembers(item)
    return members
  }
  let members = 0
  for (const [key, item] of Object.entries(value)) {
    if (FORBIDDEN_KEYS.has(key)) throw new JsonError(`the key ${key} is not allowed`)
    checkText(key)
    members += 1 + countMembers(item)
  }
  return members
}

/**
 * Parses a body. Numbers come out as `LosslessNumber`. Throws `JsonError` for anything but one JSON value in UTF-8,
 * and for duplicate keys, keys of the prototype, U+0000, lone surrogates and nesting over `JSON_DEPTH_MAX`.
 */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw new JsonError('not valid UTF-8')
  }
  const written = scanMembers(text)
  let value: unknown
  try {
    value = parse(text)
  } catch (error) {
    throw new JsonError(faultOf(error))
  }
  // The parser lets a repeated key pass where both values are equal; here one was lost.
  if (countMembers(value) !== written) throw new JsonError('a key occurs twice in one object')
  return value
}

const POSITION = /at position \d+$/

/** The parser's messages quote the body, which may hold personal data; only where it failed is passed on. */
function faultOf(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  if (message.startsWith('Duplicate key')) return 'a key occurs twice in one object'
  const position = POSITION.exec(message)?.[0]
  return position === undefined ? 'not a JSON value' : `unexpected text ${position}`
}

/** A number literal for `JSON.stringify`: all digits of the amount, at least two decimals. */
export const jsonAmount = (units: bigint): RawJson => JSON.rawJSON(formatAmountShort(units))

/** The same where there may be no amount. */
export const jsonAmountOrNull = (units: bigint | null): RawJson | null =>
  units === null ? null : jsonAmount(units)

/** A value that `JSON.stringify` writes as it is. */
export interface RawJson {
  readonly rawJSON: string
}

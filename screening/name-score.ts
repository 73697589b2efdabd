/**
 * How alike two names are, after the way of OFAC's Sanctions List Search (its FAQ 249 and 250): Jaro-Winkler over the
 * whole of both, and Jaro-Winkler with Soundex over their parts, and the higher of the two.
 */
import { soundex } from 'soundex-code'
import { jaroWinkler } from './jaro-winkler.ts'
import type { NormalisedName } from './normalise.ts'

/** Two parts less alike than this are different names, and count 0. */
export const TOKEN_SIMILARITY_MIN = 0.8
/** What is left of the likeness of two parts that sound different and are more than a slip apart: James, Jaime. */
const OTHER_SOUND_FACTOR = 0.9
/** In shorter parts a slip makes another name: Kim, Kil. */
const SLIP_CHARS_MIN = 5
/** What is left of the likeness of a whole name of several parts to a single one: Daniel Rossi, Daniel. */
const SINGLE_PART_FACTOR = 0.95

/** Whether one character put in, left out, taken for another or swapped with the next makes one of the other. */
function isOneSlip(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false
  const shorter = Math.min(a.length, b.length)
  let from = 0
  while (from < shorter && a[from] === b[from]) from++
  if (a.length > b.length) return a.slice(from + 1) === b.slice(from)
  if (a.length < b.length) return a.slice(from) === b.slice(from + 1)
  if (a.slice(from + 1) === b.slice(from + 1)) return true
  return a[from] === b[from + 1] && a[from + 1] === b[from] && a.slice(from + 2) === b.slice(from + 2)
}

const isSameName = (a: string, b: string): boolean =>
  (Math.min(a.length, b.length) >= SLIP_CHARS_MIN && isOneSlip(a, b)) || soundex(a) === soundex(b)

/** 0 to 1; 0 below `TOKEN_SIMILARITY_MIN`. Never above `jaroWinkler(a, b)`. */
export function tokenSimilarity(a: string, b: string): number {
  const spelling = jaroWinkler(a, b)
  if (spelling < TOKEN_SIMILARITY_MIN || spelling === 1) return spelling < 1 ? 0 : 1
  const similarity = isSameName(a, b) ? spelling : spelling * OTHER_SOUND_FACTOR
  return similarity < TOKEN_SIMILARITY_MIN ? 0 : similarity
}

interface Pair {
  similarity: number
  telling: number
  listed: number
}

function likestPairs(telling: readonly string[], listed: readonly string[]): Pair[] {
  const pairs: Pair[] = []
  telling.forEach((a, atA) =>
    listed.forEach((b, atB) => {
      const similarity = tokenSimilarity(a, b)
      if (similarity > 0) pairs.push({ similarity, telling: atA, listed: atB })
    }),
  )
  return pairs.sort((a, b) => b.similarity - a.similarity || a.telling - b.telling || a.listed - b.listed)
}

/** The mean over the telling parts of the query, each held against a part of the listed name, the likest pair first. */
function partsSimilarity(telling: readonly string[], listed: readonly string[]): number {
  const taken = { telling: new Set<number>(), listed: new Set<number>() }
  let sum = 0
  for (const pair of likestPairs(telling, listed)) {
    if (taken.telling.has(pair.telling) || taken.listed.has(pair.listed)) continue
    taken.telling.add(pair.telling)
    taken.listed.add(pair.listed)
    sum += pair.similarity
  }
  return telling.length === 0 ? 0 : sum / telling.length
}

/** 0 to 1, never above `jaroWinkler` of the two texts. */
function wholeSimilarity(query: NormalisedName, listed: NormalisedName): number {
  const similarity = jaroWinkler(query.text, listed.text)
  return listed.tokens.length === 1 && query.tokens.length > 1 ? similarity * SINGLE_PART_FACTOR : similarity
}

/** 0 to 1. `telling` are the `tellingTokens` of the query. */
export function nameSimilarity(
  query: NormalisedName,
  telling: readonly string[],
  listed: NormalisedName,
): number {
  return Math.max(wholeSimilarity(query, listed), partsSimilarity(telling, listed.tokens))
}

/**
 * Jaro-Winkler similarity, as W. E. Winkler, "String Comparator Metrics" (1990), defines it: 0 for nothing in common, 1 for
 * equal strings.
 */

export const PREFIX_LENGTH_MAX = 4
const PREFIX_WEIGHT = 0.1

/** Longest text that is compared, in characters; the rest is left out of account. */
export const COMPARED_CHARS_MAX = 256

// Which characters of either side are taken: used by one comparison at a time, and cleared by it.
const takenA = new Uint8Array(COMPARED_CHARS_MAX)
const takenB = new Uint8Array(COMPARED_CHARS_MAX)

function commonPrefix(a: string, b: string): number {
  const end = Math.min(a.length, b.length, PREFIX_LENGTH_MAX)
  let length = 0
  while (length < end && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}

/** Winkler's step: what the common prefix, at most `PREFIX_LENGTH_MAX` characters, adds to Jaro's similarity. */
export const withPrefix = (jaro: number, prefix: number): number => jaro + prefix * PREFIX_WEIGHT * (1 - jaro)

/** Takes the characters that both have within the window. */
function takeMatches(a: string, b: string, lengthA: number, lengthB: number): number {
  const window = Math.max(0, Math.floor(Math.max(lengthA, lengthB) / 2) - 1)
  takenA.fill(0, 0, lengthA)
  takenB.fill(0, 0, lengthB)
  let matches = 0
  for (let at = 0; at < lengthA; at++) {
    const code = a.charCodeAt(at)
    const end = Math.min(lengthB, at + window + 1)
    for (let other = Math.max(0, at - window); other < end; other++) {
      if (takenB[other] !== 0 || b.charCodeAt(other) !== code) continue
      takenA[at] = 1
      takenB[other] = 1
      matches++
      break
    }
  }
  return matches
}

/** Taken characters that stand in another order, counted singly. */
function outOfOrder(a: string, b: string, lengthA: number): number {
  let count = 0
  let other = 0
  for (let at = 0; at < lengthA; at++) {
    if (takenA[at] === 0) continue
    while (takenB[other] === 0) other++
    if (a.charCodeAt(at) !== b.charCodeAt(other)) count++
    other++
  }
  return count
}

/** 0 to 1. The first `COMPARED_CHARS_MAX` characters of either count. */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return a === '' ? 0 : 1
  const lengthA = Math.min(a.length, COMPARED_CHARS_MAX)
  const lengthB = Math.min(b.length, COMPARED_CHARS_MAX)
  const matches = takeMatches(a, b, lengthA, lengthB)
  if (matches === 0) return 0
  const transpositions = Math.floor(outOfOrder(a, b, lengthA) / 2)
  const jaro = (matches / lengthA + matches / lengthB + (matches - transpositions) / matches) / 3
  return withPrefix(jaro, commonPrefix(a, b))
}

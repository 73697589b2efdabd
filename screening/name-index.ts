/**
 * Finds the names that are alike enough without comparing all: by bounds that are never below the similarity, so that it
 * answers what a comparison with every name would.
 */
import { nameSimilarity, TOKEN_SIMILARITY_MIN, tokenSimilarity } from './name-score.ts'
import { tellingTokens } from './normalise.ts'
import type { NormalisedName } from './normalise.ts'
import { mayReach, shapeOf, shapesOf } from './shapes.ts'
import type { Shapes } from './shapes.ts'

/** Sums of similarities in another order differ by less than this. */
const ROUNDING = 1e-9

export interface NameIndex {
  /** Calls `found` for each name whose `nameSimilarity` is `min` or more, in their order; `min` is above 0. */
  search(query: NormalisedName, min: number, found: (name: number, similarity: number) => void): void
}

/** The distinct parts of all names, and where each stands. */
interface Vocabulary {
  tokens: string[]
  shapes: Shapes
  /** By token: the names that have it. */
  names: number[][]
}

function createVocabulary(names: readonly NormalisedName[]): Vocabulary {
  const byToken = new Map<string, number[]>()
  names.forEach(({ tokens }, at) => {
    for (const token of new Set(tokens)) {
      const known = byToken.get(token)
      if (known === undefined) byToken.set(token, [at])
      else known.push(at)
    }
  })
  const tokens = [...byToken.keys()]
  return { tokens, shapes: shapesOf(tokens), names: [...byToken.values()] }
}

/** By name, the similarity of its likest part to the token; names without a like part are not there. */
function likestParts(vocabulary: Vocabulary, token: string): Map<number, number> {
  const likest = new Map<number, number>()
  const shape = shapeOf(token)
  for (let at = 0; at < vocabulary.tokens.length; at++) {
    if (!mayReach(TOKEN_SIMILARITY_MIN, shape, vocabulary.shapes, at)) continue
    const similarity = tokenSimilarity(token, vocabulary.tokens[at] ?? '')
    if (similarity === 0) continue
    for (const name of vocabulary.names[at] ?? [])
      likest.set(name, Math.max(likest.get(name) ?? 0, similarity))
  }
  return likest
}

/** Builds the index; a name's number is its place in `names`. */
export function createNameIndex(names: readonly NormalisedName[]): NameIndex {
  const vocabulary = createVocabulary(names)
  const shapes = shapesOf(names.map(({ text }) => text))

  /** Names whose parts may be alike enough: the sum over the likest parts is never below that over paired ones. */
  function likeByParts(telling: readonly string[], min: number): Set<number> {
    const sums = new Map<number, number>()
    for (const token of telling)
      for (const [name, similarity] of likestParts(vocabulary, token))
        sums.set(name, (sums.get(name) ?? 0) + similarity)
    const sumMin = (min - ROUNDING) * telling.length
    return new Set([...sums].filter(([, sum]) => sum >= sumMin).map(([name]) => name))
  }

  function candidates(query: NormalisedName, telling: readonly string[], min: number): number[] {
    const found = likeByParts(telling, min)
    const shape = shapeOf(query.text)
    for (let name = 0; name < names.length; name++) if (mayReach(min, shape, shapes, name)) found.add(name)
    return [...found].sort((a, b) => a - b)
  }

  return {
    search(query, min, found) {
      const telling = tellingTokens(query.tokens)
      for (const name of candidates(query, telling, min)) {
        const listed = names[name]
        if (listed === undefined) continue
        const similarity = nameSimilarity(query, telling, listed)
        if (similarity >= min) found(name, similarity)
      }
    },
  }
}

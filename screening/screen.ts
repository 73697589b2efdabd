/** Screens a name against watchlists. */
import { createNameIndex } from './name-index.ts'
import { normaliseListed, normaliseQuery } from './normalise.ts'
import type { NormalisedName } from './normalise.ts'
import { pointsMax, SCORE_MAX, scoreOf } from './score.ts'
import type {
  ScreeningMatch,
  ScreeningOptions,
  ScreeningQuery,
  WatchlistEntry,
  WatchlistVersion,
} from './types.ts'

/** Chosen from figures: docs/decisions/0018-screening.md. */
export const DEFAULT_THRESHOLD = 90
export const DEFAULT_LIMIT = 20
/** Longest name that is looked for, in characters. */
export const QUERY_NAME_CHARS_MAX = 200

/** A list ready to be searched. Nothing in it changes; another version is another list. */
export interface Watchlist {
  name: string
  version: WatchlistVersion
  entries: readonly WatchlistEntry[]
  /** Calls `found` with each entry of which a name scores `nameScoreMin` or more, once for each such name, in the list's order. */
  search(
    name: NormalisedName,
    nameScoreMin: number,
    found: (entry: WatchlistEntry, matchedName: string, nameScore: number) => void,
  ): void
}

/** A name of an entry. */
interface ListedName {
  entry: WatchlistEntry
  text: string
  normalised: NormalisedName
}

function namesOf(entries: readonly WatchlistEntry[]): ListedName[] {
  return entries.flatMap((entry) =>
    [entry.name, ...entry.aliases]
      .map((text) => ({ entry, text, normalised: normaliseListed(text, entry.type === 'PERSON') }))
      .filter(({ normalised }) => normalised.tokens.length > 0),
  )
}

const scoreOfSimilarity = (similarity: number): number => Math.round(similarity * SCORE_MAX)
/** What is rounded up to a score: half a point less, and by the rounding of a product a hair less than that. */
const ROUNDED_UP = 0.5 + 1e-6

/** Makes a list searchable. Takes some 10 µs per name. */
export function createWatchlist(
  name: string,
  version: WatchlistVersion,
  entries: readonly WatchlistEntry[],
): Watchlist {
  const names = namesOf(entries)
  const index = createNameIndex(names.map(({ normalised }) => normalised))
  return {
    name,
    version,
    entries,
    search(query, nameScoreMin, found) {
      index.search(query, (nameScoreMin - ROUNDED_UP) / SCORE_MAX, (at, similarity) => {
        const listed = names[at]
        const nameScore = scoreOfSimilarity(similarity)
        if (listed !== undefined && nameScore >= nameScoreMin) found(listed.entry, listed.text, nameScore)
      })
    },
  }
}

function matchOf(
  list: Watchlist,
  query: ScreeningQuery,
  entry: WatchlistEntry,
  matchedName: string,
  nameScore: number,
): ScreeningMatch {
  return {
    list: list.name,
    listVersion: list.version.hash,
    listKind: entry.kind,
    entryId: entry.id,
    entryType: entry.type,
    entryName: entry.name,
    matchedName,
    ...scoreOf(nameScore, query, entry),
    programs: entry.programs,
    datesOfBirth: entry.datesOfBirth.map(({ text }) => text),
    countries: entry.countries,
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const byScore = (a: ScreeningMatch, b: ScreeningMatch): number =>
  b.score - a.score || compareText(a.list, b.list) || compareText(a.entryId, b.entryId)

/** The likest name of each entry; of names alike, the one that the entry names first. */
function likestNames(list: Watchlist, name: NormalisedName, nameScoreMin: number) {
  const likest = new Map<WatchlistEntry, { matchedName: string; nameScore: number }>()
  list.search(name, nameScoreMin, (entry, matchedName, nameScore) => {
    const known = likest.get(entry)
    if (known === undefined || nameScore > known.nameScore) likest.set(entry, { matchedName, nameScore })
  })
  return likest
}

const isBetween = (value: number, min: number, max: number): boolean => value >= min && value <= max

/**
 * The entries that the query may be, the best first; those of one score by list and id. The same lists and the same query
 * give the same answer. Throws `RangeError` for a name longer than `QUERY_NAME_CHARS_MAX`, a threshold that is not in
 * 1–100 and a limit below 1.
 */
export function screen(
  lists: readonly Watchlist[],
  query: ScreeningQuery,
  { threshold = DEFAULT_THRESHOLD, limit = DEFAULT_LIMIT }: ScreeningOptions = {},
): ScreeningMatch[] {
  if (query.name.length > QUERY_NAME_CHARS_MAX)
    throw new RangeError(`a name that is looked for has at most ${QUERY_NAME_CHARS_MAX} characters`)
  if (!isBetween(threshold, 1, SCORE_MAX)) throw new RangeError(`threshold is in 1–${SCORE_MAX}`)
  if (!(limit >= 1)) throw new RangeError('limit is 1 or more')
  const name = normaliseQuery(query.name)
  if (name.tokens.length === 0) return []
  const nameScoreMin = Math.max(1, threshold - pointsMax(query))
  const matches = lists.flatMap((list) =>
    [...likestNames(list, name, nameScoreMin)].map(([entry, { matchedName, nameScore }]) =>
      matchOf(list, query, entry, matchedName, nameScore),
    ),
  )
  return matches
    .filter(({ score }) => score >= threshold)
    .sort(byScore)
    .slice(0, limit)
}

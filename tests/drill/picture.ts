/** Pictures of what the stores hold, and what differs between two of them: pure. */
import { createHash } from 'node:crypto'

export const STORES = ['PostgreSQL', 'ClickHouse', 'local stores'] as const
export type StoreName = (typeof STORES)[number]

/** What a table, a view or the local stores of a processor hold. */
export interface Picture {
  store: StoreName
  name: string
  rows: number
  /** The same for the same rows, whatever their order. */
  digest: string
  /** The digest of each row by what names it; absent where rows have no names. */
  byKey?: ReadonlyMap<string, string>
}

export interface Difference {
  store: StoreName
  name: string
  what: string
}

/** Rows that are named of one table; the others are counted. */
const NAMED_MAX = 5

const byCodeUnits = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  a < b ? -1 : 1

/** A picture of rows that have names. */
export function pictureOf(store: StoreName, name: string, byKey: ReadonlyMap<string, string>): Picture {
  const hash = createHash('sha256')
  for (const [key, digest] of [...byKey].toSorted(byCodeUnits)) hash.update(`${key}\n${digest}\n`)
  return { store, name, rows: byKey.size, digest: hash.digest('hex'), byKey }
}

function rowDifferences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const gone = [...before.keys()].filter((key) => !after.has(key)).map((key) => `${key} is gone`)
  const added = [...after.keys()].filter((key) => !before.has(key)).map((key) => `${key} is new`)
  const other = [...before]
    .filter(([key, digest]) => after.has(key) && after.get(key) !== digest)
    .map(([key]) => `${key} is otherwise`)
  return [...gone, ...added, ...other]
}

function differencesOf(before: Picture, after: Picture): Difference[] {
  const { store, name } = before
  if (before.rows === after.rows && before.digest === after.digest) return []
  const totals = `${before.rows} rows before, ${after.rows} after`
  if (before.byKey === undefined || after.byKey === undefined)
    return [{ store, name, what: `${totals}; their contents differ` }]
  const rows = rowDifferences(before.byKey, after.byKey)
  const named = rows.slice(0, NAMED_MAX).map((what): Difference => ({ store, name, what }))
  const more = rows.length - named.length
  return more === 0 ? named : [...named, { store, name, what: `and ${more} rows more; ${totals}` }]
}

const nameOf = ({ store, name }: Picture): string => `${store} ${name}`

/** What of the pictures before is not as it was in those after, and what has come to be. */
export function compare(before: readonly Picture[], after: readonly Picture[]): Difference[] {
  const found = new Map(after.map((picture) => [nameOf(picture), picture]))
  const known = new Set(before.map(nameOf))
  const kept = before.flatMap((picture): Difference[] => {
    const again = found.get(nameOf(picture))
    if (again !== undefined) return differencesOf(picture, again)
    return [{ store: picture.store, name: picture.name, what: 'is not there any more' }]
  })
  const added = after
    .filter((picture) => !known.has(nameOf(picture)))
    .map(({ store, name }): Difference => ({ store, name, what: 'was not there before' }))
  return [...kept, ...added]
}

/** What a process and its thread that holds the watchlists say to each other. */
import type { ScreeningMatch, ScreeningOptions, ScreeningQuery } from '../types.ts'
import type { WatchlistSource } from './source.ts'

/** What the thread is started with. */
export interface ThreadOptions {
  sources: readonly WatchlistSource[]
  /** How often the files are looked at, in milliseconds. */
  reloadMs: number
}

/** A list and its version. */
export interface ListInForce {
  list: string
  /** Hash of its files. */
  version: string
  entries: number
}

/** How the lists stand. */
export interface ScreenerState {
  /** All lists, in the order of the configuration; undefined until every one of them could be loaded. */
  lists: readonly ListInForce[] | undefined
  /** Why the files of a list, as they are now, are refused; by name of the list. */
  refused: ReadonlyMap<string, string>
}

/** What a screening found, and in which versions of the lists. */
export interface Screened {
  lists: readonly ListInForce[]
  matches: readonly ScreeningMatch[]
}

export interface ToThread {
  id: number
  query: ScreeningQuery
  options: ScreeningOptions
}

export type FromThread =
  | { kind: 'state'; state: ScreenerState }
  | { kind: 'screened'; id: number; screened: Screened }
  | { kind: 'failed'; id: number; error: Error }

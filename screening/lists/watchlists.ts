/** Holds the lists that are in force, and follows their files while the process runs. */
import { screen } from '../screen.ts'
import type { Watchlist } from '../screen.ts'
import type { ScreeningMatch, ScreeningOptions, ScreeningQuery, WatchlistVersion } from '../types.ts'
import { WatchlistError } from './error.ts'
import { loadWatchlist, looksOf } from './load.ts'
import type { WatchlistSource } from './source.ts'

export interface WatchlistsOptions {
  sources: readonly WatchlistSource[]
  /** How often the files are looked at, in milliseconds. */
  reloadMs: number
  /** Another version of a list is in force. */
  onSwap: (list: Watchlist, before: WatchlistVersion) => void
  /** A list's new files are refused; the version named stays in force. Told once per reason. */
  onRefused: (source: WatchlistSource, error: WatchlistError, inForce: WatchlistVersion) => void
  /** A list's files, which were refused, hold the version in force again. */
  onMended: (source: WatchlistSource) => void
}

/** The lists in force. */
export interface Watchlists {
  /** In the order of the sources. The array and the lists in it never change: who holds it screens against one state of all. */
  readonly current: readonly Watchlist[]
  /** Why a list's files, as they are now, are refused; by name of the list. Empty while all are in force. */
  readonly refused: ReadonlyMap<string, WatchlistError>
  /** Screens against the lists in force. Throws as `screen` does. */
  screen(query: ScreeningQuery, options?: ScreeningOptions): ScreeningMatch[]
  /** Looks at the files now; resolves when what has changed is in force or refused. A look that is under way is taken for it. */
  look(): Promise<void>
  /** Ends the following. */
  close(): Promise<void>
}

interface Held {
  source: WatchlistSource
  list: Watchlist
  /** What the files looked like when they were last read, or refused; undefined where they are to be read again anyway. */
  looks: string | undefined
  error: WatchlistError | undefined
}

async function open(source: WatchlistSource): Promise<Held> {
  // Taken first: what changes in between is seen at the next look.
  const looks = await looksOf(source)
  return { source, list: await loadWatchlist(source), looks, error: undefined }
}

/** Faults that may be gone although the files look the same. */
const isPassing = ({ code }: WatchlistError): boolean =>
  code === 'UNREADABLE' || code === 'CHANGED_WHILE_READ'

/** Loads the list anew if its files changed; true where another version is in force. Throws `WatchlistError`. */
async function renew(held: Held): Promise<boolean> {
  const looks = await looksOf(held.source)
  if (looks === held.looks) return false
  held.looks = looks
  const list = await loadWatchlist(held.source)
  held.error = undefined
  if (list.version.hash === held.list.version.hash) return false
  held.list = list
  return true
}

/**
 * Loads all lists and follows them. Throws `WatchlistError` where one can't be loaded at the start: there is no old version to
 * go on with.
 */
export async function openWatchlists(options: WatchlistsOptions): Promise<Watchlists> {
  const all = await Promise.all(options.sources.map(open))
  let current: readonly Watchlist[] = all.map(({ list }) => list)
  let underWay: Promise<void> | undefined

  async function follow(held: Held): Promise<void> {
    const before = held.list.version
    const wasRefused = held.error !== undefined
    try {
      if (!(await renew(held))) {
        if (wasRefused && held.error === undefined) options.onMended(held.source)
        return
      }
    } catch (error) {
      if (!(error instanceof WatchlistError)) throw error
      const isTold = held.error?.message === error.message
      held.error = error
      if (isPassing(error)) held.looks = undefined
      if (!isTold) options.onRefused(held.source, error, before)
      return
    }
    current = all.map(({ list }) => list)
    options.onSwap(held.list, before)
  }

  async function followAll(): Promise<void> {
    // One after the other: each may need the memory of a whole list.
    for (const held of all) await follow(held)
  }

  const watchlists: Watchlists = {
    get current() {
      return current
    },
    get refused() {
      return new Map(all.flatMap(({ source, error }) => (error === undefined ? [] : [[source.name, error]])))
    },
    screen: (query, asked) => screen(current, query, asked),
    look() {
      underWay ??= followAll().finally(() => (underWay = undefined))
      return underWay
    },
    async close() {
      clearInterval(timer)
      await underWay
    },
  }
  const timer = setInterval(() => void watchlists.look(), options.reloadMs)
  timer.unref()
  return watchlists
}

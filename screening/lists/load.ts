/** Loads a list: files → entries → an index, with the version that its bytes give it. */
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { createWatchlist } from '../screen.ts'
import type { Watchlist } from '../screen.ts'
import type { WatchlistEntry } from '../types.ts'
import { WatchlistError } from './error.ts'
import { readOfac } from './ofac.ts'
import { readOpenSanctions } from './opensanctions.ts'
import type { WatchlistSource } from './source.ts'
import { readUn } from './un.ts'

const VERSION_CHARS = 12

async function lookOf(file: string): Promise<string> {
  try {
    const { mtimeMs, size, ino } = await stat(file)
    return `${ino}:${size}:${mtimeMs}`
  } catch (error) {
    throw new WatchlistError('UNREADABLE', file, error instanceof Error ? error.message : String(error))
  }
}

/** What the files of a list look like from outside: another value means another content, most likely. Throws `WatchlistError`. */
export async function looksOf(source: WatchlistSource): Promise<string> {
  return (await Promise.all(source.paths.map(lookOf))).join(' ')
}

function readEntries({ form, kind, paths }: WatchlistSource, hash: Hash): Promise<WatchlistEntry[]> {
  const [file = '', aliasFile = ''] = paths
  switch (form) {
    case 'ofac':
      return readOfac(file, aliasFile, kind, hash)
    case 'opensanctions':
      return readOpenSanctions(file, kind, hash)
    case 'un':
      return readUn(file, kind, hash)
  }
}

/**
 * Loads a list from its files. Throws `WatchlistError`, with file, line and reason, for a list with a single broken line: half a
 * list would say of those on the other half that they are on none.
 */
export async function loadWatchlist(source: WatchlistSource): Promise<Watchlist> {
  const before = await looksOf(source)
  const hash = createHash('sha256')
  const entries = await readEntries(source, hash)
  const [file = ''] = source.paths
  if ((await looksOf(source)) !== before)
    throw new WatchlistError('CHANGED_WHILE_READ', file, 'the list changed while it was read')
  if (entries.length === 0) throw new WatchlistError('EMPTY', file, 'the list has no entry')
  const version = { hash: hash.digest('hex').slice(0, VERSION_CHARS), entries: entries.length }
  return createWatchlist(source.name, version, entries)
}

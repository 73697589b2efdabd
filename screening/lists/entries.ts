/** Gathers the entries of a list while it is read, and holds them to the limits. */
import type { DateOfBirth, WatchlistEntry } from '../types.ts'
import { WatchlistError } from './error.ts'
import type { WatchlistErrorCode } from './error.ts'
import { ALIASES_PER_ENTRY_MAX, ENTRIES_MAX, NAME_CHARS_MAX } from './limits.ts'
import { parseIsoDate } from '../dates.ts'

/** Where a fault is. */
export interface Place {
  file: string
  line: number
}

export const fault = (
  { file, line }: Place,
  reason: string,
  code: WatchlistErrorCode = 'BROKEN_LINE',
): WatchlistError => new WatchlistError(code, file, reason, line)

/** Entries by id, in the order of the file. */
export interface Entries {
  /** Throws `WatchlistError` for an entry without id or name, one whose id is taken, and one that passes a limit. */
  add(entry: WatchlistEntry, place: Place): void
  /** Throws `WatchlistError` for an id that no entry has, an empty alias and one alias too many. */
  addAlias(id: string, alias: string, place: Place): void
  all(): WatchlistEntry[]
}

function checkName(name: string, place: Place): void {
  if (name === '') throw fault(place, 'a name is empty')
  if (name.length > NAME_CHARS_MAX)
    throw fault(place, `a name has more than ${NAME_CHARS_MAX} characters`, 'TOO_LARGE')
}

function checkAliases(aliases: readonly string[], place: Place): void {
  if (aliases.length > ALIASES_PER_ENTRY_MAX)
    throw fault(place, `an entry has more than ${ALIASES_PER_ENTRY_MAX} aliases`, 'TOO_LARGE')
  for (const alias of aliases) checkName(alias, place)
}

export function gatherEntries(): Entries {
  const entries = new Map<string, WatchlistEntry>()
  return {
    add(entry, place) {
      if (entry.id === '') throw fault(place, 'the id is empty')
      if (entries.has(entry.id)) throw fault(place, `the id ${entry.id} is taken by an earlier line`)
      if (entries.size >= ENTRIES_MAX)
        throw fault(place, `the list has more than ${ENTRIES_MAX} entries`, 'TOO_LARGE')
      checkName(entry.name, place)
      checkAliases(entry.aliases, place)
      entries.set(entry.id, entry)
    },
    addAlias(id, alias, place) {
      const entry = entries.get(id)
      if (entry === undefined) throw fault(place, `an alias of ${id}, which the list lacks`)
      const aliases = [...entry.aliases, alias]
      checkAliases(aliases, place)
      entries.set(id, { ...entry, aliases })
    },
    all: () => [...entries.values()],
  }
}

/** Parses dates of a column of their own. Throws `WatchlistError` for one that is none. */
export function datesOf(texts: readonly string[], place: Place): DateOfBirth[] {
  return texts.map((text) => {
    const date = parseIsoDate(text)
    if (date === undefined) throw fault(place, `"${text.slice(0, 40)}" is not YYYY, YYYY-MM or YYYY-MM-DD`)
    return date
  })
}

/** The parts of a text between separators, without blanks and empty ones, each once. */
export const partsOf = (text: string, separator: string): string[] => [
  ...new Set(
    text
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  ),
]

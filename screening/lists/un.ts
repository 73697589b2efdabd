/** A list in the form of the United Nations' consolidated list as CSV: a header, and several values in a field by bar. */
import type { Hash } from 'node:crypto'
import { countryCode } from '../countries.ts'
import type { EntryType, ListKind, WatchlistEntry } from '../types.ts'
import { readNamedCsv } from './csv.ts'
import { datesOf, fault, gatherEntries, partsOf } from './entries.ts'

const REQUIRED = ['ref', 'type', 'name', 'aliases', 'dob', 'nationality', 'list'] as const

const TYPES: Readonly<Record<string, EntryType>> = { Person: 'PERSON', Entity: 'ORGANISATION' }

/** Reads the file. Throws `WatchlistError`. */
export async function readUn(file: string, kind: ListKind, hash: Hash): Promise<WatchlistEntry[]> {
  const entries = gatherEntries()
  for await (const { line, field } of readNamedCsv(file, hash, REQUIRED)) {
    const place = { file, line }
    const type = TYPES[field('type').trim()]
    if (type === undefined) throw fault(place, `the type "${field('type').slice(0, 40)}" is not known`)
    const entry: WatchlistEntry = {
      id: field('ref').trim(),
      kind,
      type,
      name: field('name').trim(),
      aliases: partsOf(field('aliases'), '|'),
      datesOfBirth: datesOf(partsOf(field('dob'), '|'), place),
      countries: partsOf(field('nationality'), '|').flatMap((country) => countryCode(country) ?? []),
      programs: partsOf(field('list'), '|'),
    }
    entries.add(entry, place)
  }
  return entries.all()
}

/** OpenSanctions' form "targets.simple.csv": a header, and several values in a field by semicolon. */
import type { Hash } from 'node:crypto'
import { parse } from 'csv-parse/sync'
import { countryCode } from '../countries.ts'
import type { EntryType, ListKind, WatchlistEntry } from '../types.ts'
import { readNamedCsv } from './csv.ts'
import type { NamedLine } from './csv.ts'
import { datesOf, gatherEntries, partsOf } from './entries.ts'

const REQUIRED = ['id', 'schema', 'name', 'aliases', 'birth_date', 'countries', 'dataset'] as const
type Column = (typeof REQUIRED)[number] | 'sanctions' | 'program_ids' | 'topics'

const TYPES: Readonly<Record<string, EntryType>> = {
  Person: 'PERSON',
  Organization: 'ORGANISATION',
  Company: 'ORGANISATION',
  LegalEntity: 'ORGANISATION',
  PublicBody: 'ORGANISATION',
  Vessel: 'VESSEL',
  Airplane: 'AIRCRAFT',
}

const SANCTION_TOPIC = /^(?:sanction|debarment)/
const PEP_TOPIC = /^role\.(?:pep|pol|rca)/
const PEP_DATASET = /\bPEPs?\b|politically exposed/i

/** A value that holds a semicolon is quoted. */
function valuesOf(field: string): string[] {
  if (!field.includes('"')) return partsOf(field, ';')
  const [values = []]: string[][] = parse(field, { delimiter: ';', relax_quotes: true })
  return [...new Set(values.map((value) => value.trim()).filter((value) => value !== ''))]
}

/** Sanctions go before office: a minister who is sanctioned is a match of the graver kind. */
function kindOf(field: NamedLine<Column>['field'], ofList: ListKind): ListKind {
  const topics = valuesOf(field('topics'))
  const isSanctioned = field('sanctions') !== '' || field('program_ids') !== ''
  if (isSanctioned || topics.some((topic) => SANCTION_TOPIC.test(topic))) return 'SANCTION'
  if (topics.some((topic) => PEP_TOPIC.test(topic)) || PEP_DATASET.test(field('dataset'))) return 'PEP'
  return ofList
}

/** Reads the file. `kind` is that of entries that don't say it themselves. Throws `WatchlistError`. */
export async function readOpenSanctions(file: string, kind: ListKind, hash: Hash): Promise<WatchlistEntry[]> {
  const entries = gatherEntries()
  for await (const { line, field } of readNamedCsv<Column>(file, hash, REQUIRED)) {
    const place = { file, line }
    const entry: WatchlistEntry = {
      id: field('id').trim(),
      kind: kindOf(field, kind),
      type: TYPES[field('schema').trim()] ?? 'OTHER',
      name: field('name').trim(),
      aliases: valuesOf(field('aliases')),
      datesOfBirth: datesOf(valuesOf(field('birth_date')), place),
      countries: valuesOf(field('countries')).flatMap((country) => countryCode(country) ?? []),
      programs: valuesOf(field('program_ids')),
    }
    entries.add(entry, place)
  }
  return entries.all()
}

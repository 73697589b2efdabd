/**
 * OFAC's own form: sdn.csv and alt.csv without headers, `-0-` for empty (the specification is OFAC's "SDN data formats").
 * What is known of a person stands in the remarks: `DOB 12 May 1958; nationality Iran; a.k.a. 'CHEPE'.`
 */
import type { Hash } from 'node:crypto'
import { countryCode } from '../countries.ts'
import { parseOfacDate } from '../dates.ts'
import type { DateOfBirth, EntryType, ListKind, WatchlistEntry } from '../types.ts'
import { readCsv } from './csv.ts'
import { fault, gatherEntries, partsOf } from './entries.ts'
import type { Place } from './entries.ts'

const SDN_FIELDS = 12
const ALT_FIELDS = 5
const EMPTY = '-0-'

const TYPES: Readonly<Record<string, EntryType>> = {
  '': 'ORGANISATION',
  individual: 'PERSON',
  vessel: 'VESSEL',
  aircraft: 'AIRCRAFT',
}

const BIRTH = /^(?:alt\. )?DOB (.+?)\.?$/
const COUNTRY = /^(?:alt\. )?(?:nationality|citizen|POB) (.+?)\.?$/
const REMARKED_ALIAS = /[afn]\.k\.a\. '(.+?)'(?=[;.]|$)/g

const valueOf = (field: string | undefined): string => {
  const text = (field ?? '').trim()
  return text === EMPTY ? '' : text
}

/** "Culiacan, Sinaloa, Mexico" and "Korea, North": the longest end that is a country. */
function countryOf(place: string): string | undefined {
  const parts = place.split(',').map((part) => part.trim())
  for (let from = 0; from < parts.length; from++) {
    const code = countryCode(parts.slice(from).join(', '))
    if (code !== undefined) return code
  }
  return undefined
}

const valuesOf = (remarks: readonly string[], pattern: RegExp): string[] =>
  remarks.flatMap((remark) => pattern.exec(remark)?.[1] ?? [])

const isDefined = <T>(value: T | undefined): value is T => value !== undefined

/** Remarks are free text: what can't be read as a date or a country is passed over. */
function readRemarks(text: string): {
  aliases: string[]
  datesOfBirth: DateOfBirth[]
  countries: string[]
} {
  const remarks = partsOf(text, ';')
  return {
    aliases: [...text.matchAll(REMARKED_ALIAS)].map(([, alias = '']) => alias),
    datesOfBirth: valuesOf(remarks, BIRTH).map(parseOfacDate).filter(isDefined),
    countries: [...new Set(valuesOf(remarks, COUNTRY).map(countryOf).filter(isDefined))],
  }
}

function entryOf(fields: readonly string[], kind: ListKind, place: Place): WatchlistEntry {
  if (fields.length !== SDN_FIELDS)
    throw fault(place, `${fields.length} fields where the form has ${SDN_FIELDS}`)
  const [id = '', name = '', type = '', program = ''] = fields.map(valueOf)
  const entryType = TYPES[type]
  if (entryType === undefined) throw fault(place, `the type "${type.slice(0, 40)}" is not known`)
  return {
    id,
    kind,
    type: entryType,
    name,
    programs: partsOf(program.replaceAll('] [', ';'), ';'),
    ...readRemarks(valueOf(fields.at(-1))),
  }
}

/** Reads sdn.csv and alt.csv. Throws `WatchlistError`. */
export async function readOfac(
  sdnFile: string,
  altFile: string,
  kind: ListKind,
  hash: Hash,
): Promise<WatchlistEntry[]> {
  const entries = gatherEntries()
  for await (const { line, fields } of readCsv(sdnFile, hash)) {
    const place = { file: sdnFile, line }
    entries.add(entryOf(fields, kind, place), place)
  }
  for await (const { line, fields } of readCsv(altFile, hash)) {
    const place = { file: altFile, line }
    if (fields.length !== ALT_FIELDS)
      throw fault(place, `${fields.length} fields where the form has ${ALT_FIELDS}`)
    const [id = '', , , alias = ''] = fields.map(valueOf)
    entries.addAlias(id, alias, place)
  }
  return entries.all()
}

/** The words of screening: a list, its entries, what is asked of it and what it answers. */

/** What a list says of the people on it: that they are sanctioned, or that they are politically exposed. */
export type ListKind = 'SANCTION' | 'PEP'

/** What an entry stands for. */
export type EntryType = 'PERSON' | 'ORGANISATION' | 'VESSEL' | 'AIRCRAFT' | 'OTHER'

/** A date of birth as far as it is known. */
export interface DateOfBirth {
  /** As it is shown: 1958-05-12, 1958-05, 1958, 1955/1960 for a range, with a leading ~ where it is about. */
  text: string
  /** First and last year that it may be in. */
  firstYear: number
  lastYear: number
  /** 1 to 12; absent where it is not known, or in a range. */
  month?: number
  /** 1 to 31; only with a month. */
  day?: number
}

/** One person, organisation or thing of a list. */
export interface WatchlistEntry {
  /** Its id in the list. */
  id: string
  kind: ListKind
  type: EntryType
  name: string
  aliases: readonly string[]
  datesOfBirth: readonly DateOfBirth[]
  /** ISO 3166-1 alpha-2 codes of nationality, citizenship and place of birth. */
  countries: readonly string[]
  programs: readonly string[]
}

/** Which content of a list is in force. */
export interface WatchlistVersion {
  /** First 12 hex digits of the SHA-256 over the bytes of its files. */
  hash: string
  entries: number
}

/** Whom to look for. */
export interface ScreeningQuery {
  /** At most `QUERY_NAME_CHARS_MAX` characters. */
  name: string
  dateOfBirth?: DateOfBirth
  /** ISO 3166-1 alpha-2. */
  country?: string
}

export interface ScreeningOptions {
  /** Lowest score that is a match, 1 to 100; `DEFAULT_THRESHOLD` where absent. */
  threshold?: number
  /** Most matches that are answered, the best first; `DEFAULT_LIMIT` where absent. */
  limit?: number
}

/** Each from 0 (contradicts) to 100 (agrees); null where one side does not say. */
export interface SubScores {
  name: number
  dateOfBirth: number | null
  country: number | null
}

/** An entry that the query may be. */
export interface ScreeningMatch {
  list: string
  listVersion: string
  listKind: ListKind
  entryId: string
  entryType: EntryType
  entryName: string
  /** The name or alias of the entry that agreed best. */
  matchedName: string
  /** 0 to 100. */
  score: number
  subScores: SubScores
  programs: readonly string[]
  /** As `DateOfBirth.text`. */
  datesOfBirth: readonly string[]
  countries: readonly string[]
}

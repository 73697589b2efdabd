/** One score out of the likeness of names, dates of birth and countries. */
import { compareDates, DATE_AGREEMENT } from './dates.ts'
import type { DateAgreement } from './dates.ts'
import type { DateOfBirth, ScreeningQuery, SubScores, WatchlistEntry } from './types.ts'

export const SCORE_MAX = 100

/** Points that the date of birth adds to the score of the name, or takes from it. */
const DATE_POINTS: Record<DateAgreement, number> = {
  [DATE_AGREEMENT.EXACT]: 5,
  [DATE_AGREEMENT.CONSISTENT]: 2,
  [DATE_AGREEMENT.NEAR]: 0,
  [DATE_AGREEMENT.CONTRADICTION]: -15,
}

const COUNTRY_AGREES = 100
const COUNTRY_DIFFERS = 0
/** People move, and have several nationalities: another country says less than another date of birth. */
const COUNTRY_POINTS = { agrees: 1, differs: -3 }

/** The most points that anything but the name can add to a query's score. */
export function pointsMax({ dateOfBirth, country }: ScreeningQuery): number {
  const ofDate = dateOfBirth === undefined ? 0 : DATE_POINTS[DATE_AGREEMENT.EXACT]
  return ofDate + (country === undefined ? 0 : COUNTRY_POINTS.agrees)
}

/** The best agreement with any date of the entry; null where one of the two does not say. */
function dateAgreement(asked: DateOfBirth | undefined, listed: readonly DateOfBirth[]): DateAgreement | null {
  if (asked === undefined) return null
  let best: DateAgreement | null = null
  for (const date of listed) {
    const agreement = compareDates(asked, date)
    if (best === null || agreement > best) best = agreement
  }
  return best
}

function countryAgreement(asked: string | undefined, listed: readonly string[]): number | null {
  if (asked === undefined || listed.length === 0) return null
  return listed.includes(asked) ? COUNTRY_AGREES : COUNTRY_DIFFERS
}

/** `nameScore` 0 to 100; the score is between 0 and 100 too. */
export function scoreOf(
  nameScore: number,
  query: ScreeningQuery,
  entry: WatchlistEntry,
): { score: number; subScores: SubScores } {
  const dateOfBirth = dateAgreement(query.dateOfBirth, entry.datesOfBirth)
  const country = countryAgreement(query.country, entry.countries)
  const ofDate = dateOfBirth === null ? 0 : DATE_POINTS[dateOfBirth]
  const ofCountry =
    country === null ? 0 : country === COUNTRY_AGREES ? COUNTRY_POINTS.agrees : COUNTRY_POINTS.differs
  const score = Math.max(0, Math.min(SCORE_MAX, nameScore + ofDate + ofCountry))
  return { score, subScores: { name: nameScore, dateOfBirth, country } }
}

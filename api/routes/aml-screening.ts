/** POST /aml/screening: looks for a name on the watchlists, and keeps nothing of it. */
import { ScreenerUnavailableError } from '../../screening/lists/screener.ts'
import type { Screened } from '../../screening/lists/messages.ts'
import type { ScreeningMatch, ScreeningQuery } from '../../screening/types.ts'
import { COMMAND_BODY_BYTES_MAX } from '../limits.ts'
import { ApiError } from '../problem.ts'
import { NO_PARAMS, NO_QUERY, keyRoute } from '../route.ts'
import type { Route } from '../route.ts'
import { screeningAnswer, screeningBody } from '../schemas/screening.ts'
import type { ScreeningParts } from './parts.ts'

const BODY_EXAMPLE = { name: 'Ann Example', date_of_birth: '1970-05-17', country: 'MT' }
const VERSION_EXAMPLE = '4b9dfc17ac23'
const ANSWER_EXAMPLE = {
  matches: [
    {
      list: 'sanctions',
      list_version: VERSION_EXAMPLE,
      list_kind: 'SANCTION',
      entry_id: 'X-7',
      entry_name: 'EXAMPLE, Anne',
      matched_name: 'EXAMPLE, Ann',
      score: 100,
      sub_scores: { name: 100, date_of_birth: 90, country: null },
      programs: ['EX-1'],
      dates_of_birth: ['1970'],
      countries: [],
    },
  ],
  lists: [{ list: 'sanctions', version: VERSION_EXAMPLE, entries: 8_976 }],
}

const matchBody = (match: ScreeningMatch): object => ({
  list: match.list,
  list_version: match.listVersion,
  list_kind: match.listKind,
  entry_id: match.entryId,
  entry_name: match.entryName,
  matched_name: match.matchedName,
  score: match.score,
  sub_scores: {
    name: match.subScores.name,
    date_of_birth: match.subScores.dateOfBirth,
    country: match.subScores.country,
  },
  programs: match.programs,
  dates_of_birth: match.datesOfBirth,
  countries: match.countries,
})

async function screened({ screener, scoreMin }: ScreeningParts, query: ScreeningQuery): Promise<Screened> {
  if (screener.state.lists === undefined) throw new ApiError('WATCHLISTS_NOT_LOADED')
  try {
    return await screener.screen(query, { threshold: scoreMin })
  } catch (error) {
    if (error instanceof ScreenerUnavailableError) throw new ApiError('SERVICE_UNAVAILABLE')
    throw error
  }
}

export const amlScreeningRoute = (parts: ScreeningParts): Route =>
  keyRoute({
    method: 'POST',
    path: '/aml/screening',
    operationId: 'screen',
    tag: 'AML',
    summary: 'Look for a name on the watchlists',
    description:
      'Against the lists that this instance has in force, whose versions are answered. Players are screened without being ' +
      'asked for; this is for anybody else, and to see why somebody was found. Nothing of the query is kept.',
    scopes: ['aml:read'],
    params: NO_PARAMS,
    query: NO_QUERY,
    body: {
      schema: screeningBody,
      bytesMax: COMMAND_BODY_BYTES_MAX,
      optional: false,
      example: BODY_EXAMPLE,
    },
    answers: {
      200: {
        description: 'What was found, and where it was looked for.',
        schema: screeningAnswer,
        example: ANSWER_EXAMPLE,
      },
    },
    errors: ['WATCHLISTS_NOT_LOADED', 'SERVICE_UNAVAILABLE'],
    handle: async ({ body }) => {
      const { name, date_of_birth: dateOfBirth, country } = body
      const { matches, lists } = await screened(parts, {
        name,
        ...(dateOfBirth ? { dateOfBirth } : {}),
        ...(country ? { country } : {}),
      })
      return { status: 200, body: JSON.stringify({ matches: matches.map(matchBody), lists }) }
    },
  })

/** Matches on watchlists: what a screening found, and what an officer says of it. */
import type {
  Alert,
  AlertFactor,
  Finding,
  MatchReference,
  ScreeningMatch,
  StandingMatch,
} from '../../avro/types.ts'
import { MATCHES_MAX } from '../../domain/aml/alerts.ts'
import { matchAlertIdOf } from './alert-id.ts'
import type { ClearMatch, RecordScreening } from './command.ts'
import { changeOf, changed, refused } from './decision.ts'
import type { AlertsView, Outcome, Standing } from './decision.ts'
import { alertToJoin, joined, newAlert } from './finding.ts'
import { CLEARED_KEPT_MAX } from './limits.ts'
import { standingOf } from './standing.ts'

/** A match goes by list and entry, whatever version of the list and alias it was found in. */
const isSame = (a: MatchReference, b: MatchReference): boolean =>
  a.list === b.list && a.entry_id === b.entry_id

const describe = (match: ScreeningMatch): string =>
  `${match.list} (${match.list_version}): ${match.entry_name} [${match.entry_id}], matched as ${match.matched_name}`

const factorOf = (match: ScreeningMatch): AlertFactor => ({
  code: 'WATCHLIST_MATCH',
  points: match.score,
  numbers: { score: match.score, ...match.sub_scores },
  detail: describe(match),
  window_from: null,
  window_to: null,
  transaction_ids: [],
})

/** Of a screening's matches those that were not there before, and all as they stand now. */
interface Matched {
  fresh: readonly ScreeningMatch[]
  standing: (alertId: string) => StandingMatch[]
}

/** The known ones stay as they are, cleared ones cleared; so do cleared ones that were not found this time. */
function matchUp(before: readonly StandingMatch[], found: readonly ScreeningMatch[]): Matched {
  const once = found.filter((match, at) => found.findIndex((each) => isSame(each, match)) === at)
  const known = (match: ScreeningMatch) => before.find((each) => isSame(each.match, match))
  const gone = before.filter(({ match, cleared }) => cleared && !once.some((each) => isSame(each, match)))
  const byClearing = gone.toSorted((a, b) => (a.cleared_at ?? 0) - (b.cleared_at ?? 0))
  return {
    fresh: once.filter((match) => known(match) === undefined),
    standing: (alertId) => [
      ...once.map((match) => ({
        ...(known(match) ?? { alert_id: alertId, cleared: false, cleared_by: null, cleared_at: null }),
        match,
      })),
      ...byClearing.slice(-CLEARED_KEPT_MAX),
    ],
  }
}

/** An alert's matches with new ones, the last of them. */
const withMatches = (before: readonly ScreeningMatch[], fresh: readonly ScreeningMatch[]): ScreeningMatch[] =>
  [...before.filter((match) => !fresh.some((each) => isSame(each, match))), ...fresh].slice(-MATCHES_MAX)

/** What new matches are as a finding; `all` are those that the alert shows, each with a factor. */
function findingOf(
  { screening, nowMs }: RecordScreening,
  fresh: readonly ScreeningMatch[],
  all: readonly ScreeningMatch[],
): Finding {
  const isSanction = fresh.some(({ list_kind: kind }) => kind === 'SANCTION')
  const { rules_version, join_window_ms, blocks_withdrawals, four_eyes } = screening
  return {
    alert_type: 'WATCHLIST',
    alert_severity: isSanction ? 'CRITICAL' : 'HIGH',
    risk_score: Math.max(...fresh.map(({ score }) => score)),
    description: `The player's name is like ${fresh.length === 1 ? 'one' : fresh.length} on ${
      isSanction ? 'a list of sanctions' : 'a list of politically exposed persons'
    }.`,
    factors: all.toReversed().map(factorOf),
    transaction_id: null,
    occurred_at: nowMs,
    rules_version,
    join_window_ms,
    blocks_withdrawals,
    four_eyes,
  }
}

/** The alert of new matches, raised or joined; undefined where there are none. */
function alertOf(
  command: RecordScreening,
  fresh: readonly ScreeningMatch[],
  view: AlertsView,
): Alert | undefined {
  const [best] = fresh
  if (best === undefined) return undefined
  const { key, nowMs, screening } = command
  const occurrence = {
    alert_type: 'WATCHLIST',
    occurred_at: nowMs,
    join_window_ms: screening.join_window_ms,
  }
  const open = alertToJoin(command, occurrence, view)
  const matches = withMatches(open?.matches ?? [], fresh)
  const finding = findingOf(command, fresh, matches)
  if (open !== undefined) return joined(command, open, finding, matches)
  const generation = (view.player(key)?.version ?? 0) + 1
  return newAlert(command, matchAlertIdOf(key, best, generation), finding, 'RAISED', matches)
}

/** Whether a screening says what is known already, but for its time. */
const saysNothingNew = (before: Standing, after: Standing): boolean =>
  JSON.stringify({ ...before, screened_at: null, snoozes: [] }) ===
  JSON.stringify({ ...after, screened_at: null, snoozes: [] })

/** The newest screening takes the place of the one before; one of an older profile says nothing. */
export function decideScreening(command: RecordScreening, view: AlertsView): Outcome {
  const { screening, nowMs, key } = command
  const { matches, screened_at, profile_version, lists, snoozes } = standingOf(view.player(key))
  const before = { matches, screened_at, profile_version, lists, snoozes }
  if (screening.profile_version < (profile_version ?? 0)) return {}
  const matched = matchUp(matches, screening.matches)
  const alert = alertOf(command, matched.fresh, view)
  const standing = {
    matches: matched.standing(alert?.alert_id ?? ''),
    screened_at: nowMs,
    profile_version: screening.profile_version,
    lists: screening.lists,
    snoozes,
  }
  if (alert !== undefined) return { alert, standing }
  return saysNothingNew(before, standing) ? {} : { standing }
}

/** An officer has looked: it is another person. The alert says so, and where nothing is left of it; closing it is a step of its own. */
export function decideClearing(command: ClearMatch, view: AlertsView): Outcome {
  const { key, match, officer, nowMs } = command
  const standing = standingOf(view.player(key))
  const found = standing.matches.find((each) => !each.cleared && isSame(each.match, match))
  if (found === undefined) return refused('MATCH_NOT_FOUND')
  const matches = standing.matches.map((each) =>
    each === found ? { ...each, cleared: true, cleared_by: officer, cleared_at: nowMs } : each,
  )
  const alert = view.alert(found.alert_id)
  if (alert === undefined) throw new Error(`the alert ${found.alert_id} of a match is not there`)
  const isLeft = matches.some((each) => !each.cleared && each.alert_id === found.alert_id)
  const change = changeOf(command, isLeft ? 'MATCH_CLEARED' : 'ALL_MATCHES_CLEARED', alert, { match })
  return { standing: { ...standing, matches }, alert: changed(command, alert, change) }
}

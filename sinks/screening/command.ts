/** What a screening found, as a command to the processor of alerts. */
import type { AmlCommand, Player, ScreeningMatch as RecordedMatch } from '../../avro/types.ts'
import type { RuleSet } from '../../domain/aml/rule-set.ts'
import { playerKey } from '../../domain/ids.ts'
import type { ScreeningMatch, SubScores } from '../../screening/types.ts'
import { screeningIdOf } from './edition.ts'
import type { Edition } from './edition.ts'

const HOUR_MS = 3_600_000

/** Sub-scores of what both sides say. */
function subScoresOf({ name, dateOfBirth, country }: SubScores): Record<string, number> {
  return {
    name,
    ...(dateOfBirth === null ? {} : { date_of_birth: dateOfBirth }),
    ...(country === null ? {} : { country }),
  }
}

const recorded = (match: ScreeningMatch): RecordedMatch => ({
  list: match.list,
  list_version: match.listVersion,
  list_kind: match.listKind,
  entry_id: match.entryId,
  entry_name: match.entryName,
  matched_name: match.matchedName,
  score: match.score,
  sub_scores: subScoresOf(match.subScores),
})

/** What the rules say of alerts on watchlists, with the milliseconds of their window. */
const ruled = ({ version, rules: { alerts } }: RuleSet) => ({
  rules_version: version,
  join_window_ms: alerts.join_hours * HOUR_MS,
  blocks_withdrawals: alerts.blocks_withdrawals,
  four_eyes: alerts.four_eyes,
})

/** One that found nothing is a command too: it says when, and against which lists, the player was screened. */
export const recordScreening = (
  player: Player,
  { edition, ruleSet }: { edition: Edition; ruleSet: RuleSet },
  matches: readonly ScreeningMatch[],
  nowMs: number,
): AmlCommand => ({
  event_id: screeningIdOf(edition, playerKey(player.partner_id, player.player_id), player.version),
  event_type: 'aml.command',
  timestamp: nowMs,
  data: {
    action: 'RECORD_SCREENING',
    partner_id: player.partner_id,
    player_id: player.player_id,
    alert_id: null,
    actor: null,
    expected_version: null,
    finding: null,
    screening: {
      profile_version: player.version,
      lists: edition.lists.map(({ list, version }) => ({ list, version })),
      matches: matches.map(recorded),
      ...ruled(ruleSet),
    },
    assignee_id: null,
    resolution_code: null,
    note: null,
    report_reference: null,
    match: null,
    snooze: null,
    requested_at: nowMs,
  },
})

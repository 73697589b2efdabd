/**
 * What the parts of a command have to be before the rules look at them. The API lets nothing else through, but anyone with
 * a producer can write to the topic; what is refused here becomes a dead letter.
 */
import type {
  AlertFactor,
  AmlActor,
  AmlCommand,
  Finding,
  MatchReference,
  ScreenedList,
  ScreeningMatch,
  ScreeningResult,
} from '../../avro/types.ts'
import {
  DESCRIPTION_CHARS_MAX,
  ENTRY_NAME_CHARS_MAX,
  LIST_CHARS_MAX,
  LIST_ID_CHARS_MAX,
  MATCHES_MAX,
  NOTE_CHARS_MAX,
  OFFICER_CHARS_MAX,
  REFERENCE_CHARS_MAX,
  RESOLUTION_CODES,
  SNOOZABLE_TYPES,
  SNOOZE_MS_MAX,
} from '../../domain/aml/alerts.ts'
import { ALERT_TYPES } from '../../domain/aml/rules.ts'
import { isPartnerId, isPlayerId, isUuid } from '../../domain/ids.ts'
import {
  ACTOR_CHARS_MAX,
  DETAIL_CHARS_MAX,
  LISTS_MAX,
  NUMBERS_MAX,
  SCORE_MAX,
  SUB_SCORES_MAX,
  TIME_MS_MAX,
  TRANSACTIONS_MAX,
  WORD_CHARS_MAX,
} from './limits.ts'

/** What is wrong, or undefined where nothing is. */
export type Fault = string | undefined

/** Nothing that a form or a table shows, line breaks and tabs aside; NUL can't be stored in PostgreSQL at all. */
const CONTROL = /[^\P{Cc}\t\n\r]/u
const NUMBER_NAME = /^[A-Za-z0-9_.-]{1,40}$/

const isTime = (value: number): boolean => value >= 0 && value <= TIME_MS_MAX
const isScore = (value: number): boolean => value >= 0 && value <= SCORE_MAX

function faultOfText(name: string, text: string | null, charsMax: number): Fault {
  if (text === null) return undefined
  if (text === '') return `${name} is empty`
  if (text.length > charsMax) return `${name} has more than ${charsMax} characters`
  return CONTROL.test(text) ? `${name} holds control characters` : undefined
}

function faultOfEach<T>(items: readonly T[], faultOf: (item: T) => Fault): Fault {
  for (const item of items) {
    const fault = faultOf(item)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOfNumbers(name: string, numbers: Readonly<Record<string, number>>, countMax: number): Fault {
  const entries = Object.entries(numbers)
  if (entries.length > countMax) return `${name} has more than ${countMax} items`
  return faultOfEach(entries, ([key, value]) => {
    if (!NUMBER_NAME.test(key)) return `${name} has a name that is none`
    return Number.isFinite(value) ? undefined : `${name} holds what is no number`
  })
}

function faultOfFactor(factor: AlertFactor): Fault {
  const { window_from: from, window_to: to, transaction_ids: ids } = factor
  if (!Number.isFinite(factor.points)) return 'points of a factor are no number'
  if ((from !== null && !isTime(from)) || (to !== null && !isTime(to)))
    return 'the window of a factor is out of range'
  if (ids.length > TRANSACTIONS_MAX) return `a factor names more than ${TRANSACTIONS_MAX} transactions`
  if (!ids.every(isUuid)) return 'a transaction id of a factor is not a canonical UUID'
  return (
    faultOfText('code of a factor', factor.code, WORD_CHARS_MAX) ??
    faultOfText('detail of a factor', factor.detail, DETAIL_CHARS_MAX) ??
    faultOfNumbers('numbers of a factor', factor.numbers, NUMBERS_MAX)
  )
}

function faultOfRules({
  join_window_ms: windowMs,
  rules_version: version,
}: Pick<Finding, 'join_window_ms' | 'rules_version'>): Fault {
  if (!isTime(windowMs)) return 'join_window_ms is out of range'
  return faultOfText('rules_version', version, WORD_CHARS_MAX)
}

const isAlertType = (text: string): boolean => ALERT_TYPES.some((type) => type === text)

/** What is wrong with a finding. */
export function faultOfFinding(finding: Finding): Fault {
  if (!isAlertType(finding.alert_type)) return 'alert_type is none'
  if (!isScore(finding.risk_score)) return `risk_score is not within 0 and ${SCORE_MAX}`
  if (!isTime(finding.occurred_at)) return 'occurred_at is out of range'
  if (finding.transaction_id !== null && !isUuid(finding.transaction_id))
    return 'transaction_id is not a canonical UUID'
  return (
    faultOfText('description', finding.description, DESCRIPTION_CHARS_MAX) ??
    faultOfRules(finding) ??
    faultOfEach(finding.factors, faultOfFactor)
  )
}

const faultOfList = ({ list, version }: ScreenedList): Fault =>
  faultOfText('list', list, LIST_CHARS_MAX) ?? faultOfText('version of a list', version, LIST_ID_CHARS_MAX)

/** What is wrong with the name of a match. */
export const faultOfMatchReference = ({ list, entry_id: entryId }: MatchReference): Fault =>
  faultOfText('list of a match', list, LIST_CHARS_MAX) ??
  faultOfText('entry_id of a match', entryId, LIST_ID_CHARS_MAX)

const faultOfMatch = (match: ScreeningMatch): Fault =>
  faultOfMatchReference(match) ??
  faultOfText('list_version of a match', match.list_version, LIST_ID_CHARS_MAX) ??
  faultOfText('entry_name of a match', match.entry_name, ENTRY_NAME_CHARS_MAX) ??
  faultOfText('matched_name of a match', match.matched_name, ENTRY_NAME_CHARS_MAX) ??
  (isScore(match.score) ? undefined : `score of a match is not within 0 and ${SCORE_MAX}`) ??
  faultOfNumbers('sub_scores of a match', match.sub_scores, SUB_SCORES_MAX)

/** What is wrong with a screening. */
export function faultOfScreening(screening: ScreeningResult): Fault {
  const { profile_version: version, lists, matches } = screening
  if (version < 1) return 'profile_version is not positive'
  if (lists.length > LISTS_MAX) return `lists has more than ${LISTS_MAX} items`
  if (matches.length > MATCHES_MAX) return `matches has more than ${MATCHES_MAX} items`
  return faultOfRules(screening) ?? faultOfEach(lists, faultOfList) ?? faultOfEach(matches, faultOfMatch)
}

/** What is wrong with the id of an alert that a command concerns. */
export const faultOfAlertId = (alertId: string): Fault =>
  isUuid(alertId) ? undefined : 'alert_id is not a canonical UUID'

export const faultOfAssignee = (assigneeId: string | null): Fault =>
  faultOfText('assignee_id', assigneeId, OFFICER_CHARS_MAX)

export const faultOfResolution = (code: string): Fault =>
  RESOLUTION_CODES.some((known) => known === code) ? undefined : 'resolution_code is none'

export const faultOfReference = (reference: string): Fault =>
  faultOfText('report_reference', reference, REFERENCE_CHARS_MAX)

export const faultOfNote = (note: string | null): Fault => faultOfText('note', note, NOTE_CHARS_MAX)

/** What is wrong with the type that a snooze is for. */
export const faultOfSnoozeType = (alertType: string): Fault =>
  SNOOZABLE_TYPES.some((type) => type === alertType) ? undefined : 'alert_type is none that can be snoozed'

/** What is wrong with the end of a snooze that is asked for now. */
export function faultOfSnooze(nowMs: number, untilMs: number): Fault {
  if (untilMs <= nowMs) return 'until does not lie ahead of requested_at'
  return untilMs - nowMs > SNOOZE_MS_MAX ? `until is more than ${SNOOZE_MS_MAX} ms ahead` : undefined
}

/** What is wrong with who asks. */
export function faultOfActor(actor: AmlActor): Fault {
  if (actor.partner_id !== null && !isPartnerId(actor.partner_id))
    return 'partner_id of the actor is not a canonical UUID'
  return (
    faultOfText('key_id of the actor', actor.key_id, OFFICER_CHARS_MAX) ??
    faultOfText('name of the actor', actor.name, OFFICER_CHARS_MAX) ??
    faultOfText('ip_address of the actor', actor.ip_address, ACTOR_CHARS_MAX) ??
    faultOfText('request_id of the actor', actor.request_id, ACTOR_CHARS_MAX)
  )
}

/** What is wrong with what every command carries. */
export function faultOfHead({ event_id: id, data }: AmlCommand): Fault {
  if (!isUuid(id)) return 'event_id is not a canonical UUID'
  if (!isPartnerId(data.partner_id)) return 'partner_id is not a canonical UUID'
  if (!isPlayerId(data.player_id)) return 'player_id is not valid'
  return isTime(data.requested_at) ? undefined : 'requested_at is out of range'
}

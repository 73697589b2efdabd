import { describe, expect, it } from 'vitest'
import type { Finding, ScreeningMatch, ScreeningResult } from '../../avro/types.ts'
import {
  ENTRY_NAME_CHARS_MAX,
  MATCHES_MAX,
  NOTE_CHARS_MAX,
  OFFICER_CHARS_MAX,
  REFERENCE_CHARS_MAX,
  SNOOZE_MS_MAX,
} from '../../domain/aml/alerts.ts'
import { checkCommand } from './command.ts'
import { LISTS_MAX, NUMBERS_MAX, TIME_MS_MAX, TRANSACTIONS_MAX } from './limits.ts'
import {
  ANN,
  START_MS,
  assign,
  clear,
  close,
  create,
  endSnooze,
  factor,
  investigate,
  match,
  note,
  raise,
  report,
  screen,
  snooze,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const ID = testUuid(0x51)

function faultOf(parts: CommandParts, eventId = testUuid(1)): string | undefined {
  const check = checkCommand(testCommand(eventId, START_MS, parts))
  return 'fault' in check ? check.fault : undefined
}

const ALL: readonly CommandParts[] = [
  raise(),
  screen([match('7')]),
  create(),
  assign(ID, 'eve'),
  assign(ID, null),
  investigate(ID),
  close(ID),
  report(ID),
  note(ID),
  clear('7'),
  snooze('PATTERN', START_MS + SNOOZE_MS_MAX),
  endSnooze('PATTERN'),
]

describe('a command that can be decided', () => {
  it.each(ALL.map((parts): [string, CommandParts] => [parts.action, parts]))('%s', (_, parts) => {
    expect(faultOf(parts)).toBeUndefined()
  })

  it('knows the officer by the name, or else by the key', () => {
    const officerOf = (parts: CommandParts): unknown => checkCommand(testCommand(ID, START_MS, parts))
    expect(officerOf(note(ID))).toMatchObject({ officer: 'bob' })
    expect(officerOf({ ...note(ID), actor: { ...ANN, name: null } })).toMatchObject({ officer: 'key-1' })
  })
})

describe('a command that lacks something', () => {
  it.each<[CommandParts, string]>([
    [{ ...raise(), finding: null }, 'RAISE_ALERT without finding'],
    [{ ...screen([]), screening: null }, 'RECORD_SCREENING without screening'],
    [{ ...create(), finding: null }, 'CREATE_ALERT without finding'],
    [{ ...note(ID), alert_id: null }, 'NOTE_ALERT without alert_id'],
    [{ ...note(ID), note: null }, 'NOTE_ALERT without note'],
    [{ ...close(ID), note: null }, 'CLOSE_ALERT without note'],
    [{ ...close(ID), resolution_code: null }, 'CLOSE_ALERT without resolution_code'],
    [{ ...report(ID), report_reference: null }, 'REPORT_ALERT without report_reference'],
    [{ ...clear('7'), match: null }, 'CLEAR_MATCH without match'],
    [{ ...snooze('PATTERN', START_MS + 1), snooze: null }, 'SNOOZE without snooze'],
    [{ ...snooze('PATTERN', START_MS + 1), note: null }, 'SNOOZE without note'],
    [
      { ...snooze('PATTERN', START_MS + 1), snooze: { alert_type: 'PATTERN', until: null } },
      'SNOOZE without until',
    ],
    [{ ...endSnooze('PATTERN'), snooze: null }, 'END_SNOOZE without snooze'],
    ...ALL.filter(({ actor }) => actor !== undefined).map((parts): [CommandParts, string] => [
      { ...parts, actor: null },
      `${parts.action} without actor`,
    ]),
    [{ ...raise(), actor: ANN }, 'RAISE_ALERT with an actor'],
    [{ ...screen([]), actor: ANN }, 'RECORD_SCREENING with an actor'],
  ])('%#: %s', (parts, fault) => {
    expect(faultOf(parts)).toBe(fault)
  })
})

const found = (parts: Partial<Finding>): CommandParts => raise(parts)
const withFactor = (parts: Partial<Finding['factors'][number]>): CommandParts =>
  raise({ factors: [{ ...factor('A'), ...parts }] })
const withMatch = (parts: Partial<ScreeningMatch>): CommandParts => screen([match('7', parts)])
const screened = (parts: Partial<ScreeningResult>): CommandParts => screen([], parts)

describe('a command with something wrong in it', () => {
  it.each<[CommandParts, string]>([
    [{ ...raise(), partner_id: 'no' }, 'partner_id is not a canonical UUID'],
    [{ ...raise(), player_id: 'a/b' }, 'player_id is not valid'],
    [{ ...raise(), requested_at: TIME_MS_MAX + 1 }, 'requested_at is out of range'],
    [{ ...note(ID), actor: { ...ANN, key_id: '' } }, 'key_id of the actor is empty'],
    [
      { ...note(ID), actor: { ...ANN, name: 'x'.repeat(OFFICER_CHARS_MAX + 1) } },
      'name of the actor has more',
    ],
    [
      { ...note(ID), actor: { ...ANN, key_id: 'x'.repeat(OFFICER_CHARS_MAX + 1) } },
      'key_id of the actor has more',
    ],
    [{ ...note(ID), actor: { ...ANN, partner_id: 'no' } }, 'partner_id of the actor is not'],
    [{ ...note(ID), note: 'x'.repeat(NOTE_CHARS_MAX + 1) }, 'note has more than'],
    [{ ...note(ID), note: 'a\u0000b' }, 'note holds control characters'],
    [{ ...note(ID), alert_id: 'no' }, 'alert_id is not a canonical UUID'],
    [assign(ID, ''), 'assignee_id is empty'],
    [close(ID, 'BORED'), 'resolution_code is none'],
    [report(ID, ANN, 'x'.repeat(REFERENCE_CHARS_MAX + 1)), 'report_reference has more'],
    [clear(''), 'entry_id of a match is empty'],
    [snooze('MANUAL', START_MS + 1), 'alert_type is none that can be snoozed'],
    [snooze('WATCHLIST', START_MS + 1), 'alert_type is none that can be snoozed'],
    [endSnooze('NONE'), 'alert_type is none that can be snoozed'],
    [snooze('PATTERN', START_MS), 'until does not lie ahead of requested_at'],
    [snooze('PATTERN', START_MS + SNOOZE_MS_MAX + 1), 'until is more than'],
    [found({ alert_type: 'NONE' }), 'alert_type is none'],
    [found({ risk_score: 101 }), 'risk_score is not within'],
    [found({ risk_score: Number.NaN }), 'risk_score is not within'],
    [found({ occurred_at: -1 }), 'occurred_at is out of range'],
    [found({ transaction_id: 'no' }), 'transaction_id is not a canonical UUID'],
    [found({ description: '' }), 'description is empty'],
    [found({ join_window_ms: -1 }), 'join_window_ms is out of range'],
    [found({ rules_version: '' }), 'rules_version is empty'],
    [withFactor({ code: '' }), 'code of a factor is empty'],
    [withFactor({ points: Number.POSITIVE_INFINITY }), 'points of a factor are no number'],
    [withFactor({ numbers: { n: Number.NaN } }), 'numbers of a factor holds what is no number'],
    [withFactor({ numbers: { 'a b': 1 } }), 'numbers of a factor has a name that is none'],
    [
      withFactor({
        numbers: Object.fromEntries(Array.from({ length: NUMBERS_MAX + 1 }, (_, at) => [`n${at}`, 1])),
      }),
      'numbers of a factor has more than',
    ],
    [withFactor({ window_from: -1 }), 'the window of a factor is out of range'],
    [withFactor({ transaction_ids: ['no'] }), 'a transaction id of a factor'],
    [
      withFactor({ transaction_ids: Array.from({ length: TRANSACTIONS_MAX + 1 }, (_, at) => testUuid(at)) }),
      'a factor names more than',
    ],
    [screened({ profile_version: 0 }), 'profile_version is not positive'],
    [screened({ join_window_ms: -1 }), 'join_window_ms is out of range'],
    [screened({ lists: [{ list: '', version: 'v' }] }), 'list is empty'],
    [
      screened({ lists: Array.from({ length: LISTS_MAX + 1 }, () => ({ list: 'l', version: 'v' })) }),
      'lists has more than',
    ],
    [screen(Array.from({ length: MATCHES_MAX + 1 }, (_, at) => match(String(at)))), 'matches has more than'],
    [withMatch({ list_version: '' }), 'list_version of a match is empty'],
    [withMatch({ entry_name: 'x'.repeat(ENTRY_NAME_CHARS_MAX + 1) }), 'entry_name of a match has more'],
    [withMatch({ matched_name: '' }), 'matched_name of a match is empty'],
    [withMatch({ score: 101 }), 'score of a match is not within'],
    [withMatch({ sub_scores: { name: Number.NaN } }), 'sub_scores of a match holds'],
  ])('%#: %s', (parts, fault) => {
    expect(faultOf(parts)).toContain(fault)
  })

  it('an id that is none', () => {
    expect(faultOf(raise(), 'no')).toBe('event_id is not a canonical UUID')
  })
})

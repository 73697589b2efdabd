/** A command whose fields are known to be there: what the rules work on. */
import type {
  AmlActor,
  AmlCommand,
  AmlCommandData,
  Finding,
  MatchReference,
  ScreeningResult,
} from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import {
  faultOfActor,
  faultOfAlertId,
  faultOfAssignee,
  faultOfFinding,
  faultOfHead,
  faultOfMatchReference,
  faultOfNote,
  faultOfReference,
  faultOfResolution,
  faultOfScreening,
  faultOfSnooze,
  faultOfSnoozeType,
} from './validate.ts'
import type { Fault } from './validate.ts'

/** What every command carries. */
interface Head {
  commandId: string
  /** When it was found or asked, epoch milliseconds: the time by which it is decided. */
  nowMs: number
  partnerId: string
  playerId: string
  key: PlayerKey
}

interface FromProcessor extends Head {
  actor: null
}

interface FromPerson extends Head {
  actor: AmlActor
  /** Who asks, by which two people are told apart. */
  officer: string
  note: string | null
}

export interface RaiseAlert extends FromProcessor {
  action: 'RAISE_ALERT'
  finding: Finding
}

export interface RecordScreening extends FromProcessor {
  action: 'RECORD_SCREENING'
  screening: ScreeningResult
}

export interface CreateAlert extends FromPerson {
  action: 'CREATE_ALERT'
  finding: Finding
}

interface OfAlert extends FromPerson {
  alertId: string
  /** The version that the officer has seen; null where any will do. */
  expectedVersion: number | null
}

interface AssignAlert extends OfAlert {
  action: 'ASSIGN_ALERT'
  assigneeId: string | null
}

interface PlainStep extends OfAlert {
  action: 'INVESTIGATE_ALERT' | 'NOTE_ALERT'
}

export interface CloseAlert extends OfAlert {
  action: 'CLOSE_ALERT'
  resolutionCode: string
}

export interface ReportAlert extends OfAlert {
  action: 'REPORT_ALERT'
  reportReference: string
}

export interface ClearMatch extends FromPerson {
  action: 'CLEAR_MATCH'
  match: MatchReference
}

export interface SnoozeAlerts extends FromPerson {
  action: 'SNOOZE'
  alertType: string
  untilMs: number
  note: string
}

export interface EndSnooze extends FromPerson {
  action: 'END_SNOOZE'
  alertType: string
}

export type AlertStep = AssignAlert | PlainStep | CloseAlert | ReportAlert
export type PersonCommand = CreateAlert | AlertStep | ClearMatch | SnoozeAlerts | EndSnooze
export type CheckedCommand = RaiseAlert | RecordScreening | PersonCommand

/** The command, or what is wrong with it. */
export type Check = CheckedCommand | { fault: string }

/** The command, unless one of the faults is one. */
const unless = (command: CheckedCommand, ...faults: readonly Fault[]): Check => {
  const fault = faults.find((each) => each !== undefined)
  return fault === undefined ? command : { fault }
}

const missing = (action: string, field: string): Check => ({ fault: `${action} without ${field}` })

function checkFinding(head: FromProcessor, { finding }: AmlCommandData): Check {
  const action = 'RAISE_ALERT'
  return finding === null
    ? missing(action, 'finding')
    : unless({ ...head, action, finding }, faultOfFinding(finding))
}

function checkScreening(head: FromProcessor, { screening }: AmlCommandData): Check {
  const action = 'RECORD_SCREENING'
  return screening === null
    ? missing(action, 'screening')
    : unless({ ...head, action, screening }, faultOfScreening(screening))
}

function checkStep(head: OfAlert, action: AlertStep['action'], data: AmlCommandData): Check {
  const { assignee_id: assigneeId, resolution_code: code, report_reference: reference } = data
  switch (action) {
    case 'ASSIGN_ALERT':
      return unless({ ...head, action, assigneeId }, faultOfAssignee(assigneeId))
    case 'INVESTIGATE_ALERT':
      return { ...head, action }
    case 'NOTE_ALERT':
      return head.note === null ? missing(action, 'note') : { ...head, action }
    case 'CLOSE_ALERT':
      if (head.note === null) return missing(action, 'note')
      if (code === null) return missing(action, 'resolution_code')
      return unless({ ...head, action, resolutionCode: code }, faultOfResolution(code))
    case 'REPORT_ALERT':
      if (reference === null) return missing(action, 'report_reference')
      return unless({ ...head, action, reportReference: reference }, faultOfReference(reference))
  }
}

function checkAlert(head: FromPerson, action: AlertStep['action'], data: AmlCommandData): Check {
  const { alert_id: alertId, expected_version: expectedVersion } = data
  if (alertId === null) return missing(action, 'alert_id')
  const fault = faultOfAlertId(alertId)
  return fault === undefined ? checkStep({ ...head, alertId, expectedVersion }, action, data) : { fault }
}

function checkSnooze(head: FromPerson, action: 'SNOOZE' | 'END_SNOOZE', { snooze }: AmlCommandData): Check {
  if (snooze === null) return missing(action, 'snooze')
  const { alert_type: alertType, until: untilMs } = snooze
  if (action === 'END_SNOOZE') return unless({ ...head, action, alertType }, faultOfSnoozeType(alertType))
  const { note } = head
  if (untilMs === null) return missing(action, 'until')
  if (note === null) return missing(action, 'note')
  return unless(
    { ...head, action, alertType, untilMs, note },
    faultOfSnoozeType(alertType),
    faultOfSnooze(head.nowMs, untilMs),
  )
}

/** A command of one of the processors. */
function checkProcessors(head: Head, data: AmlCommandData): Check {
  const from: FromProcessor = { ...head, actor: null }
  switch (data.action) {
    case 'RAISE_ALERT':
      return checkFinding(from, data)
    case 'RECORD_SCREENING':
      return checkScreening(from, data)
    default:
      return missing(data.action, 'actor')
  }
}

/** A command that somebody asked for. */
function checkPersons(from: FromPerson, data: AmlCommandData): Check {
  const { action, finding, match } = data
  switch (action) {
    case 'RAISE_ALERT':
    case 'RECORD_SCREENING':
      return { fault: `${action} with an actor` }
    case 'CREATE_ALERT':
      return finding === null
        ? missing(action, 'finding')
        : unless({ ...from, action, finding }, faultOfFinding(finding))
    case 'CLEAR_MATCH':
      return match === null
        ? missing(action, 'match')
        : unless({ ...from, action, match }, faultOfMatchReference(match))
    case 'SNOOZE':
    case 'END_SNOOZE':
      return checkSnooze(from, action, data)
    case 'ASSIGN_ALERT':
    case 'INVESTIGATE_ALERT':
    case 'CLOSE_ALERT':
    case 'REPORT_ALERT':
    case 'NOTE_ALERT':
      return checkAlert(from, action, data)
  }
}

/** Looks whether a command can be decided. */
export function checkCommand(command: AmlCommand): Check {
  const headFault = faultOfHead(command)
  if (headFault !== undefined) return { fault: headFault }
  const { event_id: commandId, data } = command
  const { partner_id: partnerId, player_id: playerId, requested_at: nowMs, actor, note } = data
  const head: Head = { commandId, nowMs, partnerId, playerId, key: playerKey(partnerId, playerId) }
  if (actor === null) return checkProcessors(head, data)
  const fault = faultOfActor(actor) ?? faultOfNote(note)
  if (fault !== undefined) return { fault }
  return checkPersons({ ...head, actor, officer: actor.name ?? actor.key_id, note }, data)
}

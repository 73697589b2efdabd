/**
 * The entry of the audit trail that a change of a player's standing leaves. The standing itself says what holds now; what
 * an officer does to an alert stands in the alert's own history.
 */
import type { AmlPlayer, AuditRecorded } from '../../avro/types.ts'
import { auditText, playerSubjectIdOf } from '../../domain/audit.ts'
import type { CheckedCommand, ClearMatch, EndSnooze, SnoozeAlerts } from './command.ts'
import type { Decision } from './decision.ts'

type AuditedCommand = SnoozeAlerts | EndSnooze | ClearMatch

const timeOf = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString())

function snoozeIn({ snoozes }: AmlPlayer, alertType: string): object | undefined {
  const snooze = snoozes.find((each) => each.alert_type === alertType)
  return (
    snooze && {
      ...snooze,
      until: timeOf(snooze.until),
      at: timeOf(snooze.at),
      last_suppressed_at: timeOf(snooze.last_suppressed_at),
    }
  )
}

function matchIn({ matches }: AmlPlayer, { match: { list, entry_id } }: ClearMatch): object | undefined {
  const found = matches.find(({ match }) => match.list === list && match.entry_id === entry_id)
  if (found === undefined) return undefined
  const { match, cleared_at, ...rest } = found
  return { ...match, ...rest, cleared_at: timeOf(cleared_at) }
}

/** What the command is about, as the standing shows it. */
const subjectOf = (command: AuditedCommand, standing: AmlPlayer | null | undefined): object | undefined => {
  if (standing === null || standing === undefined) return undefined
  return command.action === 'CLEAR_MATCH' ? matchIn(standing, command) : snoozeIn(standing, command.alertType)
}

/** The command, where it changes a player's standing. */
function audited(command: CheckedCommand): AuditedCommand | undefined {
  switch (command.action) {
    case 'SNOOZE':
    case 'END_SNOOZE':
    case 'CLEAR_MATCH':
      return command
    default:
      return undefined
  }
}

/** The entry of a command that is decided for the first time, refused ones included; undefined where it leaves none. */
export function auditEntryOf(
  given: CheckedCommand,
  standing: AmlPlayer | undefined,
  { refusal, player }: Decision,
): AuditRecorded | undefined {
  const command = audited(given)
  if (command === undefined) return undefined
  const { commandId, nowMs, partnerId, playerId, officer, note, actor } = command
  const before = subjectOf(command, standing)
  const after = subjectOf(command, player)
  return {
    event_id: commandId,
    event_type: 'audit.recorded',
    timestamp: nowMs,
    data: {
      action: command.action,
      outcome: refusal === null ? 'APPLIED' : 'REFUSED',
      error_code: refusal,
      actor: {
        key_id: actor.key_id,
        partner_id: actor.partner_id,
        ip_address: actor.ip_address,
        request_id: actor.request_id,
      },
      partner_id: partnerId,
      subject_type: 'aml_player',
      subject_id: playerSubjectIdOf(partnerId, playerId),
      before: before === undefined ? null : auditText(before),
      after: after === undefined ? null : auditText({ ...after, officer }),
      version: player?.version ?? null,
      requested_at: nowMs,
      player_id: playerId,
      reason: note,
    },
  }
}

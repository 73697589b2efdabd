/** A player's standing with compliance: matches, snoozes, and whether withdrawals are held up. */
import type { Alert, AmlPlayer, Finding, Snooze } from '../../avro/types.ts'
import type { CheckedCommand, EndSnooze, SnoozeAlerts } from './command.ts'
import { isOpen, refused } from './decision.ts'
import type { AlertsView, Outcome, Standing } from './decision.ts'
import { COMMANDS_KEPT_MAX } from './limits.ts'
import { openAlertOf, withAlert } from './open-alerts.ts'

const NOTHING: Standing = { matches: [], screened_at: null, profile_version: null, lists: [], snoozes: [] }

export const standingOf = (player: AmlPlayer | undefined): Standing => player ?? NOTHING

const snoozeOf = ({ snoozes }: Standing, alertType: string): Snooze | undefined =>
  snoozes.find((each) => each.alert_type === alertType)

const isInForce = ({ at, until }: Snooze, atMs: number): boolean => at <= atMs && atMs < until

/** The standing with another snooze in place of that of the same type. */
const withSnooze = (standing: Standing, snooze: Snooze): Standing => ({
  ...standing,
  snoozes: [...standing.snoozes.filter((each) => each.alert_type !== snooze.alert_type), snooze],
})

/** The standing with a finding counted that a snooze was in force for when it occurred; undefined where there was none. */
export function suppress(standing: Standing, finding: Finding): Standing | undefined {
  const { alert_type: type, occurred_at: atMs } = finding
  const snooze = snoozeOf(standing, type)
  if (snooze === undefined || !isInForce(snooze, atMs)) return undefined
  return withSnooze(standing, {
    ...snooze,
    suppressed: snooze.suppressed + 1,
    last_suppressed_at: Math.max(snooze.last_suppressed_at ?? atMs, atMs),
  })
}

/** A snooze that follows on one that is in force goes on counting: what was passed over stays in sight. */
export function decideSnooze(command: SnoozeAlerts, view: AlertsView): Outcome {
  const { alertType, untilMs, nowMs, officer, note } = command
  const standing = standingOf(view.player(command.key))
  const before = snoozeOf(standing, alertType)
  const counting = before !== undefined && isInForce(before, nowMs) ? before : undefined
  return {
    standing: withSnooze(standing, {
      alert_type: alertType,
      until: untilMs,
      by: officer,
      note,
      at: nowMs,
      suppressed: counting?.suppressed ?? 0,
      last_suppressed_at: counting?.last_suppressed_at ?? null,
    }),
  }
}

export function decideSnoozeEnd({ alertType, nowMs, key }: EndSnooze, view: AlertsView): Outcome {
  const standing = standingOf(view.player(key))
  const snooze = snoozeOf(standing, alertType)
  if (snooze === undefined || !isInForce(snooze, nowMs)) return refused('SNOOZE_NOT_FOUND')
  return { standing: withSnooze(standing, { ...snooze, until: nowMs }) }
}

/**
 * The next version of a player's standing, where a command changes it: by what a rule says of it, or since an alert begins or
 * ceases to hold up withdrawals. A processor's command that leaves no trace in an alert leaves its id here.
 */
export function settle(
  command: CheckedCommand,
  view: AlertsView,
  alert: Alert | undefined,
  standing: Standing | undefined,
): AmlPlayer | null {
  const before = view.player(command.key)
  const open = view.openAlerts(command.key)
  const after =
    alert === undefined
      ? open
      : withAlert(open, alert.alert_id, isOpen(alert) ? openAlertOf(alert) : undefined)
  const blocked = after.some(({ blocks }) => blocks)
  if (standing === undefined && blocked === (before?.withdrawals_blocked ?? false)) return null
  const said = standing ?? standingOf(before)
  const has = (kind: 'PEP' | 'SANCTION'): boolean =>
    said.matches.some(({ match, cleared }) => !cleared && match.list_kind === kind)
  const recent = before?.recent_command_ids ?? []
  const leavesNoOther = command.actor === null && alert === undefined
  return {
    partner_id: command.partnerId,
    player_id: command.playerId,
    is_pep: has('PEP'),
    is_sanctioned: has('SANCTION'),
    matches: said.matches,
    screened_at: said.screened_at,
    profile_version: said.profile_version,
    lists: said.lists,
    snoozes: said.snoozes,
    withdrawals_blocked: blocked,
    command_id: command.commandId,
    recent_command_ids: leavesNoOther ? [...recent, command.commandId].slice(-COMMANDS_KEPT_MAX) : recent,
    updated_at: Math.max(command.nowMs, before?.updated_at ?? 0),
    version: (before?.version ?? 0) + 1,
  }
}

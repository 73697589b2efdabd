/** What becomes of a command: the alert and the player's standing that it changes, or why it changes nothing. */
import type { Alert, AlertChange, AlertSeverity, AmlPlayer } from '../../avro/types.ts'
import { SEVERITIES } from '../../domain/aml/rules.ts'
import type { AlertErrorCode } from '../../domain/errors.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { CheckedCommand } from './command.ts'
import type { OpenAlert } from './open-alerts.ts'

/** What the rules know of the state. */
export interface AlertsView {
  alert(alertId: string): Alert | undefined
  /** Alerts of a player that are worked on or wait for it, by id. */
  openAlerts(key: PlayerKey): readonly OpenAlert[]
  player(key: PlayerKey): AmlPlayer | undefined
}

/** Why a command is refused. */
export type Refusal = AlertErrorCode | 'VERSION_CONFLICT' | 'PLAYER_NOT_FOUND'

/** What a rule says of a player's standing; all else follows. */
export type Standing = Pick<AmlPlayer, 'matches' | 'screened_at' | 'profile_version' | 'lists' | 'snoozes'>

/** What a rule makes of a command: a command changes one alert at the most. */
export type Outcome = { refusal: Refusal } | { refusal?: never; alert?: Alert; standing?: Standing }

export interface Decision {
  refusal: Refusal | null
  /** The alert as it is now, where it is new or has changed. */
  alert: Alert | null
  /** The player's standing, where it has changed. */
  player: AmlPlayer | null
}

export const refused = (refusal: Refusal): Outcome => ({ refusal })

export const isOpen = ({ alert_status: status }: Pick<Alert, 'alert_status'>): boolean =>
  status === 'NEW' || status === 'INVESTIGATING'

const rankOf = (severity: AlertSeverity): number => SEVERITIES.indexOf(severity)

/** Less than zero where `a` is less grave than `b`. */
export const compareSeverity = (a: AlertSeverity, b: AlertSeverity): number => rankOf(a) - rankOf(b)

const officerOf = (command: CheckedCommand): string | null =>
  command.actor === null ? null : command.officer

/** The step of a command, as the alert's history shows it. */
export const changeOf = (
  command: CheckedCommand,
  action: string,
  before: Alert | null,
  more: Partial<Pick<AlertChange, 'transaction_id' | 'match'>> = {},
): AlertChange => ({
  action,
  command_id: command.commandId,
  actor: officerOf(command),
  from_status: before?.alert_status ?? null,
  note: command.actor === null ? null : command.note,
  transaction_id: null,
  match: null,
  at: command.nowMs,
  ...more,
})

/** The next version of an alert. It is never older than the one before, though the senders' clocks differ. */
export const changed = (
  command: CheckedCommand,
  before: Alert,
  change: AlertChange,
  fields: Partial<Alert> = {},
): Alert => ({
  ...before,
  ...fields,
  updated_at: Math.max(command.nowMs, before.updated_at),
  version: before.version + 1,
  change,
})

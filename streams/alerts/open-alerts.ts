/** What is looked at with every finding: a player's open alerts, in short. */
import type { Alert } from '../../avro/types.ts'

export interface OpenAlert {
  alertId: string
  alertType: string
  lastOccurredAtMs: number
  /** True where it holds up the automatic approval of withdrawals. */
  blocks: boolean
}

export const openAlertOf = (alert: Alert): OpenAlert => ({
  alertId: alert.alert_id,
  alertType: alert.alert_type,
  lastOccurredAtMs: alert.last_occurred_at,
  blocks: alert.alert_severity === 'CRITICAL' && alert.blocks_withdrawals,
})

/** The list with an alert as it is now; `undefined` where it is not open. In order of ids, whatever came first. */
export function withAlert(
  list: readonly OpenAlert[],
  alertId: string,
  open: OpenAlert | undefined,
): readonly OpenAlert[] {
  const others = list.filter((each) => each.alertId !== alertId)
  if (open === undefined) return others
  return [...others, open].toSorted((a, b) => (a.alertId < b.alertId ? -1 : 1))
}

/** One line for each: id, type, time, and whether it blocks. */
export const encodeOpenAlerts = (list: readonly OpenAlert[]): Buffer =>
  Buffer.from(
    list
      .map(({ alertId, alertType, lastOccurredAtMs, blocks }) =>
        [alertId, alertType, lastOccurredAtMs, blocks ? 1 : 0].join(' '),
      )
      .join('\n'),
  )

export const decodeOpenAlerts = (bytes: Buffer): OpenAlert[] =>
  bytes
    .toString()
    .split('\n')
    .map((line) => {
      const [alertId = '', alertType = '', lastOccurredAtMs, blocks] = line.split(' ')
      return { alertId, alertType, lastOccurredAtMs: Number(lastOccurredAtMs), blocks: blocks === '1' }
    })

/** What calls for an alert, as a command to the processor of alerts. */
import { parse, v5 } from 'uuid'
import type { AlertFactor, AmlCommand, Transaction } from '../../avro/types.ts'
import type { AlertType, Severity } from '../../domain/aml/rules.ts'
import type { Assessed } from './assess.ts'
import { TRANSACTIONS_NAMED_MAX } from './checks/found.ts'
import type { Found } from './checks/found.ts'
import type { RuleSet } from '../../domain/aml/rule-set.ts'
import { HOUR_MS } from './windows/nodes.ts'

/** Namespace of the UUIDv5 of findings; it must never change. */
const FINDINGS = parse('1f0c8f52-53a8-5d0e-9a43-0f9b8e6d2c71')

/** Id of the command that raises an alert: assessed anew, the same transaction raises the same one. */
export const findingIdOf = (transactionId: string, type: AlertType): string =>
  v5(`${transactionId}/${type}`, FINDINGS)

function factorOf(
  { code, points, numbers, detail, windowMs, transactionIds }: Found,
  { transaction_id, created_at }: Transaction,
): AlertFactor {
  const windowed = windowMs > 0
  return {
    code,
    points,
    numbers,
    detail,
    window_from: windowed ? created_at - windowMs : null,
    window_to: windowed ? created_at : null,
    transaction_ids: [...transactionIds, transaction_id].slice(-TRANSACTIONS_NAMED_MAX),
  }
}

const SENTENCES: Readonly<Record<Found['code'], string>> = {
  LARGE_TRANSACTION: 'The amount reaches the threshold of large transactions.',
  STRUCTURING: 'Several amounts lie just under the threshold.',
  LINKED_DEPOSITS: 'Deposits below the threshold reach it together within 24 hours.',
  RAPID_MOVEMENT: 'Most of what was deposited is withdrawn within 24 hours, with little play.',
  HIGH_RISK_COUNTRY: 'A country of high or elevated risk is involved.',
  TIME_DEVIATION: 'The time is unusual for the player.',
  AMOUNT_DEVIATION: 'The amount is unusual for the player.',
  FREQUENCY_DEVIATION: 'The player is much more active than usual.',
  SUSTAINED_TIME_SHIFT: 'The player has been active at unusual times for days.',
  FREQUENCY_SURGE: 'The player’s activity has multiplied.',
  COMBINATION: 'Factors occur together.',
}

/** What was found, in words. */
const describe = (found: readonly Found[]): string =>
  [...new Set(found.map(({ code }) => SENTENCES[code]))].join(' ')

function finding(
  transaction: Transaction,
  { assessment, found }: Assessed,
  { type, severity }: { type: AlertType; severity: Severity },
  { version, rules }: RuleSet,
): AmlCommand {
  const { alerts } = rules
  return {
    event_id: findingIdOf(transaction.transaction_id, type),
    event_type: 'aml.command',
    timestamp: transaction.processed_at,
    data: {
      action: 'RAISE_ALERT',
      partner_id: transaction.partner_id,
      player_id: transaction.player_id,
      alert_id: null,
      actor: null,
      expected_version: null,
      finding: {
        alert_type: type,
        alert_severity: severity,
        risk_score: assessment.risk_score,
        description: describe(found),
        factors: found.map((each) => factorOf(each, transaction)),
        transaction_id: transaction.transaction_id,
        occurred_at: transaction.created_at,
        rules_version: version,
        join_window_ms: alerts.join_hours * HOUR_MS,
        blocks_withdrawals: alerts.blocks_withdrawals,
        four_eyes: alerts.four_eyes,
      },
      screening: null,
      assignee_id: null,
      resolution_code: null,
      note: null,
      report_reference: null,
      match: null,
      snooze: null,
      requested_at: transaction.processed_at,
    },
  }
}

/** One command per alert that the assessment calls for. */
export const findingsOf = (transaction: Transaction, assessed: Assessed, ruleSet: RuleSet): AmlCommand[] =>
  assessed.alerts.map((alert) => finding(transaction, assessed, alert, ruleSet))

/** The way of a run: CALCULATING → DRAFT → CONFIRMED → PAID; what is not confirmed can be CANCELED. */
import type { Settlement, SettlementDraft, SettlementStatus } from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { canonicalText } from '../../domain/settlement/canonical.ts'
import { followsSeals } from '../../domain/settlement/coverage.ts'
import { statementOf } from '../../domain/settlement/statement.ts'
import type { Statement } from '../../domain/settlement/statement.ts'
import type { CompleteRun, PayRun, RunStep } from './command.ts'
import { refused } from './decision.ts'
import type { Decision, SettlementView, Sha256 } from './decision.ts'
import { canonicalOf, dayOf, sealsOf, settledRow } from '../../domain/settlement/run-form.ts'
import { commissionIdOf } from './settlement-id.ts'

/** The states that each step leads from. */
const FROM: Readonly<Record<RunStep['action'], readonly SettlementStatus[]>> = {
  COMPLETE: ['CALCULATING'],
  CONFIRM: ['DRAFT'],
  PAY: ['CONFIRMED'],
  CANCEL: ['CALCULATING', 'DRAFT'],
}

/** The next version of a run. It is never older than the one before, though the senders' clocks differ. */
const changed = (command: RunStep, before: Settlement, fields: Partial<Settlement>): Decision => ({
  kind: 'run',
  run: {
    ...before,
    ...fields,
    version: before.version + 1,
    updated_at: Math.max(command.nowMs, before.updated_at),
    command_id: command.commandId,
  },
})

/** Every day lies before the end of the period, and is late where it lies before its beginning; no seal goes back. */
const fits = (draft: SettlementDraft, run: Settlement): boolean =>
  followsSeals(sealsOf(draft.seals), sealsOf(run.previous_seals)) &&
  draft.days.every(({ date, late }) => date < run.period_to && late === date < run.period_from)

const isAmount = (units: bigint): boolean => units >= -AMOUNT_UNITS_MAX && units <= AMOUNT_UNITS_MAX

/** Whether a record can hold every amount. */
const isHoldable = ({ days, lines }: Statement): boolean =>
  lines.every(({ amount }) => isAmount(amount)) &&
  days.every(({ ggr, ngr, commission, adjustmentShare }) =>
    [ggr, ngr, commission, adjustmentShare].every(isAmount),
  )

function complete(command: CompleteRun, run: Settlement, sha256: Sha256): Decision {
  const { draft } = command
  const statement = statementOf({ days: draft.days.map(dayOf), fees: run.fees, carriedIn: run.carried_in })
  if (!fits(draft, run) || !isHoldable(statement)) return refused('SETTLEMENT_DRAFT_INVALID')
  const counted = {
    seals: draft.seals,
    days: statement.days.map(settledRow),
    lines: statement.lines,
    late_entries: draft.late_entries,
    late_digest: draft.late_digest,
    net_payable: statement.netPayable,
    carried_forward: statement.carriedForward,
  }
  const hash = sha256(canonicalText(canonicalOf({ ...run, ...counted })))
  return changed(command, run, { ...counted, status: 'DRAFT', hash })
}

/** A draft that was made on another last run than the present one would settle again what that one has settled. */
function confirm(command: RunStep, run: Settlement, view: SettlementView): Decision {
  const last = view.lastConfirmed(run.partner_id, run.currency)
  if ((last?.settlement_id ?? null) !== run.previous_id) return refused('SETTLEMENT_PERIOD_OVERLAPS')
  return changed(command, run, {
    status: 'CONFIRMED',
    confirmed_by: command.actor?.key_id ?? null,
    confirmed_at: command.nowMs,
    commission_id: run.net_payable === 0n ? null : commissionIdOf(run.settlement_id),
  })
}

const pay = (command: PayRun, run: Settlement): Decision =>
  changed(command, run, {
    status: 'PAID',
    paid_by: command.actor?.key_id ?? null,
    paid_at: command.nowMs,
    payment_reference: command.reference,
  })

/** A step on a run. Another partner's run is not there. */
export function decideStep(command: RunStep, view: SettlementView, sha256: Sha256): Decision {
  const { runId, partnerId, expectedVersion, action } = command
  const run = view.run(runId)
  if (run === undefined || run.partner_id !== partnerId) return refused('SETTLEMENT_NOT_FOUND')
  if (expectedVersion !== null && expectedVersion !== run.version) return refused('VERSION_CONFLICT')
  if (!FROM[action].includes(run.status)) return refused('SETTLEMENT_TRANSITION_ILLEGAL')
  switch (command.action) {
    case 'COMPLETE':
      return complete(command, run, sha256)
    case 'CONFIRM':
      return confirm(command, run, view)
    case 'PAY':
      return pay(command, run)
    case 'CANCEL':
      return changed(command, run, {
        status: 'CANCELED',
        canceled_by: command.actor?.key_id ?? null,
        canceled_at: command.nowMs,
      })
  }
}

/** A new run: what is to be settled, and where the chain of the partner's runs in the currency stands. */
import type { Settlement, SettlementPeriod, SettlementTerms } from '../../avro/types.ts'
import { PERIOD_DAYS_MAX, dayStartMs, daysIn } from '../../domain/settlement/calendar.ts'
import type { RequestRun } from './command.ts'
import { refused } from './decision.ts'
import type { Decision, Refusal, SettlementView } from './decision.ts'

interface Times {
  fromMs: number
  toMs: number
}

/**
 * The moments of a period. A run begins at the moment at which the one before ended, even where the partner's time zone has
 * changed since: otherwise an hour would be settled twice, or never.
 */
const timesOf = (
  { from, to }: SettlementPeriod,
  { time_zone: zone }: SettlementTerms,
  before: Settlement | undefined,
): Times => ({ fromMs: before?.to_at ?? dayStartMs(from, zone), toMs: dayStartMs(to, zone) })

function faultOf(period: SettlementPeriod, before: Settlement | undefined): Refusal | undefined {
  const days = daysIn(period)
  if (days <= 0 || days > PERIOD_DAYS_MAX) return 'SETTLEMENT_PERIOD_INVALID'
  if (before === undefined || period.from === before.period_to) return undefined
  return period.from < before.period_to ? 'SETTLEMENT_PERIOD_OVERLAPS' : 'SETTLEMENT_PERIOD_GAP'
}

function newRun(
  { commandId, nowMs, partnerId, period, actor }: RequestRun,
  terms: SettlementTerms,
  before: Settlement | undefined,
  { fromMs, toMs }: Times,
): Settlement {
  return {
    settlement_id: commandId,
    partner_id: partnerId,
    currency: period.currency,
    status: 'CALCULATING',
    period_from: period.from,
    period_to: period.to,
    time_zone: terms.time_zone,
    from_at: fromMs,
    to_at: toMs,
    chain_from_at: before?.chain_from_at ?? fromMs,
    previous_id: before?.settlement_id ?? null,
    previous_seals: before?.seals ?? [],
    seals: [],
    fees: terms.fees,
    carried_in: before?.carried_forward ?? 0n,
    days: [],
    lines: [],
    late_entries: 0,
    late_digest: null,
    net_payable: 0n,
    carried_forward: 0n,
    hash: null,
    commission_id: null,
    requested_by: actor?.key_id ?? null,
    confirmed_by: null,
    confirmed_at: null,
    paid_by: null,
    paid_at: null,
    payment_reference: null,
    canceled_by: null,
    canceled_at: null,
    version: 1,
    created_at: nowMs,
    updated_at: nowMs,
    command_id: commandId,
  }
}

export function decideRequest(command: RequestRun, view: SettlementView): Decision {
  const { partnerId, period, nowMs } = command
  const terms = view.terms(partnerId)
  if (terms === undefined) return refused('SETTLEMENT_TERMS_NOT_FOUND')
  const before = view.lastConfirmed(partnerId, period.currency)
  const fault = faultOf(period, before)
  if (fault !== undefined) return refused(fault)
  const times = timesOf(period, terms, before)
  const isOver = times.fromMs < times.toMs && times.toMs <= nowMs
  if (!isOver) return refused('SETTLEMENT_PERIOD_INVALID')
  return { kind: 'run', run: newRun(command, terms, before, times) }
}

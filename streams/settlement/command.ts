/** A command whose fields are known to be there: what the rules work on. */
import type {
  NewSettlementTerms,
  SettlementActor,
  SettlementCommand,
  SettlementCommandData,
  SettlementDraft,
  SettlementPeriod,
} from '../../avro/types.ts'
import { faultOfDraft, faultOfHead, faultOfPeriod, faultOfReference, faultOfTerms } from './validate.ts'
import type { Fault } from './validate.ts'

/** What every command carries. */
interface Head {
  commandId: string
  /** When it was asked, epoch milliseconds: the time by which it is decided. */
  nowMs: number
  partnerId: string
  /** Null where the platform does by itself. */
  actor: SettlementActor | null
  /** The version that it was decided on; null where any will do. */
  expectedVersion: number | null
}

export interface PutTerms extends Head {
  action: 'PUT_TERMS'
  terms: NewSettlementTerms
}

export interface RequestRun extends Head {
  action: 'REQUEST'
  period: SettlementPeriod
}

interface OfRun extends Head {
  runId: string
}

export interface CompleteRun extends OfRun {
  action: 'COMPLETE'
  draft: SettlementDraft
}

export interface PayRun extends OfRun {
  action: 'PAY'
  reference: string | null
}

export interface PlainStep extends OfRun {
  action: 'CONFIRM' | 'CANCEL'
}

export type RunStep = CompleteRun | PayRun | PlainStep
export type CheckedCommand = PutTerms | RequestRun | RunStep

/** The command, or what is wrong with it. */
export type Check = CheckedCommand | { fault: string }

/** The command, unless something is wrong with it. */
const unless = (command: CheckedCommand, fault: Fault): Check => (fault === undefined ? command : { fault })

const missing = (action: string, field: string): Check => ({ fault: `${action} without ${field}` })

function checkStep(
  head: OfRun,
  { action, draft, payment_reference: reference }: SettlementCommandData,
): Check {
  switch (action) {
    case 'PUT_TERMS':
    case 'REQUEST':
      return { fault: `${action} with settlement_id` }
    case 'COMPLETE':
      return draft === null
        ? missing(action, 'draft')
        : unless({ ...head, action, draft }, faultOfDraft(draft))
    case 'PAY':
      return unless({ ...head, action, reference }, faultOfReference(reference))
    case 'CONFIRM':
    case 'CANCEL':
      return { ...head, action }
  }
}

/** Looks whether a command can be decided. */
export function checkCommand(command: SettlementCommand): Check {
  const fault = faultOfHead(command)
  if (fault !== undefined) return { fault }
  const { data, event_id: commandId } = command
  const { action, terms, period, settlement_id: runId } = data
  const head: Head = {
    commandId,
    nowMs: data.requested_at,
    partnerId: data.partner_id,
    actor: data.actor,
    expectedVersion: data.expected_version,
  }
  if (runId !== null) return checkStep({ ...head, runId }, data)
  if (action === 'PUT_TERMS')
    return terms === null ? missing(action, 'terms') : unless({ ...head, action, terms }, faultOfTerms(terms))
  if (action === 'REQUEST')
    return period === null
      ? missing(action, 'period')
      : unless({ ...head, action, period }, faultOfPeriod(period))
  return missing(action, 'settlement_id')
}

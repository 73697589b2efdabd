/** What happens to a command: the rules of settlement, from the command, the state and the command's time. */
import type { CheckedCommand, PutTerms } from './command.ts'
import { refused } from './decision.ts'
import type { Decision, SettlementView, Sha256 } from './decision.ts'
import { decideRequest } from './request.ts'
import { decideStep } from './step.ts'

function decideTerms(command: PutTerms, view: SettlementView): Decision {
  const { commandId, nowMs, partnerId, actor, terms, expectedVersion } = command
  const before = view.terms(partnerId)
  if (expectedVersion !== null && expectedVersion !== (before?.version ?? 0))
    return refused('VERSION_CONFLICT')
  return {
    kind: 'terms',
    terms: {
      partner_id: partnerId,
      ...terms,
      version: (before?.version ?? 0) + 1,
      created_at: before?.created_at ?? nowMs,
      updated_at: Math.max(nowMs, before?.updated_at ?? 0),
      updated_by: actor?.key_id ?? null,
      command_id: commandId,
    },
  }
}

/** Decides a command that was not decided before. Pure: the same command and view give the same decision. */
export function decide(command: CheckedCommand, view: SettlementView, sha256: Sha256): Decision {
  switch (command.action) {
    case 'PUT_TERMS':
      return decideTerms(command, view)
    case 'REQUEST':
      return decideRequest(command, view)
    case 'COMPLETE':
    case 'CONFIRM':
    case 'PAY':
    case 'CANCEL':
      return decideStep(command, view, sha256)
  }
}

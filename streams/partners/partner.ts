/** Creation and change of a partner. */
import type { CommissionRate, PartnerProfile } from '../../avro/types.ts'
import type { CreatePartner, UpdatePartner } from './command.ts'
import { changedAt, partnerChanged, refused } from './decision.ts'
import type { Decision, PartnersView, Subject } from './decision.ts'

const subjectOf = (partnerId: string, view: PartnersView): Subject & { type: 'partner' } => ({
  type: 'partner',
  id: partnerId,
  before: view.partner(partnerId),
})

/** Whether another partner has the contact address. */
function isTaken(
  view: PartnersView,
  partnerId: string,
  { contact_email_hash: hash }: PartnerProfile,
): boolean {
  const owner = hash === null ? undefined : view.partnerOfEmail(hash)
  return owner !== undefined && owner !== partnerId
}

export function decideCreation(command: CreatePartner, view: PartnersView): Decision {
  const { commandId, nowMs, partnerId, profile } = command
  const subject = subjectOf(partnerId, view)
  if (subject.before !== undefined) return refused(command, subject, 'PARTNER_EXISTS')
  if (isTaken(view, partnerId, profile)) return refused(command, subject, 'CONTACT_EMAIL_TAKEN')
  return partnerChanged(command, subject, {
    partner_id: partnerId,
    ...profile,
    version: 1,
    created_at: nowMs,
    updated_at: nowMs,
    command_id: commandId,
  })
}

export function decideUpdate(command: UpdatePartner, view: PartnersView): Decision {
  const { commandId, nowMs, partnerId, profile, expectedVersion } = command
  const subject = subjectOf(partnerId, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'PARTNER_NOT_FOUND')
  if (before.version !== expectedVersion) return refused(command, subject, 'VERSION_CONFLICT')
  if (isTaken(view, partnerId, profile)) return refused(command, subject, 'CONTACT_EMAIL_TAKEN')
  if (changesRateInForce(before.commission_rates, profile.commission_rates, nowMs))
    return refused(command, subject, 'RATE_IN_FORCE')
  return partnerChanged(command, subject, {
    partner_id: partnerId,
    ...profile,
    version: before.version + 1,
    created_at: before.created_at,
    updated_at: changedAt(nowMs, before),
    command_id: commandId,
  })
}

/**
 * Whether a rate of the past would be another. Settlements have been made with the rates that came into force before now:
 * they have to be the first of the new ones, as they are, and whatever follows begins now or later.
 */
function changesRateInForce(
  before: readonly CommissionRate[],
  after: readonly CommissionRate[],
  nowMs: number,
): boolean {
  const past = before.filter(({ effective_from: from }) => from < nowMs)
  const keeps = past.every(
    ({ rate, effective_from: from }, at) => after[at]?.rate === rate && after[at].effective_from === from,
  )
  return !keeps || after.slice(past.length).some(({ effective_from: from }) => from < nowMs)
}

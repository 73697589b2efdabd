/** Issue, rotation and deactivation of an API key. */
import type { ApiKey, NewApiKey } from '../../avro/types.ts'
import type { DeactivateKey, IssueKey, RotateKey } from './command.ts'
import { changedAt, keyChanged, refused } from './decision.ts'
import type { Decision, PartnersView, Subject } from './decision.ts'
import { ACTIVE_KEYS_MAX, OPEN_KEYS_MAX } from './limits.ts'

/** Another partner's key is not there for this one, and no entry of this one shows it. */
function subjectOf(partnerId: string, keyId: string, view: PartnersView): Subject & { type: 'api_key' } {
  const key = view.key(keyId)
  return { type: 'api_key', id: keyId, before: key?.partner_id === partnerId ? key : undefined }
}

const isTaken = (key: NewApiKey, view: PartnersView): boolean =>
  view.keyOfPrefix(key.key_prefix) !== undefined || view.key(key.key_id) !== undefined

const newKey = ({ key, partnerId, nowMs, commandId }: IssueKey | RotateKey): ApiKey => ({
  ...key,
  partner_id: partnerId,
  status: 'active',
  replaced_by: null,
  version: 1,
  created_at: nowMs,
  updated_at: nowMs,
  command_id: commandId,
})

export function decideIssue(command: IssueKey, view: PartnersView): Decision {
  const { key, partnerId, nowMs } = command
  const subject = subjectOf(partnerId, key.key_id, view)
  const partner = view.partner(partnerId)
  if (partner === undefined) return refused(command, subject, 'PARTNER_NOT_FOUND')
  if (partner.status === 'inactive') return refused(command, subject, 'PARTNER_NOT_ACTIVE')
  if (view.openKeys(partnerId, nowMs) >= ACTIVE_KEYS_MAX)
    return refused(command, subject, 'API_KEY_LIMIT_REACHED')
  if (isTaken(key, view)) return refused(command, subject, 'API_KEY_PREFIX_TAKEN')
  return keyChanged(command, subject, newKey(command))
}

/** Whether a key can be rotated: it opens something, and no other has taken its place. */
const isRotatable = (key: ApiKey, nowMs: number): boolean =>
  key.status === 'active' && key.replaced_by === null && (key.expires_at === null || key.expires_at > nowMs)

/** Issues a key and gives the old one its end: never a later one than it has. */
export function decideRotation(command: RotateKey, view: PartnersView): Decision {
  const { key, keyId, partnerId, nowMs, commandId, oldKeyEndsMs } = command
  const subject = subjectOf(partnerId, keyId, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'API_KEY_NOT_FOUND')
  if (!isRotatable(before, nowMs)) return refused(command, subject, 'API_KEY_NOT_ACTIVE')
  const endsMs = Math.min(before.expires_at ?? oldKeyEndsMs, oldKeyEndsMs)
  if (endsMs > nowMs && view.openKeys(partnerId, nowMs) >= OPEN_KEYS_MAX)
    return refused(command, subject, 'API_KEY_LIMIT_REACHED')
  if (isTaken(key, view)) return refused(command, subject, 'API_KEY_PREFIX_TAKEN')
  const after: ApiKey = {
    ...before,
    expires_at: endsMs,
    replaced_by: key.key_id,
    version: before.version + 1,
    updated_at: changedAt(nowMs, before),
    command_id: commandId,
  }
  return keyChanged(command, subject, after, newKey(command))
}

/** A key whose time is over can still be deactivated: that says that it is not meant to come back. */
export function decideDeactivation(command: DeactivateKey, view: PartnersView): Decision {
  const { keyId, partnerId, nowMs, commandId } = command
  const subject = subjectOf(partnerId, keyId, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'API_KEY_NOT_FOUND')
  if (before.status === 'inactive') return refused(command, subject, 'API_KEY_NOT_ACTIVE')
  return keyChanged(command, subject, {
    ...before,
    status: 'inactive',
    version: before.version + 1,
    updated_at: changedAt(nowMs, before),
    command_id: commandId,
  })
}

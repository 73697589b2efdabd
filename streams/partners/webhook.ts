/** Creation, change, rotation and deletion of a webhook endpoint. */
import type { Webhook, WebhookSecret } from '../../avro/types.ts'
import type {
  CreateWebhook,
  DeleteWebhook,
  ReplayDeliveries,
  ResealSecrets,
  ResendDelivery,
  RotateWebhookSecret,
  UpdateWebhook,
  WebhookCommand,
} from './command.ts'
import { asked, changedAt, refused, webhookChanged } from './decision.ts'
import type { Decision, PartnersView, Subject } from './decision.ts'
import { WEBHOOKS_MAX, WEBHOOK_SECRETS_MAX } from './limits.ts'

/** Another partner's endpoint, or a deleted one, is not there, and no entry shows it. */
function subjectOf(
  { webhookId, partnerId }: WebhookCommand,
  view: PartnersView,
): Subject & { type: 'webhook' } {
  const webhook = view.webhook(webhookId)
  const isThere = webhook?.partner_id === partnerId && webhook.status !== 'deleted'
  return { type: 'webhook', id: webhookId, before: isThere ? webhook : undefined }
}

const newSecret = (sealed: string, nowMs: number): WebhookSecret => ({
  sealed,
  created_at: nowMs,
  expires_at: null,
})

/** What every change of an endpoint changes with it. */
const nextOf = (before: Webhook, { nowMs, commandId }: WebhookCommand): Webhook => ({
  ...before,
  version: before.version + 1,
  updated_at: changedAt(nowMs, before),
  command_id: commandId,
})

export function decideWebhookCreation(command: CreateWebhook, view: PartnersView): Decision {
  const { webhookId, partnerId, settings, secret, nowMs, commandId } = command
  const subject = subjectOf(command, view)
  const partner = view.partner(partnerId)
  if (partner === undefined) return refused(command, subject, 'PARTNER_NOT_FOUND')
  if (partner.status === 'inactive') return refused(command, subject, 'PARTNER_NOT_ACTIVE')
  if (view.webhook(webhookId) !== undefined) return refused(command, subject, 'WEBHOOK_EXISTS')
  if (view.webhooks(partnerId) >= WEBHOOKS_MAX) return refused(command, subject, 'WEBHOOK_LIMIT_REACHED')
  return webhookChanged(command, subject, {
    webhook_id: webhookId,
    partner_id: partnerId,
    ...settings,
    secrets: [newSecret(secret, nowMs)],
    version: 1,
    created_at: nowMs,
    updated_at: nowMs,
    command_id: commandId,
  })
}

export function decideWebhookUpdate(command: UpdateWebhook, view: PartnersView): Decision {
  const subject = subjectOf(command, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'WEBHOOK_NOT_FOUND')
  if (before.version !== command.expectedVersion) return refused(command, subject, 'VERSION_CONFLICT')
  return webhookChanged(command, subject, { ...nextOf(before, command), ...command.settings })
}

/**
 * The new secret signs at once; the one that was in use signs too until its end, where that lies ahead. One that was left
 * from a rotation before goes.
 */
export function decideSecretRotation(command: RotateWebhookSecret, view: PartnersView): Decision {
  const { secret, nowMs, oldSecretEndsMs } = command
  const subject = subjectOf(command, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'WEBHOOK_NOT_FOUND')
  const old = oldSecretEndsMs > nowMs ? before.secrets.slice(0, WEBHOOK_SECRETS_MAX - 1) : []
  return webhookChanged(command, subject, {
    ...nextOf(before, command),
    secrets: [newSecret(secret, nowMs), ...old.map((each) => ({ ...each, expires_at: oldSecretEndsMs }))],
  })
}

/** The same secrets under another seal: what they sign, and until when, stays. */
export function decideReseal(command: ResealSecrets, view: PartnersView): Decision {
  const subject = subjectOf(command, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'WEBHOOK_NOT_FOUND')
  const isOfThese =
    before.version === command.expectedVersion && before.secrets.length === command.secrets.length
  if (!isOfThese) return refused(command, subject, 'VERSION_CONFLICT')
  const secrets = before.secrets.map((secret, at) => ({
    ...secret,
    sealed: command.secrets[at] ?? secret.sealed,
  }))
  return webhookChanged(command, subject, { ...nextOf(before, command), secrets })
}

/** What is left says that it was there; its secrets go. */
export function decideDeletion(command: DeleteWebhook, view: PartnersView): Decision {
  const subject = subjectOf(command, view)
  const { before } = subject
  if (before === undefined) return refused(command, subject, 'WEBHOOK_NOT_FOUND')
  return webhookChanged(command, subject, { ...nextOf(before, command), status: 'deleted', secrets: [] })
}

/** Deliveries are in PostgreSQL alone: what is decided here is that the endpoint is there, and that it was asked for. */
export function decideResend(command: ResendDelivery, view: PartnersView): Decision {
  const subject = subjectOf(command, view)
  if (subject.before === undefined) return refused(command, subject, 'WEBHOOK_NOT_FOUND')
  return asked(command, subject, { delivery_id: command.deliveryId })
}

export function decideReplay(command: ReplayDeliveries, view: PartnersView): Decision {
  const subject = subjectOf(command, view)
  if (subject.before === undefined) return refused(command, subject, 'WEBHOOK_NOT_FOUND')
  return asked(command, subject, { replay_from: new Date(command.fromMs).toISOString() })
}

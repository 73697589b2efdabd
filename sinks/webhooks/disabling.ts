/** Has endpoints disabled: by a command to the only writer that they have. */
import { v7 as uuidv7 } from 'uuid'
import type { PartnerCommand, Webhook } from '../../avro/types.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { createKafka } from '../../topics/kafka.ts'

/** Who asks, in the audit trail. */
const ACTOR = { key_id: 'sink-webhooks', partner_id: null, ip_address: null, request_id: null }
const REASON = 'ENDPOINT_GONE'

/** The command that disables an endpoint as it was when it was called; a later change of it is not undone. */
export const disableCommand = (webhook: Webhook, eventId: string, nowMs: number): PartnerCommand => ({
  event_id: eventId,
  event_type: 'partner.command',
  timestamp: nowMs,
  data: {
    action: 'UPDATE_WEBHOOK',
    partner_id: webhook.partner_id,
    actor: ACTOR,
    expected_version: webhook.version,
    profile: null,
    key: null,
    key_id: null,
    old_key_expires_at: null,
    webhook_id: webhook.webhook_id,
    webhook: {
      url: webhook.url,
      event_types: webhook.event_types,
      description: webhook.description,
      status: 'disabled',
      disabled_reason: REASON,
    },
    webhook_secret: null,
    old_secret_expires_at: null,
    delivery_id: null,
    replay_from: null,
    webhook_secrets: [],
    aml_rules: null,
    provider_id: null,
    game_provider: null,
    provider_credentials: [],
    game_id: null,
    game: null,
  },
})

/** A producer of such commands; it connects when the first one is sent. */
export function createDisabling(kafka: ReturnType<typeof createKafka>, codec: TopicCodec<PartnerCommand>) {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
  let connected: Promise<void> | undefined
  return {
    disable: async (webhook: Webhook): Promise<void> => {
      connected ??= producer.connect()
      await connected.catch((error: unknown) => {
        connected = undefined
        throw error
      })
      const command = disableCommand(webhook, uuidv7(), Date.now())
      await producer.send({
        topic: 'partner.command',
        messages: [{ key: webhook.partner_id, value: codec.encode(command), partition: 0 }],
      })
    },
    close: () => producer.disconnect(),
  }
}

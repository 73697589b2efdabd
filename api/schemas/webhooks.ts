/** Bodies and answers of webhook endpoints. */
import { z } from 'zod'
import {
  ROTATION_OVERLAP_SECONDS_DEFAULT,
  ROTATION_OVERLAP_SECONDS_MAX,
  VERSION_MAX,
  WEBHOOK_DESCRIPTION_CHARS_MAX,
  WEBHOOK_URL_CHARS_MAX,
} from '../limits.ts'
import { fault, plainText, uuid } from './fields.ts'
import { wholeField } from './partners.ts'

/** Types of events that partners are told of. */
export const EVENT_TYPES = ['transaction.created', 'transaction.updated'] as const

/** A name, an IPv4 address or an IPv6 address in brackets, as a parsed URL has them. */
const HOSTNAME = /^(\[[0-9a-f:.]+\]|(?!\.)(?!.*\.\.)(?!.*\.$)[a-z0-9_.-]+)$/

const url = z
  .url({ protocol: /^https?$/, hostname: HOSTNAME })
  .max(WEBHOOK_URL_CHARS_MAX)
  .superRefine((text, context) => {
    // What is no web address at all has been objected to before.
    if (!URL.canParse(text)) return
    const { username, password, hash } = new URL(text)
    if (username !== '' || password !== '' || hash !== '')
      context.addIssue(fault('INVALID_FORMAT', 'must not hold a user name, a password or a fragment'))
  })
  .meta({
    description: 'Where events are sent: an https address that is reachable from the internet.',
    example: 'https://partner.example/hooks',
    override: { pattern: '^https?://[a-z0-9-]+(\\.[a-z0-9-]+)*(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~-]*)*$' },
  })
const eventTypes = z
  .array(z.enum(EVENT_TYPES))
  .max(EVENT_TYPES.length)
  .transform((list) => [...new Set(list)])
  .meta({ description: 'Types of events that are sent; none: all, those to come too.' })
const description = plainText(WEBHOOK_DESCRIPTION_CHARS_MAX).meta({ example: 'Ledger of the back office' })

export const createWebhookBody = z.strictObject({
  url,
  event_types: eventTypes.optional(),
  description: description.nullable().optional(),
})

export const updateWebhookBody = z.strictObject({
  url: url.optional(),
  event_types: eventTypes.optional(),
  description: description.nullable().optional(),
  status: z
    .enum(['active', 'disabled'])
    .meta({ description: 'A disabled endpoint is sent nothing, and misses what happens meanwhile.' })
    .optional(),
  expected_version: wholeField(
    1,
    VERSION_MAX,
    'The change is refused with VERSION_CONFLICT where the endpoint has another version.',
  ).optional(),
})

export const rotateSecretBody = z.strictObject({
  overlap_seconds: wholeField(
    0,
    ROTATION_OVERLAP_SECONDS_MAX,
    `How long deliveries are signed with the old secret too; ${ROTATION_OVERLAP_SECONDS_DEFAULT} where absent.`,
  ).optional(),
})

const time = z.iso.datetime()

export const webhookAnswer = z
  .strictObject({
    id: uuid,
    partner_id: uuid,
    url: z.string(),
    event_types: z.array(z.string()),
    description: z.string().nullable(),
    status: z.enum(['active', 'disabled']),
    disabled_reason: z
      .string()
      .nullable()
      .meta({ description: 'REQUESTED, or ENDPOINT_GONE where it answered 410.' }),
    secrets: z
      .array(z.strictObject({ created_at: time, expires_at: time.nullable() }))
      .meta({ description: 'When those that sign were made and end, the newest first.' }),
    version: z.number().int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Webhook' })

export const newWebhookAnswer = webhookAnswer
  .extend({
    secret: z.string().meta({
      description: 'What deliveries are verified with. It is shown this once; the platform keeps it sealed.',
    }),
  })
  .meta({ id: 'NewWebhook' })

export const deliveryAnswer = z
  .strictObject({
    id: uuid.meta({ description: 'The webhook-id.' }),
    player_id: z.string(),
    event_id: uuid,
    event_type: z.string(),
    status: z.enum(['pending', 'delivered', 'dead']),
    attempts: z.number().int().meta({ description: 'Tries since it was last made due.' }),
    next_attempt_at: time
      .nullable()
      .meta({ description: 'Not before those of the same player that come first.' }),
    last_attempt_at: time.nullable(),
    last_status: z
      .number()
      .int()
      .nullable()
      .meta({ description: 'HTTP status; null where there was no answer.' }),
    last_error: z.string().nullable().meta({ description: 'Such as TIMEOUT, HTTP_503, ADDRESS_REFUSED.' }),
    delivered_at: time.nullable(),
    occurred_at: time.meta({ description: 'Time of the event.' }),
  })
  .meta({ id: 'WebhookDelivery' })

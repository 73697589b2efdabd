/** Bodies and answers of partner management. */
import { z } from 'zod'
import { CURRENCIES } from '../../domain/currencies.ts'
import { isPartnerId } from '../../domain/ids.ts'
import { parseAmount, UNITS_PER_WHOLE } from '../../domain/money.ts'
import { ISSUABLE_SCOPES } from '../access/principal.ts'
import { LIMIT_CLASSES } from '../access/rate-limits.ts'
import { normalNetwork } from '../access/addresses.ts'
import { isLosslessNumber } from '../json.ts'
import {
  ALLOWED_NETWORKS_MAX,
  API_KEY_NAME_CHARS_MAX,
  EMAIL_CHARS_MAX,
  PARTNER_NAME_CHARS_MAX,
  POSTAL_ADDRESS_CHARS_MAX,
  REGISTRATION_NUMBER_CHARS_MAX,
  REQUESTS_PER_MINUTE_MAX,
  ROTATION_OVERLAP_SECONDS_DEFAULT,
  ROTATION_OVERLAP_SECONDS_MAX,
  VERSION_MAX,
} from '../limits.ts'
import { AMOUNT_OR_ZERO_SCHEMA, amountOrZero, currency, fault, moment, plainText, uuid } from './fields.ts'

export const partnerType = z.enum(['operator', 'aggregator', 'affiliate']).meta({ id: 'PartnerType' })
export const partnerStatus = z.enum(['active', 'inactive', 'suspended']).meta({
  id: 'PartnerStatus',
  description: 'Keys of a partner that is not active open nothing.',
})

/** A share between 0 and 1 with at most four decimals in, units of 1/10000 out. */
export const share = z
  .unknown()
  .transform((value, context) => {
    const text = isLosslessNumber(value) ? value.value : value
    const parsed = typeof text === 'string' ? parseAmount(text) : undefined
    if (parsed?.ok === true && parsed.units >= 0n && parsed.units <= UNITS_PER_WHOLE) return parsed.units
    context.addIssue(fault('OUT_OF_RANGE', 'must be a decimal from 0 to 1 with at most 4 decimals'))
    return z.NEVER
  })
  .meta({
    description: 'A share, 0 to 1, with at most 4 decimals.',
    example: 0.15,
    override: {
      type: ['number', 'string'],
      minimum: 0,
      maximum: 1,
      multipleOf: 0.0001,
      pattern: '^(0+(\\.\\d{1,4})?|0*1(\\.0{1,4})?)$',
    },
  })

const NETWORK_FORMS = [z.regexes.ipv4, z.regexes.ipv6, z.regexes.cidrv4, z.regexes.cidrv6]

const network = z
  .string()
  .transform((text, context) => {
    const normal = normalNetwork(text)
    if (normal !== undefined) return normal
    context.addIssue(fault('INVALID_FORMAT', 'must be an IPv4 or IPv6 address or network (CIDR)'))
    return z.NEVER
  })
  .meta({
    description: 'Address or network, IPv4 or IPv6.',
    example: '203.0.113.0/24',
    override: { type: 'string', anyOf: NETWORK_FORMS.map(({ source: pattern }) => ({ pattern })) },
  })

const name = plainText(PARTNER_NAME_CHARS_MAX).meta({
  description: "The partner's name.",
  example: 'Lucky Spin Ltd',
})
const contactEmail = z.email().max(EMAIL_CHARS_MAX).meta({
  description: 'Unique among all partners.',
  example: 'ops@partner.example',
})
const registrationNumber = plainText(REGISTRATION_NUMBER_CHARS_MAX).meta({ example: 'C 12345' })
const postalAddress = plainText(POSTAL_ADDRESS_CHARS_MAX).meta({ example: '1 Harbour Street, Valletta' })

const allowedIps = z.array(network).max(ALLOWED_NETWORKS_MAX).meta({
  description: 'Networks that the partner may call from; none: from anywhere.',
})
const autoApprovals = z.partialRecord(currency, amountOrZero).meta({
  description: 'Withdrawals up to these amounts are approved at once, by currency.',
  example: { USD: 100 },
  override: {
    type: 'object',
    propertyNames: { enum: [...CURRENCIES] },
    additionalProperties: AMOUNT_OR_ZERO_SCHEMA,
  },
})
/** JSON knows one kind of number, and some writers put ".0" behind the whole ones. */
// oxlint-disable-next-line security/detect-unsafe-regex -- of bounded length
const WHOLE_NUMBER = /^\d{1,10}(?:\.0{1,10})?$/

/** A whole number of a JSON body. */
export const wholeField = (least: number, most: number, description: string) =>
  z
    .unknown()
    .transform((value, context) => {
      const number =
        isLosslessNumber(value) && WHOLE_NUMBER.test(value.value) ? Number(value.value) : Number.NaN
      if (number >= least && number <= most) return number
      context.addIssue(fault('OUT_OF_RANGE', `must be a whole number from ${least} to ${most}`))
      return z.NEVER
    })
    .meta({ description, override: { type: 'integer', minimum: least, maximum: most } })

const perMinute = wholeField(1, REQUESTS_PER_MINUTE_MAX, 'Requests in any 60 seconds.')
const rateLimits = z.partialRecord(z.enum(LIMIT_CLASSES), perMinute).meta({
  description:
    'Requests in any 60 seconds, in place of the platform’s own: by class of routes, and of all calls from one address.',
  example: { wallet: 6000, address: 1200 },
  override: {
    type: 'object',
    properties: Object.fromEntries(
      LIMIT_CLASSES.map((limitClass) => [
        limitClass,
        { type: 'integer', minimum: 1, maximum: REQUESTS_PER_MINUTE_MAX },
      ]),
    ),
    additionalProperties: false,
  },
})

/** What a partner may set by itself; the rest is the platform's. */
export const OWN_FIELDS: ReadonlySet<string> = new Set([
  'contact_email',
  'address',
  'allowed_ips',
  'expected_version',
])

const optionalFields = {
  status: partnerStatus.optional(),
  commission_rate: share
    .meta({ description: 'Share of the gross gaming revenue, 0 to 1, with at most 4 decimals.' })
    .optional(),
  commission_effective_from: moment(
    'From when on the rate is in force: now where absent, never before.',
    '2036-11-22T10:15:30.000Z',
  ).optional(),
  contact_email: contactEmail.nullable().optional(),
  registration_number: registrationNumber.nullable().optional(),
  address: postalAddress.nullable().optional(),
  allowed_ips: allowedIps.optional(),
  auto_approvals: autoApprovals.optional(),
  rate_limits: rateLimits.optional(),
}

export const createPartnerBody = z.strictObject({
  id: uuid
    .refine(isPartnerId, { error: 'must not be the nil UUID', params: { fault: 'INVALID_VALUE' } })
    .meta({ description: 'An id of your own choice, so that the call can be repeated safely.' })
    .optional(),
  name,
  type: partnerType,
  ...optionalFields,
})

export const updatePartnerBody = z.strictObject({
  name: name.optional(),
  type: partnerType.optional(),
  ...optionalFields,
  expected_version: wholeField(
    1,
    VERSION_MAX,
    'The change is refused with VERSION_CONFLICT where the partner has another version.',
  ).optional(),
})

export type PartnerFields = Omit<z.output<typeof updatePartnerBody>, 'expected_version'>

const scope = z.enum(ISSUABLE_SCOPES).meta({ id: 'Scope' })
const scopes = z
  .array(scope)
  .min(1)
  .max(ISSUABLE_SCOPES.length)
  .transform((list) => [...new Set(list)])
  .meta({
    description: 'What the key allows; nothing that the calling key does not have.',
    example: ['wallet:read', 'wallet:write'],
  })
const keyName = plainText(API_KEY_NAME_CHARS_MAX).meta({
  description: 'What you call the key.',
  example: 'casino-backend',
})
const expiresAt = moment('From when on the key no longer works; must lie ahead.', '2036-11-22T10:15:30.000Z')

export const issueKeyBody = z.strictObject({
  name: keyName.optional(),
  scopes,
  expires_at: expiresAt.optional(),
})

export const rotateKeyBody = z.strictObject({
  overlap_seconds: wholeField(
    0,
    ROTATION_OVERLAP_SECONDS_MAX,
    `How long the old key still works; ${ROTATION_OVERLAP_SECONDS_DEFAULT} where absent.`,
  ).optional(),
  expires_at: expiresAt.optional(),
})

const time = z.iso.datetime()

export const partnerAnswer = z
  .strictObject({
    id: uuid,
    name: z.string(),
    type: partnerType,
    status: partnerStatus,
    commission_rate: z.number().meta({ description: 'In force now.' }),
    commission_rates: z.array(z.strictObject({ rate: z.number(), effective_from: time })),
    contact_email: z.string().nullable(),
    registration_number: z.string().nullable(),
    address: z.string().nullable(),
    allowed_ips: z.array(z.string()),
    auto_approvals: z.record(z.string(), z.number()),
    rate_limits: z.record(z.string(), z.number()),
    version: z.number().int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'Partner' })

export const partnerSettingsAnswer = z
  .strictObject({
    partner_id: uuid,
    status: partnerStatus,
    allowed_ips: z.array(z.string()),
    auto_approvals: z.record(z.string(), z.number()),
    rate_limits: z.record(z.string(), z.number()),
    version: z.number().int(),
    updated_at: time,
  })
  .meta({ id: 'PartnerSettings' })

export const apiKeyAnswer = z
  .strictObject({
    id: uuid,
    key_prefix: z.string(),
    partner_id: uuid,
    name: z.string().nullable(),
    scopes: z.array(z.string()),
    status: z.enum(['active', 'inactive']),
    expires_at: time.nullable(),
    last_used_at: time.nullable().meta({ description: 'Told about twice a minute.' }),
    replaced_by: uuid.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'ApiKey' })

export const newApiKeyAnswer = apiKeyAnswer
  .extend({
    key: z.string().meta({ description: 'The key itself. It is shown this once and kept nowhere.' }),
  })
  .meta({ id: 'NewApiKey' })

const subject = z.record(z.string(), z.unknown()).nullable()

export const auditAnswer = z
  .strictObject({
    id: uuid.meta({ description: 'Follows from the command.' }),
    action: z.string(),
    outcome: z.enum(['APPLIED', 'REFUSED']),
    error_code: z.string().nullable(),
    actor_key_id: z.string(),
    actor_partner_id: uuid.nullable().meta({ description: 'null for the platform’s operator.' }),
    actor_ip: z.string().nullable(),
    request_id: z.string().nullable(),
    partner_id: uuid.meta({
      description: 'The nil UUID for the AML rules of the platform, for game providers and for dead letters.',
    }),
    subject_type: z.enum([
      'partner',
      'api_key',
      'webhook',
      'aml_rules',
      'game_provider',
      'wallet',
      'withdrawal',
      'player',
      'aml_player',
      'game',
      'dead_letter',
    ]),
    subject_id: uuid.meta({
      description:
        'Its id; of a player one that follows from partner and player_id; of AML rules their owner’s; of a game provider one that follows from its id; of a dead letter one that follows from its place.',
    }),
    before: subject.meta({ description: 'As it was; null where there was nothing.' }),
    after: subject.meta({ description: 'As it became; null where nothing was changed.' }),
    version: z.number().int().nullable(),
    requested_at: time,
    player_id: z.string().nullable().meta({ description: 'The player, where it concerns one.' }),
    reason: z.string().nullable().meta({ description: 'In the words of whoever asked.' }),
  })
  .meta({ id: 'AuditEntry' })

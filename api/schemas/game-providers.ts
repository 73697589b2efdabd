/** Bodies and answers of game providers. */
import { z } from 'zod'
import { CURRENCIES } from '../../domain/currencies.ts'
import {
  PROVIDER_ID,
  PROVIDER_ID_CHARS_MAX,
  PROVIDER_TIMEOUT_MS_MAX,
  PROVIDER_TIMEOUT_MS_MIN,
} from '../../domain/game-provider.ts'
import {
  API_ENDPOINT_CHARS_MAX,
  CREDENTIALS_MAX,
  CREDENTIAL_CHARS_MAX,
  CREDENTIAL_NAME_CHARS_MAX,
  PROVIDER_NAME_CHARS_MAX,
  PROVIDER_TIMEOUT_MS_DEFAULT,
  SEAMLESS_PROFILE_DEFAULT,
  VERSION_MAX,
} from '../limits.ts'
import { currency, fault, plainText } from './fields.ts'
import { wholeField } from './partners.ts'

export const providerId = z
  .string()
  .max(PROVIDER_ID_CHARS_MAX)
  .regex(PROVIDER_ID, 'must be of lower-case letters, digits and single dashes between them')
  .meta({ description: 'The game provider.', example: 'ocasino' })

const name = plainText(PROVIDER_NAME_CHARS_MAX).meta({
  description: 'Unique among all game providers.',
  example: 'OCasino',
})

const apiEndpoint = z
  .url({ protocol: /^https?$/ })
  .max(API_ENDPOINT_CHARS_MAX)
  .superRefine((text, context) => {
    // What is no web address at all has been objected to before.
    if (!URL.canParse(text)) return
    const { username, password, search, hash } = new URL(text)
    if (username !== '' || password !== '' || search !== '' || hash !== '')
      context.addIssue(
        fault('INVALID_FORMAT', 'must not hold a user name, a password, a query or a fragment'),
      )
  })
  .meta({
    description:
      'Base address of its API. Over http the credentials are readable on the way: for a network of your own.',
    example: 'https://api.ocasino.example/v1',
    override: { pattern: '^https?://[a-z0-9-]+(\\.[a-z0-9-]+)*(:[1-9][0-9]{0,3})?(/[A-Za-z0-9._~-]*)*$' },
  })

const status = z.enum(['active', 'inactive', 'maintenance']).meta({
  id: 'GameProviderStatus',
  description: 'Whether its games can be played.',
})
const integrationType = z.enum(['rest', 'seamless']).meta({
  id: 'IntegrationType',
  description:
    'rest: the platform calls the provider for each step of a round; seamless: the provider calls the wallet.',
})

const supportedCurrencies = z
  .array(currency)
  .min(1)
  .max(CURRENCIES.size)
  .transform((list) => [...new Set(list)])
  .meta({ description: 'Currencies that it takes bets in.', example: ['EUR', 'USD'] })

const timeoutMs = wholeField(
  PROVIDER_TIMEOUT_MS_MIN,
  PROVIDER_TIMEOUT_MS_MAX,
  'How long a call to it may take, in milliseconds.',
)

const profile = z.enum(['standard', 'aggregator', 'studio']).meta({
  id: 'SeamlessProfile',
  description:
    'How a seamless provider signs its calls, counts amounts and wants to be answered where a bet is unknown, repeated or late; one that the platform calls has no use for it.',
})

/** Visible ASCII: what an HTTP header carries unchanged, and no blank or line end that was copied with it. */
const SECRET = /^[\x21-\x7e]+$/
const CREDENTIAL_NAME = /^[a-z][a-z0-9_]*$/

const secret = z
  .string()
  .max(CREDENTIAL_CHARS_MAX)
  .regex(SECRET, 'must consist of visible ASCII characters without blanks')
  .nullable()
const credentialName = z
  .string()
  .max(CREDENTIAL_NAME_CHARS_MAX)
  .regex(CREDENTIAL_NAME, 'must be of lower-case letters, digits and underscores, a letter first')

const apiCredentials = z
  .record(credentialName, secret)
  .superRefine((given, context) => {
    if (Object.keys(given).length > CREDENTIALS_MAX)
      context.addIssue(fault('TOO_BIG', `are more than ${CREDENTIALS_MAX}`))
  })
  .meta({
    description:
      'Secrets by name, such as api_key, api_secret and webhook_secret. They are kept sealed, and no answer shows one. ' +
      'One that is not named here stays as it is; null takes it away.',
    example: { api_key: 'pk_4f1d…', webhook_secret: null },
    override: {
      type: 'object',
      maxProperties: CREDENTIALS_MAX,
      propertyNames: { pattern: CREDENTIAL_NAME.source, maxLength: CREDENTIAL_NAME_CHARS_MAX },
      additionalProperties: {
        type: ['string', 'null'],
        pattern: '^[!-~]+$',
        maxLength: CREDENTIAL_CHARS_MAX,
      },
    },
  })

/** The whole provider, but its credentials. */
export const putProviderBody = z
  .strictObject({
    name,
    status: status.meta({ description: 'active where absent.' }).optional(),
    api_endpoint: apiEndpoint,
    integration_type: integrationType,
    supported_currencies: supportedCurrencies,
    settings: z
      .strictObject({ timeout_ms: timeoutMs.optional(), profile: profile.optional() })
      .meta({
        description: `timeout_ms is ${PROVIDER_TIMEOUT_MS_DEFAULT} and profile ${SEAMLESS_PROFILE_DEFAULT} where absent.`,
      })
      .optional(),
    api_credentials: apiCredentials.optional(),
    expected_version: wholeField(
      0,
      VERSION_MAX,
      'The change is refused with VERSION_CONFLICT where the provider has another version; 0: where there is one.',
    ).optional(),
  })
  .meta({ id: 'PutGameProvider' })

export type ProviderFields = z.output<typeof putProviderBody>

const time = z.iso.datetime()

export const providerAnswer = z
  .strictObject({
    id: providerId,
    name: z.string(),
    status,
    api_endpoint: z.string(),
    integration_type: integrationType,
    supported_currencies: z.array(z.string()),
    settings: z.strictObject({ timeout_ms: z.number().int(), profile }),
    api_credentials: z
      .array(z.strictObject({ name: z.string(), created_at: time }))
      .meta({ description: 'Which there are, and when each was set.' }),
    version: z.number().int(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'GameProvider' })

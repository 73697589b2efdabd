/**
 * What never reaches a log: personal data and secrets by the names of their fields, at any depth, and secrets that can be told by
 * their form, wherever they stand in a line.
 */
import { stdSerializers } from 'pino'

/** Fields that a schema in avro/ marks as personal or secret; a test holds the list and the schemas together. */
const MARKED_IN_SCHEMAS = [
  'address',
  'after',
  'before',
  'contact_email',
  'contact_email_hash',
  'date_of_birth',
  'ip_address',
  'key_hash',
  'name',
  'player_id',
  'provider_credentials',
  'registration_number',
  'sealed',
  'user_agent',
  'webhook_secret',
  'webhook_secrets',
]

/** Secrets that stand in no schema: headers, bodies of requests, configuration. */
const SECRETS = [
  'api_credentials',
  'api_key',
  'api_key_pepper',
  'authorization',
  'cookie',
  'credentials',
  'encryption_key',
  'passphrase',
  'password',
  'private_key',
  'proxy_authorization',
  'sasl',
  'secret',
  'set_cookie',
  'token',
  'webhook_signature',
  'x_api_key',
]

/** What databases add to an error: the values that they refused. */
const VALUES_IN_ERRORS = ['detail', 'parameters', 'where']

/** `player_id`, `playerId` and `Player-Id` are one name. */
const normal = (name: string): string => name.replaceAll(/[-_]/g, '').toLowerCase()
const HIDDEN = new Set([...MARKED_IN_SCHEMAS, ...SECRETS].map(normal))
const HIDDEN_IN_ERRORS = new Set([...HIDDEN, ...VALUES_IN_ERRORS])

const CENSOR = '[redacted]'
/** Deeper objects are left out: nobody reads them in a log. */
const DEPTH_MAX = 8

/** A copy of what is to be logged, without the values of hidden fields and without bytes. */
export const redactedFields = (fields: object): Record<string, unknown> => copyOf(fields, HIDDEN, 0)

function copyOf(fields: object, hidden: ReadonlySet<string>, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      hidden.has(normal(name)) && value !== null && value !== undefined
        ? CENSOR
        : redacted(value, hidden, depth + 1),
    ]),
  )
}

function redacted(value: unknown, hidden: ReadonlySet<string>, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (depth > DEPTH_MAX) return '[deeper]'
  if (value instanceof Error) return copyOf(stdSerializers.err(value), HIDDEN_IN_ERRORS, depth)
  if (Array.isArray(value)) return value.map((item) => redacted(item, hidden, depth + 1))
  // Dates and URLs say for themselves what they are.
  if ('toJSON' in value) return value
  return copyOf(value, hidden, depth)
}

/** Secrets by their form, and what is written in their place. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(sk_[a-z]+_)[\w-]+/g, `$1${CENSOR}`],
  [/\bwhsec_[\w+/=-]+/g, `whsec_${CENSOR}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${CENSOR}`],
  // A password in a URL.
  [/(:\/\/[^\s:/@"]*:)[^\s@/"]+@/g, `$1${CENSOR}@`],
  // A mail address, unless it is the user and host of a URL.
  [/(?<![\w.+/-])[\w.+-]+@[\w.-]+\.[a-z]{2,}/gi, CENSOR],
]

/** A line without secrets that can be told by their form: in messages, stacks and fields of any name. */
export const redactedLine = (line: string): string =>
  FORMS.reduce((text, [form, instead]) => text.replaceAll(form, instead), line)

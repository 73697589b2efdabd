/** The API's configuration, from the environment. */
import { z } from 'zod'
import { isPartnerId } from '../domain/ids.ts'
import { isCurrency } from '../domain/currencies.ts'
import { parseAmount } from '../domain/money.ts'
import { watchlistsConfig } from '../screening/lists/config.ts'
import { clickhouseConfig } from '../service/clickhouse.ts'
import { ConfigError, commonConfig, portNumber, positiveInt } from '../service/config.ts'
import { encryptionConfig } from '../service/key-ring.ts'
import { normalNetwork } from './access/addresses.ts'
import { KEY_MODES, PEPPER_BYTES } from './access/api-key.ts'
import { SCOPES } from './access/principal.ts'
import type { Credential, Scope } from './access/principal.ts'
import { LIMIT_CLASSES } from './access/rate-limits.ts'
import type { LimitClass } from './access/rate-limits.ts'
import { BET_HOLD_MS_MIN, DRAIN_MS_MAX, SILENCE_TIMEOUT_MS } from './limits.ts'

const DAY_MS = 86_400_000
/** Shorter keys can be guessed. */
const KEY_CHARS_MIN = 16

const apiKey = z.string().min(KEY_CHARS_MIN).max(256)

/** "USD:100,EUR:80.50" → units by currency. */
const amountsByCurrency = z.string().transform((text, context) => {
  const amounts = new Map<string, bigint>()
  for (const part of text.split(',').filter((item) => item.trim() !== '')) {
    const [currency = '', amountText = ''] = part.trim().split(':')
    const amount = parseAmount(amountText)
    if (!isCurrency(currency) || !amount.ok || amount.units < 0n)
      context.addIssue({ code: 'custom', message: `"${part}" is not CURRENCY:AMOUNT` })
    else amounts.set(currency, amount.units)
  }
  return amounts
})

const pepper = z.base64().transform((text, context) => {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.length !== PEPPER_BYTES)
    context.addIssue({
      code: 'custom',
      message: `must be ${PEPPER_BYTES} bytes in base64, not ${bytes.length}`,
    })
  return bytes
})

/** Addresses and networks, comma-separated → networks. */
const networks = z.string().transform((text, context) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .flatMap((part) => {
      const network = normalNetwork(part)
      if (network !== undefined) return [network]
      context.addIssue({ code: 'custom', message: `"${part}" is no address and no network` })
      return []
    }),
)

/** Origins as browsers send them: scheme, host and port, nothing behind. */
const origins = z.string().transform((text, context) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      if (!URL.canParse(part) || new URL(part).origin !== part)
        context.addIssue({
          code: 'custom',
          message: `"${part}" is not an origin such as https://console.example`,
        })
      return part
    }),
)

const isLimitClass = (text: string): text is LimitClass => LIMIT_CLASSES.some((name) => name === text)

/** "wallet:6000,admin:600" → requests by class. Empty: none. */
const rateLimits = z.string().transform((text, context) => {
  const limits: Partial<Record<LimitClass, number>> = {}
  for (const part of text.split(',').filter((item) => item.trim() !== '')) {
    const [name = '', count = ''] = part.trim().split(':')
    if (isLimitClass(name) && /^[1-9]\d{0,6}$/.test(count)) limits[name] = Number(count)
    else context.addIssue({ code: 'custom', message: `"${part}" is not CLASS:REQUESTS` })
  }
  return limits
})

export const apiConfig = commonConfig.extend({
  PORT: portNumber.default(8080),
  HOST: z.string().default('127.0.0.1'),
  DATABASE_URL: z.string().default('postgres://stakestream@127.0.0.1:5432/stakestream'),
  /** What compliance officers ask of a player's past. */
  ...clickhouseConfig.shape,
  /** Amounts in PostgreSQL are sealed with these. */
  ...encryptionConfig.shape,
  /** What POST /aml/screening looks in. */
  ...watchlistsConfig.shape,

  /** What the hashes of API keys and contact addresses are made with: 32 bytes in base64. Another one makes every issued key unknown. */
  API_KEY_PEPPER: pepper,
  /** Whether this installation gives out keys that begin with sk_live_ or with sk_test_. */
  API_KEY_MODE: z.enum(KEY_MODES).default('live'),
  /** Origins whose pages may call from a browser, comma-separated: "https://console.example". */
  CORS_ORIGINS: origins.default([]),
  /** Whether webhook endpoints may be named by http too: for tests and networks of one's own. */
  WEBHOOK_ALLOW_HTTP: z.stringbool().default(false),
  REDIS_URL: z.string().default('redis://127.0.0.1:6379'),
  /** Requests of a partner in any 60 seconds where its settings say nothing: "wallet:6000,read:6000,admin:600,address:1200". */
  RATE_LIMITS: rateLimits.default({ admin: 600 }),
  /** Requests of one address without a valid key in any 60 seconds. */
  RATE_LIMIT_UNAUTHENTICATED: positiveInt.default(300),
  /** While Redis is away, calls with a limit are served uncounted, or refused. */
  RATE_LIMIT_WITHOUT_REDIS: z.enum(['serve', 'refuse']).default('serve'),
  /** Proxies whose X-Forwarded-For is believed: addresses and networks, comma-separated. */
  TRUSTED_PROXIES: networks.default([]),

  /** The partner that works without partner management, and its keys. */
  STAKESTREAM_PARTNER_ID: z.string().refine(isPartnerId, 'must be a lower-case UUID'),
  /** Scopes wallet:read and wallet:write. */
  STAKESTREAM_PARTNER_KEY: apiKey,
  /** All scopes, the platform's own included: the key with which the first partner is made. */
  STAKESTREAM_ADMIN_KEY: apiKey,
  /** Withdrawals up to these amounts are approved at once: "USD:100,EUR:80". Empty: none. */
  STAKESTREAM_AUTO_APPROVE: amountsByCurrency.default(new Map()),

  /** How long an HTTP call waits for the outcome of its command, in milliseconds; then it answers 202. */
  REPLY_TIMEOUT_MS: positiveInt.max(SILENCE_TIMEOUT_MS - 1).default(5_000),
  /** Silence after which this instance's share of the answers goes to the others, in milliseconds. */
  SESSION_TIMEOUT_MS: positiveInt.default(6_000),
  /** How long a read waits for `min_version`, in milliseconds. */
  READ_WAIT_MS: positiveInt.max(SILENCE_TIMEOUT_MS - 1).default(2_000),
  /** How long an id that PostgreSQL does not have yet counts as pending, in milliseconds. */
  PENDING_WINDOW_MS: positiveInt.default(60_000),
  /** How long the funds of a withdrawal are held when nobody confirms it, in milliseconds. */
  WITHDRAWAL_HOLD_MS: positiveInt.default(7 * DAY_MS),
  /** How long the stake of a bet is held that a game provider has to confirm, in milliseconds. */
  BET_HOLD_MS: positiveInt.min(BET_HOLD_MS_MIN).default(120_000),
  /** How long a game session is kept from its last launch on, in milliseconds. */
  GAME_SESSION_MS: positiveInt.default(DAY_MS),
  /** Longest wait of one PostgreSQL statement, in milliseconds. */
  STATEMENT_TIMEOUT_MS: positiveInt.default(2_000),
  /** Longest wait of one ClickHouse query, in milliseconds. */
  ANALYSIS_TIMEOUT_MS: positiveInt.default(10_000),
  /**
   * How long the process serves on after SIGTERM, in milliseconds, while /health/ready answers 503: as long as load balancers take to
   * notice that and to send nothing more here.
   */
  DRAIN_MS: z.coerce.number().int().min(0).max(DRAIN_MS_MAX).default(5_000),
  /** PostgreSQL connections of this process. */
  DATABASE_CONNECTIONS: positiveInt.default(10),
})

export type ApiConfig = z.output<typeof apiConfig>

const PARTNER_SCOPES: readonly Scope[] = ['wallet:read', 'wallet:write']

/** What the configured keys stand for. Throws `ConfigError` where one key would stand for both. */
export function configuredCredentials(config: ApiConfig): ReadonlyMap<string, Credential> {
  if (config.STAKESTREAM_PARTNER_KEY === config.STAKESTREAM_ADMIN_KEY)
    throw new ConfigError('STAKESTREAM_PARTNER_KEY and STAKESTREAM_ADMIN_KEY must differ.')
  const credential = (keyId: string, scopes: readonly Scope[]): Credential => ({
    partnerId: config.STAKESTREAM_PARTNER_ID,
    scopes: new Set(scopes),
    keyId,
  })
  return new Map([
    [config.STAKESTREAM_PARTNER_KEY, credential('configured-partner', PARTNER_SCOPES)],
    [config.STAKESTREAM_ADMIN_KEY, credential('configured-admin', SCOPES)],
  ])
}

/** The API for tests: real routes, real HTTP where asked, and in place of Kafka and PostgreSQL what the test says. */
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import type { Logger } from '../../service/logger.ts'
import type { WalletCommand, WalletReplyData } from '../../avro/types.ts'
import type { Access } from '../access/authenticate.ts'
import { createKeyHasher } from '../access/api-key.ts'
import { createRateLimits } from '../access/rate-limits.ts'
import type { WindowCounter } from '../access/rate-limits.ts'
import { createKeyStore } from '../access/key-store.ts'
import { SCOPES } from '../access/principal.ts'
import type { Credential, Scope } from '../access/principal.ts'
import type { AmlGateway } from '../aml/gateway.ts'
import { Providers } from '../../games/providers.ts'
import { createProviderMetrics } from '../../games/resilience/metrics.ts'
import { openScreener } from '../../screening/lists/screener.ts'
import { createCipher } from '../../service/encryption.ts'
import type { CommandGateway, CommandResult } from '../commands/gateway.ts'
import { createGameSessions } from '../games/sessions.ts'
import { createApiMetrics } from '../metrics.ts'
import { openApiDocument } from '../openapi.ts'
import { PartnerDirectory } from '../partners/directory.ts'
import type { PartnerGateway } from '../partners/gateway.ts'
import { ApiError } from '../problem.ts'
import type { Analytics } from '../reads/analytics.ts'
import type { Database } from '../reads/database.ts'
import type { SettlementGateway } from '../settlements/gateway.ts'
import type { ScreeningParts } from '../routes/parts.ts'
import { allRoutes } from '../routes/index.ts'
import type { Route } from '../route.ts'
import { createHttpServer, listen, SERVER_BOUNDS } from '../http-server.ts'
import type { ServerBounds } from '../http-server.ts'
import { createApp } from '../server.ts'

export const PARTNER_ID = '0f0e0d0c-0b0a-4908-8706-050403020100'
export const PARTNER_KEY = 'sk_test_partner_0123456789'
export const ADMIN_KEY = 'sk_test_admin_0123456789'
export const READ_KEY = 'sk_test_read_only_0123456789'

const credential = (keyId: string, scopes: readonly Scope[]): Credential => ({
  partnerId: PARTNER_ID,
  scopes: new Set(scopes),
  keyId,
})

const KEYS = new Map([
  [PARTNER_KEY, credential('partner', ['wallet:read', 'wallet:write'])],
  [ADMIN_KEY, credential('admin', SCOPES)],
  [READ_KEY, credential('reader', ['wallet:read'])],
])
const HASHER = createKeyHasher(Buffer.alloc(32, 7))
export const CIPHER = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', Buffer.alloc(32, 8)]]) })

/** What the wallet would answer to an accepted command. */
export const appliedReply = (
  command: WalletCommand,
  change: Partial<WalletReplyData> = {},
): WalletReplyData => ({
  command_id: command.event_id,
  outcome: 'APPLIED',
  error_code: null,
  transaction_id: command.event_id,
  player_id: command.data.player_id,
  currency: command.data.currency,
  status: 'COMPLETED',
  new_balance: 895_000n,
  balance: 895_000n,
  held: 0n,
  version: 2,
  processed_at: Date.UTC(2026, 10, 22),
  self_excluded_from: null,
  bet_unknown: false,
  ...change,
})

export interface FakeGateway extends CommandGateway {
  /** Everything that came through: must stay empty for what is refused. */
  readonly submitted: WalletCommand[]
}

/** A gateway that decides by the given function. */
export function fakeGateway(
  decide: (command: WalletCommand, awaitReply: boolean) => CommandResult = (command) => ({
    kind: 'decided',
    reply: appliedReply(command),
  }),
): FakeGateway {
  const submitted: WalletCommand[] = []
  return {
    submitted,
    submit: (commands, awaitReply) =>
      commands.map((command) => {
        submitted.push(command)
        return Promise.resolve(decide(command, awaitReply))
      }),
    state: () => ({ ready: true, producer: 'connected', replyPartitions: [0], pendingCommands: 0 }),
    stop: () => Promise.resolve(),
  }
}

export type FakeRows = (text: string, values: readonly unknown[]) => readonly unknown[]

/** A database that answers with the given rows, parsed as the real one's. */
export const fakeDatabase = (rows: FakeRows = () => []): Database => ({
  query: (row, text, values) => Promise.resolve(rows(text, values).map((item) => row.parse(item))),
  state: () => 'up',
  close: () => Promise.resolve(),
})

export interface TestAppOptions {
  gateway?: CommandGateway
  database?: Database
  openAmount?: (sealed: string) => bigint
  readWaitMs?: number
  pendingWindowMs?: number
  directory?: PartnerDirectory
  partnerGateway?: PartnerGateway
  allowHttpWebhooks?: boolean
  trustedProxies?: readonly string[]
  corsOrigins?: readonly string[]
  counter?: WindowCounter
  /** Bounds of the HTTP server that are not those of production. */
  bounds?: Partial<ServerBounds>
  logger?: Logger
  screener?: ScreeningParts['screener']
  analytics?: Pick<Analytics, 'query' | 'rows'>
}

/** Partner management whose connection is down. */
const unreachable: PartnerGateway = { submit: () => Promise.reject(new ApiError('SERVICE_UNAVAILABLE')) }

/** Alert work whose connection is down. */
const unreachableAml: AmlGateway = { submit: () => Promise.reject(new ApiError('SERVICE_UNAVAILABLE')) }

/** ClickHouse that does not answer. */
const withoutAnalytics: Pick<Analytics, 'query' | 'rows'> = {
  query: () => Promise.reject(new ApiError('SERVICE_UNAVAILABLE')),
  rows: () => Promise.reject(new ApiError('SERVICE_UNAVAILABLE')),
}

/** Settlement whose connection is down. */
const unreachableSettlements: SettlementGateway = {
  submit: () => Promise.reject(new ApiError('SERVICE_UNAVAILABLE')),
}

/** No watchlists are configured. */
const withoutLists: ScreeningParts['screener'] = openScreener({
  sources: [],
  reloadMs: 1_000,
  onState: () => undefined,
  onThreadLost: () => undefined,
})

const registryFor = new WeakMap<readonly Route[], Registry>()

export function testRoutes(options: TestAppOptions = {}): Route[] {
  const { gateway = fakeGateway(), database = fakeDatabase(), openAmount = BigInt } = options
  const registry = new Registry()
  const routes: Route[] = allRoutes(
    {
      gateway,
      database,
      caches: { read: ({ source }) => source() },
      openAmount,
      defaults: {
        withdrawalHoldMs: 1_000,
        isWithheld: () => false,
        betHoldMs: 1_000,
        confirmingProvider: () => undefined,
      },
      readWaitMs: options.readWaitMs ?? 200,
      pendingWindowMs: options.pendingWindowMs ?? 60_000,
      partners: {
        directory: options.directory ?? new PartnerDirectory(),
        gateway: options.partnerGateway ?? unreachable,
        cipher: CIPHER,
        hasher: HASHER,
        keyMode: 'test',
        allowHttpWebhooks: options.allowHttpWebhooks ?? false,
      },
      analytics: options.analytics ?? withoutAnalytics,
      aml: { gateway: unreachableAml },
      settlements: { gateway: unreachableSettlements },
      games: {
        providers: new Providers({
          cipher: CIPHER,
          metrics: createProviderMetrics(new Registry()),
          logger: pino({ level: 'silent' }),
        }),
        sessions: createGameSessions(
          {
            get: () => Promise.resolve(null),
            set: () => Promise.resolve('OK'),
            del: () => Promise.resolve(0),
          },
          60_000,
        ),
        lists: { list: () => Promise.reject(new ApiError('GAME_PROVIDER_NOT_FOUND')) },
        tellSaga: () => Promise.reject(new ApiError('SERVICE_UNAVAILABLE')),
      },
      screening: { screener: options.screener ?? withoutLists, scoreMin: 90 },
    },
    {
      registry,
      readiness: () => ({ ready: true, parts: {} }),
      openApiText: () => JSON.stringify(openApiDocument(routes)),
    },
  )
  registryFor.set(routes, registry)
  return routes
}

export interface TestApp {
  url: string
  port: number
  server: Server
  close: () => Promise<void>
}

/** The API on a free port of the loopback. */
export async function startTestApp(options: TestAppOptions = {}): Promise<TestApp> {
  const { directory = new PartnerDirectory(), trustedProxies = [], corsOrigins = [] } = options
  const routes = testRoutes({ ...options, directory })
  const metrics = createApiMetrics(registryFor.get(routes) ?? new Registry())
  const { logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }) } = options
  const access: Access = {
    keys: createKeyStore({ hasher: HASHER, configured: KEYS, directory }),
    directory,
    defaultLimits: { autoApproveUnits: new Map([['USD', 1_000_000n]]), rateLimits: {} },
    noteUse: () => undefined,
  }
  const rateLimits = createRateLimits({
    counter: options.counter ?? { count: () => Promise.resolve(undefined) },
    defaults: {},
    unauthenticatedPerMinute: 1_000,
    withoutCounter: 'serve',
    uncounted: () => undefined,
  })
  const server = createHttpServer(
    createApp({ routes, access, rateLimits, corsOrigins, trustedProxies, metrics, logger }),
    { trustedProxies, refused: metrics.refusedConnection, bounds: { ...SERVER_BOUNDS, ...options.bounds } },
  )
  await listen(server, 0, '127.0.0.1')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    server,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

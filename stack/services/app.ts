/**
 * The product's own processes, and what must be done before they start.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StackEnv } from '../env-file.ts'
import { StackError } from '../errors.ts'
import { dataDirOf, type Stack } from '../stack.ts'
import { answersOk, type Service } from './service.ts'

/** After a kill the group waits this long for the dead member; the local broker allows less than the default. */
const SESSION_TIMEOUT_MS = 1_500

interface App {
  readonly name: string
  readonly entry: string
  /** Of /health/ready. */
  readonly healthPort: number
  /** How it is told that port. */
  readonly env: Readonly<Record<string, string>>
  /** Started by its name alone. */
  readonly optional?: true
}

/** A stateful processor. Each has a folder of its own: two processes can't share one. */
const processor = (stack: Stack, name: string, part: string, port: number, state: string): App => ({
  name,
  entry: `streams/${part}/main.ts`,
  healthPort: port,
  env: {
    ADMIN_PORT: String(port),
    SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
    STATE_DIR: dataDirOf(stack, state),
  },
})

function processorsOf(stack: Stack): readonly App[] {
  const { ports, wallets, amlProcessors } = stack
  return [
    processor(stack, 'wallet', 'wallet', ports.walletAdmin, 'state'),
    ...(wallets === 2 ? [processor(stack, 'wallet-2', 'wallet', ports.wallet2Admin, 'state-2')] : []),
    processor(stack, 'partners', 'partners', ports.partnersAdmin, 'state-partners'),
    processor(stack, 'aml', 'aml', ports.amlAdmin, 'state-aml'),
    ...(amlProcessors === 2 ? [processor(stack, 'aml-2', 'aml', ports.aml2Admin, 'state-aml-2')] : []),
    processor(stack, 'aml-alerts', 'alerts', ports.amlAlertsAdmin, 'state-aml-alerts'),
    processor(stack, 'settlement', 'settlement', ports.settlementAdmin, 'state-settlement'),
    processor(stack, 'games', 'games', ports.gamesAdmin, 'state-games'),
  ]
}

function appsOf(stack: Stack): readonly App[] {
  const { ports, clickhouseSinks } = stack
  const admin = (port: number): Pick<App, 'healthPort' | 'env'> => ({
    healthPort: port,
    env: { ADMIN_PORT: String(port) },
  })
  return [
    ...processorsOf(stack),
    { name: 'sink-postgres', entry: 'sinks/postgres/main.ts', ...admin(ports.sinkPostgresAdmin) },
    { name: 'sink-clickhouse', entry: 'sinks/clickhouse/main.ts', ...admin(ports.sinkClickhouseAdmin) },
    ...(clickhouseSinks === 2
      ? [
          {
            name: 'sink-clickhouse-2',
            entry: 'sinks/clickhouse/main.ts',
            ...admin(ports.sinkClickhouse2Admin),
          },
        ]
      : []),
    { name: 'sink-webhooks', entry: 'sinks/webhooks/main.ts', ...admin(ports.sinkWebhooksAdmin) },
    { name: 'screening', entry: 'sinks/screening/main.ts', ...admin(ports.screeningAdmin) },
    {
      name: 'settlement-worker',
      entry: 'sinks/settlement/main.ts',
      ...admin(ports.settlementWorkerAdmin),
    },
    { name: 'games-worker', entry: 'sinks/games/main.ts', ...admin(ports.gamesWorkerAdmin) },
    { name: 'reconciliation', entry: 'reconciliation/main.ts', ...admin(ports.reconciliationAdmin) },
    {
      name: 'api',
      entry: 'api/main.ts',
      healthPort: ports.api,
      env: {
        PORT: String(ports.api),
        ADMIN_PORT: String(ports.apiAdmin),
        SESSION_TIMEOUT_MS: String(SESSION_TIMEOUT_MS),
        // No load balancer stands before it, unless whoever starts the stack has one.
        DRAIN_MS: process.env['DRAIN_MS'] ?? '0',
      },
    },
    gameSandbox(stack),
    // It would move money into other people's tests.
    { name: 'synthetic', entry: 'synthetic/main.ts', ...admin(ports.syntheticAdmin), optional: true },
  ]
}

/** The game provider to try things with. */
const gameSandbox = ({ ports }: Stack): App => ({
  name: 'game-sandbox',
  entry: 'games/sandbox/main.ts',
  healthPort: ports.gameProvider,
  env: { PORT: String(ports.gameProvider) },
})

/** Invented people, so that screening finds somebody where no list is at hand. An empty WATCHLISTS means none. */
const sampleWatchlist = ({ rootDir }: Pick<Stack, 'rootDir'>): string =>
  `sample:opensanctions:sanction:${join(rootDir, 'stack/watchlists/sample-sanctions.csv')}`

/** What each of the product's processes gets beside the stack's own environment. */
function appEnv(stack: Stack, env: StackEnv, app: App): Readonly<Record<string, string>> {
  return {
    ...env,
    ...app.env,
    LOG_LEVEL: process.env['LOG_LEVEL'] || 'info',
    WATCHLISTS: process.env['WATCHLISTS'] ?? sampleWatchlist(stack),
    NODE_COMPILE_CACHE: dataDirOf(stack, 'compile-cache'),
  }
}

type Checkout = Pick<Stack, 'rootDir'>

function entryPath(stack: Checkout, entry: string): string {
  const path = join(stack.rootDir, entry)
  if (existsSync(path)) return path
  throw new StackError(
    `${entry} is missing from this checkout; \`npm run up -- --only infra\` starts what it needs.`,
  )
}

function appService(stack: Stack, app: App): Service {
  return {
    name: app.name,
    kind: 'app',
    ...(app.optional === true ? { optional: true } : {}),
    ports: [app.healthPort],
    command: (env) => {
      const stateDir = app.env['STATE_DIR']
      if (stateDir !== undefined) mkdirSync(stateDir, { recursive: true })
      return Promise.resolve({
        file: process.execPath,
        args: [entryPath(stack, app.entry)],
        cwd: stack.rootDir,
        env: appEnv(stack, env, app),
      })
    },
    isReady: () => answersOk(`http://127.0.0.1:${app.healthPort}/health/ready`),
    readyLimitMs: 120_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 30_000,
  }
}

export const appServices = (stack: Stack): readonly Service[] =>
  appsOf(stack).map((app) => appService(stack, app))

const PREPARATIONS: readonly (readonly string[])[] = [
  ['topics', 'apply'],
  ['migrate', 'postgres', 'up'],
  ['migrate', 'clickhouse', 'up'],
]

async function runCli(stack: Checkout, env: StackEnv, args: readonly string[]): Promise<void> {
  const cli = entryPath(stack, 'cli/main.ts')
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: stack.rootDir,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) {
    throw new StackError(`\`${args.join(' ')}\` failed (exit code ${code}):\n${output.trim().slice(-2_000)}`)
  }
}

/** Makes topics and tables as this checkout has them, side by side. Repeatable. Throws `StackError`. */
export async function prepareApps(stack: Checkout, env: StackEnv): Promise<void> {
  await Promise.all(PREPARATIONS.map((args) => runCli(stack, env, args)))
}

/** What the end-to-end tests share: samples, replays and reconciliations of the running stack, the command line, HTTP. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { SAMPLE_DEFAULTS, writeSampleFile } from '../../cli/generate.ts'
import { RECONCILE_DEFAULTS, reconcileStores } from '../../cli/reconcile.ts'
import type { Reconciliation } from '../../reconciliation/result.ts'
import { REPLAY_DEFAULTS, replayFile } from '../../cli/replay.ts'
import type { ReplayOptions } from '../../cli/replay.ts'
import type { ReplayResult } from '../../cli/replay/run.ts'
import { required } from './environment.ts'

const ROOT = resolve(import.meta.dirname, '../..')

/** Seeds that no other test has, so that no two tests play with the same players. */
let nextSeed = Date.now() % 1_000_000_000

/** A new file of generated events, with players of its own. */
export async function newSample(events: number, players = 60): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stakestream-sample-'))
  const file = join(folder, 'events.csv')
  await writeSampleFile({ ...SAMPLE_DEFAULTS, seed: nextSeed++, events, players, days: 3 }, file)
  return file
}

export const replay = (file: string, options: Partial<ReplayOptions> = {}): Promise<ReplayResult> =>
  replayFile(file, { ...REPLAY_DEFAULTS, progress: false, ...options })

/** Waits for the sinks and compares the three stores. */
export const reconciled = (): Promise<Reconciliation> =>
  reconcileStores({ ...RECONCILE_DEFAULTS, progress: false })

/** The players' money by currency, and the number of accepted transactions: what must not change by itself. */
export const moneyOf = ({ money, accepted }: Reconciliation): unknown => ({ money, accepted })

export interface CliRun {
  code: number | null
  stdout: string
  stderr: string
}

export interface CliProcess {
  /** What it has printed so far. */
  readonly output: { stdout: string; stderr: string }
  signal(signal: NodeJS.Signals): void
  ended: Promise<CliRun>
}

/** Starts the command line as a user does. */
export const startCli = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): CliProcess =>
  startNode('cli/main.ts', environment, args)

/** Starts a file of the product with Node. */
export function startNode(
  entry: string,
  environment: NodeJS.ProcessEnv,
  args: readonly string[] = [],
): CliProcess {
  const child = spawn(process.execPath, [join(ROOT, entry), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()))
  return {
    output,
    signal: (signal) => void child.kill(signal),
    ended: once(child, 'close').then(() => ({ code: child.exitCode, ...output })),
  }
}

export interface ApiAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** Calls the API, with the partner's key where no other is named. */
export async function callApi(
  method: 'GET' | 'POST',
  path: string,
  body?: object,
  key: 'STAKESTREAM_PARTNER_KEY' | 'STAKESTREAM_ADMIN_KEY' = 'STAKESTREAM_PARTNER_KEY',
): Promise<ApiAnswer> {
  const response = await fetch(new URL(path, required('STAKESTREAM_URL')), {
    method,
    headers: { 'x-api-key': required(key), 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}

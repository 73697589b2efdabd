/**
 * `npm test`: starts a stack of its own on free ports, runs all tests against it, stops it whatever happens, and closes
 * with a line of counts.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { envPathOf, parseEnv } from '../stack/env-file.ts'
import { reset, up } from '../stack/runner.ts'
import { stackFrom } from '../stack/stack.ts'
import type { Stack } from '../stack/stack.ts'
import type { RunCounts } from './support/counts-reporter.ts'
import { freePortBase } from './support/free-port.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** Tests that start stacks of their own begin to look further up. */
const PORT_BASE_FROM = 21_000
const LINES_COVERED_PERCENT = 85
const SIGNAL_EXIT = 130

const say = (line: string): void => void process.stdout.write(`${line}\n`)

let runner: ChildProcess | undefined
let interrupted = false

/** The first signal ends the tests; the stack is then stopped as after any run. */
function onSignal(): void {
  interrupted = true
  runner?.kill('SIGINT')
}

async function runTests(
  environment: NodeJS.ProcessEnv,
  counts: string,
  args: readonly string[],
): Promise<number> {
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs')
  const whole = args.length === 0
  const coverage = whole ? ['--coverage', `--coverage.thresholds.lines=${LINES_COVERED_PERCENT}`] : []
  const reporters = ['--reporter=default', `--reporter=${join(ROOT, 'tests/support/counts-reporter.ts')}`]
  runner = spawn(process.execPath, [vitest, 'run', ...reporters, ...coverage, ...args], {
    cwd: ROOT,
    env: { ...environment, STAKESTREAM_TEST_COUNTS: counts },
    stdio: 'inherit',
  })
  await once(runner, 'exit')
  return runner.exitCode ?? SIGNAL_EXIT
}

async function readCounts(file: string): Promise<RunCounts> {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] }
  const counts: RunCounts = JSON.parse(await readFile(file, 'utf8'))
  return counts
}

function printCounts(counts: RunCounts): void {
  for (const { name, reason } of counts.skipped) say(`skipped: ${name}: ${reason}`)
  const skipped = counts.skipped.length > 0 ? `, ${counts.skipped.length} skipped` : ''
  say(`${counts.passed} passed, ${counts.failed} failed${skipped}`)
}

/** Starts the stack, runs, and takes the stack away again; where something failed, its logs are kept. */
async function runOnStack(stack: Stack, counts: string): Promise<number> {
  let code = 1
  try {
    await up(stack, ['all'], say)
    const addresses = parseEnv(await readFile(envPathOf(stack), 'utf8'))
    if (interrupted) return SIGNAL_EXIT
    code = await runTests({ ...process.env, ...addresses }, counts, process.argv.slice(2))
  } finally {
    if (code !== 0) await keepLogs(stack)
    await reset(stack, () => undefined)
  }
  return code
}

async function keepLogs({ localDir }: Stack): Promise<void> {
  const kept = join(ROOT, '.local/test-logs')
  try {
    await rm(kept, { recursive: true, force: true })
    await cp(join(localDir, 'log'), kept, { recursive: true })
    say(`logs of the stack: ${kept}`)
  } catch {
    say('the stack left no logs')
  }
}

async function main(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'stakestream-test-'))
  const countsFile = join(folder, 'counts.json')
  let code = 1
  try {
    Object.assign(process.env, {
      PORT_BASE: String(await freePortBase(PORT_BASE_FROM)),
      LOCAL_DIR: folder,
      BROKERS: '1',
    })
    code = await runOnStack(stackFrom(process.env), countsFile)
  } catch (error) {
    say(`the stack of the tests failed: ${error instanceof Error ? error.message : String(error)}`)
  }
  printCounts(await readCounts(countsFile))
  await rm(folder, { recursive: true, force: true })
  return code
}

process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
process.exitCode = await main()

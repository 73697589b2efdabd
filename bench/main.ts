/** The benchmark's command line: `npm run bench -- --help`. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { readBaseline } from './baseline.ts'
import { judge } from './claims.ts'
import { Recorder } from './figures.ts'
import { Ground } from './ground.ts'
import { JOBS } from './jobs/index.ts'
import type { Job, Size } from './jobs/job.ts'
import { describeMachine } from './machine.ts'
import { figuresTable, LATEST_PATH, machineLines, verdictsTable, writeResults } from './report.ts'

const FULL: Size = {
  runs: 3,
  bulkCommands: 500_000,
  players: 10_000,
  storedCommands: 200_000,
  reportTransactions: 10_000_000,
  wallets: 1_000_000,
  seconds: 15,
  warmUpSeconds: 3,
}
const QUICK: Size = {
  runs: 1,
  bulkCommands: 100_000,
  players: 10_000,
  storedCommands: 50_000,
  reportTransactions: 1_000_000,
  wallets: 100_000,
  seconds: 5,
  warmUpSeconds: 2,
}
const DEFAULT_PEERS_DIR = '../shared/peers'

interface Options {
  quick: boolean
  only?: string
  runs?: string
  keep: boolean
  profile?: string
}

/** News goes to stderr; stdout is for figures. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

function chosenJobs(only: string | undefined): readonly Job[] {
  if (only === undefined) return JOBS
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.filter((name) => !JOBS.some((job) => job.name === name))
  if (unknown.length > 0)
    throw new Error(
      `there is no job ${unknown.join(', ')}; choose from ${JOBS.map(({ name }) => name).join(', ')}`,
    )
  return JOBS.filter(({ name }) => names.includes(name))
}

function findPeers(rootDir: string): string | undefined {
  const folder = resolve(rootDir, process.env['BENCH_PEERS'] ?? DEFAULT_PEERS_DIR)
  if (existsSync(folder)) return folder
  say(
    `There are no peers in ${folder} (BENCH_PEERS names another folder): only our own figures are measured.`,
  )
  return undefined
}

/** The stack outlives its starter, so it has to be stopped on the way out. */
function closeOnSignal(ground: Ground): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      say(`${signal}: stopping`)
      void ground.close({ keep: false }).finally(() => process.exit(1))
    })
}

async function bench(options: Options): Promise<void> {
  const startedAt = new Date().toISOString()
  const jobs = chosenJobs(options.only)
  const size = { ...(options.quick ? QUICK : FULL), ...(options.runs ? { runs: Number(options.runs) } : {}) }
  const ground = new Ground()
  // Processes that are started from here on write a profile when they end.
  if (options.profile !== undefined)
    process.env['NODE_OPTIONS'] = `--cpu-prof --cpu-prof-dir=${resolve(options.profile)}`
  const peersDir = findPeers(ground.stack.rootDir)
  const recorder = new Recorder()
  const failed: string[] = []
  const loadBefore = await describeMachine(ground.stack)
  closeOnSignal(ground)
  try {
    await ground.open()
    for (const job of jobs) {
      say(`${job.name}: ${job.title}`)
      const run = { ground, recorder, size, peersDir, say: (line: string) => say(`  ${line}`) }
      // What the other jobs measure is not lost with one that fails.
      await job.run(run).catch(async (error: unknown) => {
        failed.push(job.name)
        say(`  FAILED: ${error instanceof Error ? error.message : String(error)}`)
        recorder.note(`${job.name} failed: not measured in whole`)
        await ground.stop('app')
      })
    }
  } finally {
    await ground.close({ keep: options.keep })
  }
  const { figures, notes } = recorder
  const verdicts = judge(figures)
  const machine = { ...(await describeMachine(ground.stack)), loadBefore: loadBefore.loadBefore }
  writeResults(figures, { startedAt, quick: options.quick, machine, notes, verdicts })
  console.log(
    `\n${machineLines(machine)}\n\n${figuresTable(figures, readBaseline())}\n\n${verdictsTable(verdicts)}`,
  )
  for (const note of notes) console.log(`\n${note}`)
  console.log(`\nfigures in ${LATEST_PATH}`)
  if (failed.length > 0 || verdicts.some(({ holds }) => !holds)) process.exitCode = 1
}

const program = new Command('bench')
  .description('Measures the figures of this project beside its peers, on a stack of its own.')
  .option('--quick', 'a short run, each figure once', false)
  .option('--only <names>', `some of the jobs, comma-separated: ${JOBS.map(({ name }) => name).join(', ')}`)
  .option('--runs <count>', 'how often each figure is measured (default 3)')
  .option('--profile <folder>', "write CPU profiles of the product's processes there; figures suffer")
  .option('--keep', 'leave the data of the stack for a look at them', false)
  .addHelpText(
    'after',
    `
Environment:
  BENCH_PORT_BASE  ports of the bench's own stack (default 26000)
  BENCH_PEERS      folder of the peers (default ${DEFAULT_PEERS_DIR})

Exit codes: 0 every claim holds, 1 a claim fails or the benchmark could not be run.`,
  )
  .action(bench)

// kafkajs computes a timer of negative length, which is harmless and says so on stderr once per process.
process.removeAllListeners('warning')
process.env['LOG_LEVEL'] ??= 'warn'
try {
  await program.parseAsync()
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`)
  if (process.env['DEBUG'] && error instanceof Error) say(error.stack ?? '')
  process.exitCode = 1
}

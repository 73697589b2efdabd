/** `npm run rolling`: every process of a stack of its own is stopped and started in turn while bets go on, and none may fail. */
import { Command } from 'commander'
import { note, printLine, printTable } from '../../cli/output.ts'
import { stackFrom } from '../../stack/stack.ts'
import { Rig } from '../chaos/rig.ts'
import { positive } from '../support/options.ts'
import { runRolling, stackPart } from './run.ts'
import type { RollingResult } from './run.ts'

const DEFAULT_PORT_BASE = '28000'
const EXAMPLES_MAX = 20
const CALM_MS = 5_000

/** In the order of an upgrade: what reads the log first, then the processors, then the API. Instances of one part never follow each other at once. */
const SINKS = [
  'sink-postgres',
  'sink-clickhouse',
  'sink-webhooks',
  'screening',
  'settlement-worker',
  'games-worker',
  'reconciliation',
]
const PROCESSORS = ['wallet', 'aml', 'wallet-2', 'aml-2', 'partners', 'aml-alerts', 'settlement', 'games']

interface Options {
  rounds: number
  rate: number
  keep: boolean
}

function print({ restarts, total, lost, doubled, violations }: RollingResult): void {
  printTable(
    ['process', 'seconds', 'requests', 'failed', 'longest answer ms'],
    restarts.map(({ name, seconds, requests, failures, longestMs }) => [
      name,
      seconds.toFixed(1),
      String(requests),
      String(failures.length),
      String(Math.round(longestMs)),
    ]),
  )
  const wrong = [
    ...total.failures.map((failure) => `failed: ${failure}`),
    ...lost.map((id) => `lost: ${id}`),
    ...doubled.map((id) => `doubled: ${id}`),
    ...violations,
  ]
  for (const line of wrong.slice(0, EXAMPLES_MAX)) printLine(line)
  printLine(`longest answer ${Math.round(total.longestMs)} ms, violations ${violations.length}`)
  printLine(
    `restarts ${restarts.length}, requests ${total.requests}, failed ${total.failures.length}, lost ${lost.length}, ` +
      `doubled ${doubled.length}`,
  )
}

async function rolling(options: Options): Promise<void> {
  // Each processor keeps a warm copy of what the other one processes.
  process.env['STANDBY'] = 'true'
  process.env['LOCAL_DIR'] = '.local/rolling'
  const stack = stackFrom({
    STAKESTREAM_CACHE: process.env['STAKESTREAM_CACHE'],
    LOCAL_DIR: process.env['LOCAL_DIR'],
    WALLETS: '2',
    AML_PROCESSORS: '2',
    PORT_BASE: process.env['ROLLING_PORT_BASE'] ?? DEFAULT_PORT_BASE,
  })
  const rig = new Rig(stack)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      note(`${signal}: stopping`)
      void rig.close({ keep: false }).finally(() => process.exit(1))
    })
  try {
    Object.assign(process.env, await rig.open(['all'], note))
    const result = await runRolling(
      (apis) =>
        Array.from({ length: options.rounds }, () => [
          ...[...SINKS, ...PROCESSORS].map((name) => stackPart(rig, name)),
          ...apis,
        ]).flat(),
      { perSecond: options.rate, calmMs: CALM_MS, news: note },
    )
    print(result)
    const { total, lost, doubled, violations } = result
    if (total.failures.length + lost.length + doubled.length + violations.length > 0) process.exitCode = 1
  } finally {
    await rig.close({ keep: options.keep })
  }
}

process.removeAllListeners('warning')
process.env['LOG_LEVEL'] ??= 'info'
await new Command('rolling')
  .description(
    'Every process in turn, in the order of an upgrade, under a steady load of bets through two instances of the API; then\n' +
      'every answer is held against the log and the stores.',
  )
  .option('--rounds <number>', 'how often each process is restarted', positive, 1)
  .option('--rate <number>', 'movements per second', positive, 50)
  .option('--keep', 'leave data and logs in .local/rolling', false)
  .addHelpText(
    'after',
    `\nEnvironment: ROLLING_PORT_BASE, ports of the stack of its own (default ${DEFAULT_PORT_BASE}).\n\n` +
      'Exit codes: 0 every request was answered with its outcome, and nothing is lost, doubled or otherwise wrong; 1 something\n' +
      'was, or the run failed. How long answers took is said, and fails nothing: it is a figure of this machine.',
  )
  .action(rolling)
  .parseAsync()

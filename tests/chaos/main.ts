/** `npm run chaos`: breaks a cluster of three brokers under load, and proves that no money was lost or doubled. */
import { Command } from 'commander'
import { note, printLine, printTable } from '../../cli/output.ts'
import { topicSizes } from '../../topics/catalogue.ts'
import { stackFrom } from '../../stack/stack.ts'
import { Random } from '../simulator/random.ts'
import { bystandersOf } from './bystanders.ts'
import { Clients } from './clients.ts'
import { FAULTS } from './faults.ts'
import type { Fault } from './faults.ts'
import { send } from './partner-api.ts'
import { Rig } from './rig.ts'
import { runFaults } from './run.ts'
import type { RunResult } from './run.ts'
import { positive } from '../support/options.ts'

const DEFAULT_PORT_BASE = '27000'
const EXAMPLES_MAX = 20
const CALM = { warmUpMs: 30_000, calmMs: 6_000 }

/**
 * What movements, the operator and the partner that is told pass through. The other services would only take the time of processors
 * from these, and make the gaps those of a machine that is too small.
 */
const PARTS = [
  'infra',
  'api',
  'wallet',
  'wallet-2',
  'partners',
  'sink-postgres',
  'sink-clickhouse',
  'sink-webhooks',
]

interface Options {
  seed: number
  rounds: number
  rate: number
  only?: string
  keep: boolean
}

function chosenFaults({ only, rounds }: Options, random: Random): Fault[] {
  const chosen = FAULTS.filter(({ name }) => only === undefined || name.includes(only))
  if (chosen.length === 0)
    throw new Error(
      `no fault has "${only}" in its name; there are: ${FAULTS.map(({ name }) => name).join(', ')}`,
    )
  return Array.from({ length: rounds }, () => shuffled(chosen, random)).flat()
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items]
  return items.flatMap(() => left.splice(random.below(left.length), 1))
}

function print(result: RunResult): void {
  const { injected, acknowledged, lost, doubled, violations } = result
  printTable(
    ['fault', 'longest gap ms', 'aim ms', 'reached'],
    injected.map(({ fault, gapMs, gapAimMs }) => [
      fault,
      String(Math.round(gapMs)),
      String(gapAimMs),
      gapMs <= gapAimMs ? 'yes' : 'no',
    ]),
  )
  const wrong = [...lost.map((id) => `lost: ${id}`), ...doubled.map((id) => `doubled: ${id}`), ...violations]
  for (const line of wrong.slice(0, EXAMPLES_MAX)) printLine(line)
  printLine(
    `movements ${result.operations}, without a final answer ${result.unknown}, violations ${violations.length}`,
  )
  const longest = Math.max(...injected.map(({ gapMs }) => gapMs))
  printLine(
    `faults ${injected.length}, acknowledged ${acknowledged}, lost ${lost.length}, doubled ${doubled.length}, ` +
      `longest gap ${Math.round(longest)} ms`,
  )
}

async function chaos(options: Options): Promise<void> {
  const random = new Random(options.seed)
  const faults = chosenFaults(options, random)
  // Each wallet keeps a warm copy of what the other one processes.
  process.env['STANDBY'] = 'true'
  const stack = stackFrom({
    STAKESTREAM_CACHE: process.env['STAKESTREAM_CACHE'],
    LOCAL_DIR: '.local/chaos',
    BROKERS: '3',
    WALLETS: '2',
    PORT_BASE: process.env['CHAOS_PORT_BASE'] ?? DEFAULT_PORT_BASE,
  })
  const rig = new Rig(stack)
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      note(`${signal}: stopping`)
      void rig.close({ keep: false }).finally(() => process.exit(1))
    })
  note(`seed ${options.seed}: ${faults.length} faults at ${options.rate} movements/s`)
  try {
    const env = await rig.open(PARTS, note)
    Object.assign(process.env, env)
    const prefix = `chaos-${options.seed}`
    const api = { url: env['STAKESTREAM_URL'] ?? '', apiKey: env['STAKESTREAM_PARTNER_KEY'] ?? '' }
    const clients = new Clients({
      send: (movement) => send(api, movement),
      partnerId: env['STAKESTREAM_PARTNER_ID'] ?? '',
      partitions: topicSizes('local').partitions,
      prefix,
      perSecond: options.rate,
      random,
    })
    const bystanders = bystandersOf({
      api: { url: env['STAKESTREAM_URL'] ?? '', apiKey: env['STAKESTREAM_ADMIN_KEY'] ?? '' },
      partitions: topicSizes('local').partitions,
      prefix,
      random,
    })
    const result = await runFaults(rig, clients, prefix, bystanders, faults, CALM, note)
    print(result)
    if (result.lost.length + result.doubled.length + result.violations.length > 0) process.exitCode = 1
  } finally {
    await rig.close({ keep: options.keep })
  }
}

process.removeAllListeners('warning')
process.env['LOG_LEVEL'] ??= 'info'
await new Command('chaos')
  .description(
    'Faults under load on three brokers and two wallet processors; then every answer is held against the log.',
  )
  .option(
    '--seed <number>',
    'chooses the order of faults and the movements',
    positive,
    Date.now() % 1_000_000,
  )
  .option('--rounds <number>', 'how often each fault comes', positive, 3)
  .option('--rate <number>', 'movements per second', positive, 150)
  .option('--only <text>', 'faults with this text in their names')
  .option('--keep', 'leave data and logs in .local/chaos', false)
  .addHelpText(
    'after',
    `\nEnvironment: CHAOS_PORT_BASE, ports of the stack of its own (default ${DEFAULT_PORT_BASE}).\n\n` +
      'Exit codes: 0 nothing lost, doubled or otherwise wrong; 1 something was, or the run failed. A gap longer than its\n' +
      'aim is said, and fails nothing: it is a figure of this machine.',
  )
  .action(chaos)
  .parseAsync()

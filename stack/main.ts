/**
 * The local stack's command line: `npm run stack -- --help`.
 */
import { Command } from 'commander'
import { envPathOf } from './env-file.ts'
import { StackError } from './errors.ts'
import { down, kill, reset, status, stop, up } from './runner.ts'
import { stackFrom } from './stack.ts'

/** News goes to stderr; stdout is for what a command answers. */
const report = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

const splitNames = (text: string): string[] => text.split(',').map((name) => name.trim())

const program = new Command('stack')
  .description('Runs the real components and the product on this machine, without Docker.')
  .addHelpText(
    'after',
    `
Environment:
  LOCAL_DIR          logs, pids, data and the env file (default .local)
  PORT_BASE          moves every port: 20000 makes the API's 20080 (default: 8080, 9092 ...)
  BROKERS            1, or 3 with replication 3 (default 1)
  WALLETS            1 or 2 wallet processors, which share the partitions (default 1)
  AML_PROCESSORS     1 or 2 processors of the AML rules, likewise (default 1)
  CLICKHOUSE_SINKS   1 or 2 sinks into ClickHouse, likewise (default 1)
  STAKESTREAM_CACHE  downloads, which several stacks may share (default .local/cache)
  LOG_LEVEL          of the product's processes (default info)`,
  )

program
  .command('up')
  .description('start what is not running; returns when everything is healthy')
  .option(
    '--only <names>',
    'services or groups, comma-separated (infra, app, kafka, postgres ...)',
    splitNames,
    ['all'],
  )
  .action(async ({ only }: { only: string[] }) => {
    const stack = stackFrom(process.env)
    await up(stack, only, report)
    report(`Everything is up. Addresses and keys: ${envPathOf(stack)}`)
  })

program
  .command('down')
  .description('stop everything; data stays')
  .action(async () => {
    await down(stackFrom(process.env), report)
  })

program
  .command('reset')
  .description('stop everything and delete its data; downloads stay')
  .action(async () => {
    await reset(stackFrom(process.env), report)
  })

program
  .command('status')
  .description('a line `name pid state` per process: running, starting, dead or stopped')
  .option('--json', 'as JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const processes = await status(stackFrom(process.env))
    if (json === true) console.log(JSON.stringify(processes, null, 2))
    else for (const { name, pid, state } of processes) console.log(`${name} ${pid ?? '-'} ${state}`)
  })

program
  .command('start')
  .description('start single services, leaving topics and tables as they are')
  .argument('<names...>')
  .action(async (names: string[]) => {
    await up(stackFrom(process.env), names, report, { prepare: false })
  })

program
  .command('stop')
  .description('stop single services')
  .argument('<names...>')
  .action(async (names: string[]) => {
    await stop(stackFrom(process.env), names, report)
  })

program
  .command('kill')
  .description('SIGKILL single services, as fault tests do')
  .argument('<names...>')
  .action(async (names: string[]) => {
    await kill(stackFrom(process.env), names, report)
  })

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof StackError)) throw error
  process.stderr.write(`stack: ${error.message}\n`)
  process.exitCode = 1
}

/**
 * The command line of the platform.
 *
 * A command is a module of this folder that exports `register(program: Command): void` and is named in `MODULES`
 * below. Its actions print data with `output.ts`, throw `CliError` (or let the errors of the parts rise), and set
 * `process.exitCode` to a value of `EXIT` where a check found differences. Nothing calls `process.exit`.
 */
import { Command, CommanderError } from 'commander'
import { describeFailure, EXIT } from './errors.ts'
import { note } from './output.ts'
import * as aml from './aml.ts'
import * as certify from './certify.ts'
import * as deadLetters from './dead-letters.ts'
import * as demo from './demo.ts'
import * as encryption from './encryption.ts'
import * as failover from './failover.ts'
import * as games from './games.ts'
import * as generate from './generate.ts'
import * as migrate from './migrate.ts'
import * as reconcile from './reconcile.ts'
import * as replay from './replay.ts'
import * as settlement from './settlement.ts'
import * as syntheticCheck from './synthetic-check.ts'
import * as topics from './topics.ts'

/** What each module of a command exports. */
interface CommandModule {
  register(program: Command): void
}

const MODULES: readonly CommandModule[] = [
  aml,
  certify,
  deadLetters,
  demo,
  encryption,
  failover,
  games,
  generate,
  migrate,
  reconcile,
  replay,
  settlement,
  syntheticCheck,
  topics,
]

/** The whole command line, not yet run. */
export function createProgram(): Command {
  const program = new Command('stakestream')
    .description('One command line over the parts of the platform.')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 differences found or a claim failed, 2 usage, 3 a service is missing, 70 a fault of the program.',
    )
    .showHelpAfterError(false)
    // An option belongs to the command that it stands behind, also where the command above has one of that name.
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => {
        const what = text.replace(/^error: /, '').trim()
        write(`error USAGE: ${what}; see --help\n`)
      },
    })
    .exitOverride()
  for (const module of MODULES) module.register(program)
  return program
}

/** Runs the command line and answers with the exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? EXIT.ok)
  } catch (error) {
    // commander has printed its own message; help that was asked for ends with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage
    const { exitCode, line } = describeFailure(error)
    note(line)
    if (process.env['DEBUG'] && error instanceof Error) note(error.stack ?? '')
    return exitCode
  }
}

/** kafkajs computes a timer of negative length, which is harmless and says so on stderr once per process. */
function hideKafkajsTimerWarning(): void {
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') note(`${warning.name}: ${warning.message}`)
  })
}

if (process.argv[1] === import.meta.filename) {
  hideKafkajsTimerWarning()
  process.exitCode = await run(process.argv.slice(2))
}

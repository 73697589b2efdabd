/** `demo`: the whole product at work on real input, with a proof at its end. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { alarmRates, printAlarmRates } from './aml/rates.ts'
import { StackError } from '../stack/errors.ts'
import { up } from '../stack/runner.ts'
import { stackFrom } from '../stack/stack.ts'
import { CliError, EXIT } from './errors.ts'
import { SAMPLE_DEFAULTS, writeSampleFile } from './generate.ts'
import { loadLocalEnv, localFolder } from './local-env.ts'
import { withLocalStores } from './local-stores.ts'
import { note, printJson, printLine } from './output.ts'
import { RECONCILE_DEFAULTS, printReconciliation, reconcileStores, reconciliationJson } from './reconcile.ts'
import { endsOf, readToEnd } from '../streams/runtime/read-log.ts'
import type { Ends } from '../streams/runtime/read-log.ts'
import { parseReplayOptions, printReplay, replayFile, withReplayOptions } from './replay.ts'
import type { ReplayResult } from './replay/run.ts'

const LOG = 'wallet.transaction.created'

/** What became of the commands that were answered, by the log itself. */
export interface DemoProof {
  /** Accepted transactions that the log gained. */
  accepted: number
  /** Answered as accepted and not in the log. */
  lost: number
  /** In the log beyond all that were answered as accepted. */
  doubled: number
}

/**
 * Compares the answers with what the log gained. A command whose first answer was lost on the way is answered as known
 * when it is asked again, so the log may have gained up to as many as were answered as known.
 */
export function proofOf(gained: number, { applied, replayed }: ReplayResult['figures']): DemoProof {
  return {
    accepted: gained,
    lost: Math.max(0, applied - gained),
    doubled: Math.max(0, gained - applied - replayed),
  }
}

const logEnds = (): Promise<Ends> => withLocalStores(({ broker }) => endsOf(broker, LOG))

const acceptedSince = (starts: Ends): Promise<number> =>
  withLocalStores(async ({ broker, codecs }) => {
    let accepted = 0
    const ends = await endsOf(broker, LOG)
    await readToEnd(broker, LOG, codecs.transaction, { starts, ends }, ({ event_type, data }) => {
      if (event_type === 'transaction.created' && data.status !== 'FAILED') accepted++
    })
    return accepted
  })

async function inputFile(): Promise<string> {
  const given = process.env['INPUT']
  if (given !== undefined && given !== '') return given
  const { seed, events } = SAMPLE_DEFAULTS
  const file = join(localFolder(), 'demo', `sample-${seed}-${events}.csv`)
  if (existsSync(file)) return file
  await writeSampleFile(SAMPLE_DEFAULTS, file)
  note(`no INPUT is given: ${events} events are generated in ${file}`)
  return file
}

async function startStack(): Promise<void> {
  try {
    await up(stackFrom(process.env), ['all'], note)
  } catch (error) {
    if (!(error instanceof StackError)) throw error
    throw new CliError(EXIT.environment, 'STACK', error.message, 'mend that and run it again')
  }
}

function printWhereToLook(): void {
  const api = process.env['STAKESTREAM_URL'] ?? ''
  const clickhouse = process.env['CLICKHOUSE_URL'] ?? ''
  const database = process.env['CLICKHOUSE_DATABASE'] ?? ''
  const query = encodeURIComponent(
    'SELECT type, status, count() FROM transactions_current GROUP BY ALL FORMAT Pretty',
  )
  printLine('')
  printLine('to look further')
  printLine(`  API        ${api}/docs (keys: . ${join(localFolder(), 'env')})`)
  printLine(`  ClickHouse ${clickhouse}/?database=${database}&query=${query}`)
  printLine(`  PostgreSQL ${process.env['DATABASE_URL'] ?? ''}`)
  printLine(
    `  Kafka      ${process.env['KAFKA_BROKERS'] ?? ''}, schemas ${process.env['SCHEMA_REGISTRY_URL'] ?? ''}/subjects`,
  )
  printLine(`  logs       ${join(localFolder(), 'log')}`)
}

export function register(program: Command): void {
  withReplayOptions(
    program
      .command('demo')
      .description('start the stack, replay a sample (or INPUT=file.csv), and prove that the stores agree'),
  ).action(async (flags: unknown) => {
    const options = parseReplayOptions(flags)
    const file = await inputFile()
    if (!existsSync(file))
      throw new CliError(EXIT.usage, 'UNREADABLE_FILE', `${file} is not there`, 'check INPUT')
    await startStack()
    loadLocalEnv()
    const starts = await logEnds()
    note(`replaying ${file}`)
    const replayed = await replayFile(file, options)
    if (!replayed.complete)
      throw new CliError(
        EXIT.failed,
        'STOPPED',
        `stopped after line ${replayed.finishedLine}`,
        'run it again with --resume',
      )
    const result = await reconcileStores({ ...RECONCILE_DEFAULTS, progress: options.progress })
    const proof = proofOf(await acceptedSince(starts), replayed.figures)
    const ok = result.ok && proof.lost === 0 && proof.doubled === 0
    if (options.json) printJson({ ok, replay: replayed, proof, reconciliation: reconciliationJson(result) })
    else {
      printReplay(replayed)
      printLine('')
      printReconciliation(result)
      printLine('')
      printLine('what the AML rules found')
      printAlarmRates(await alarmRates())
      printWhereToLook()
      printLine('')
      printLine(
        `demo ${ok ? 'OK' : 'FAILED'}: ${replayed.figures.commands} commands answered, ${proof.accepted} accepted in the log, ` +
          `lost ${proof.lost}, doubled ${proof.doubled}, differences ${result.differences.length}`,
      )
    }
    if (!ok) process.exitCode = EXIT.failed
  })
}

/** One run: clients play, faults come and go, and afterwards the record is held against every store. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Transaction } from '../../avro/types.ts'
import { RECONCILE_DEFAULTS, reconcile, withStores } from '../../cli/reconcile.ts'
import { endsOf, readToEnd } from '../../cli/reconcile/kafka.ts'
import { check } from './checker.ts'
import type { Verdict } from './checker.ts'
import type { Clients } from './clients.ts'
import type { Fault } from './faults.ts'
import type { Rig } from './rig.ts'

export interface Injected {
  fault: string
  /** Longest time without an answer in any one partition from the fault until it was over, in milliseconds. */
  gapMs: number
  gapAimMs: number
}

export interface RunResult extends Verdict {
  injected: Injected[]
  operations: number
  unknown: number
}

export interface Calm {
  /** Play before the first fault, in milliseconds: brokers and processes that were just started are slow. */
  warmUpMs: number
  /** Play after each fault, in milliseconds: what it leaves behind shows here. */
  calmMs: number
}

async function inject(fault: Fault, rig: Rig, clients: Clients, calmMs: number): Promise<Injected> {
  clients.takeLongestGapMs()
  await fault.inject(rig)
  await sleep(fault.lastsMs)
  await fault.heal(rig)
  await sleep(calmMs)
  return { fault: fault.name, gapMs: clients.takeLongestGapMs(), gapAimMs: fault.gapAimMs }
}

/** Every committed event of these players, each player's in the order of the log. */
const readLog = (prefix: string): Promise<Transaction[]> =>
  withStores(async ({ broker, codecs }) => {
    const log: Transaction[] = []
    const ends = await endsOf(broker, 'wallet.transaction.created')
    await readToEnd(broker, 'wallet.transaction.created', codecs.transaction, { ends }, ({ data }) => {
      if (data.player_id.startsWith(`${prefix}-player-`)) log.push(data)
    })
    return log
  })

/** Plays through the faults in their order; `news` gets a line after each. The environment is that of the stack. */
export async function runFaults(
  rig: Rig,
  clients: Clients,
  prefix: string,
  faults: readonly Fault[],
  { warmUpMs, calmMs }: Calm,
  news: (line: string) => void,
): Promise<RunResult> {
  const injected: Injected[] = []
  await clients.start()
  await sleep(warmUpMs)
  clients.takeLongestGapMs()
  await sleep(calmMs)
  news(`calm: longest gap ${Math.round(clients.takeLongestGapMs())} ms`)
  try {
    for (const fault of faults) {
      const result = await inject(fault, rig, clients, calmMs)
      injected.push(result)
      news(
        `${injected.length}/${faults.length} ${result.fault}: longest gap ${Math.round(result.gapMs)} ms ` +
          `(aim ${result.gapAimMs}), movements ${clients.operations.length}`,
      )
    }
  } finally {
    await clients.stop()
  }
  // Waits for the sinks, so that every stored command has been decided as well.
  const { differences } = await reconcile({ ...RECONCILE_DEFAULTS, progress: false })
  const verdict = check(clients.operations, await readLog(prefix))
  return {
    ...verdict,
    violations: [
      ...verdict.violations,
      ...clients.contradictions,
      ...differences.map((difference) => `stores differ: ${JSON.stringify(difference, bigintText)}`),
    ],
    injected,
    operations: clients.operations.length,
    unknown: clients.operations.filter(({ outcome }) => outcome.kind === 'unknown').length,
  }
}

const bigintText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value

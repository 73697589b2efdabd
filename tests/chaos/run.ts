/** One run: clients play, faults come and go, and afterwards the record is held against every store. */
import { setTimeout as sleep } from 'node:timers/promises'
import { RECONCILE_DEFAULTS, reconcileStores } from '../../cli/reconcile.ts'
import { check, mergedVerdict } from './checker.ts'
import type { Verdict } from './checker.ts'
import type { Clients } from './clients.ts'
import type { Fault } from './faults.ts'
import { readLog } from './log.ts'
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

/** Who uses the platform beside the players while it breaks, and what became of that. */
export interface Bystander {
  start(): Promise<void>
  stop(): Promise<void>
  /** To be called once, when the stores have caught up. */
  check(): Promise<Verdict>
}

async function inject(fault: Fault, rig: Rig, clients: Clients, calmMs: number): Promise<Injected> {
  clients.takeLongestGapMs()
  await fault.inject(rig)
  await sleep(fault.lastsMs)
  await fault.heal(rig)
  await sleep(calmMs)
  return { fault: fault.name, gapMs: clients.takeLongestGapMs(), gapAimMs: fault.gapAimMs }
}

/** What the stores differ in, as texts. Waits for the sinks, so that every stored command has been decided as well. */
export async function differencesNow(): Promise<string[]> {
  const { differences } = await reconcileStores({ ...RECONCILE_DEFAULTS, progress: false })
  return differences.map((difference) => JSON.stringify(difference, bigintText))
}

/** Plays through the faults in their order; `news` gets a line after each. The environment is that of the stack. */
export async function runFaults(
  rig: Rig,
  clients: Clients,
  prefix: string,
  bystanders: readonly Bystander[],
  faults: readonly Fault[],
  { warmUpMs, calmMs }: Calm,
  news: (line: string) => void,
): Promise<RunResult> {
  const injected: Injected[] = []
  // What was there before is not the faults' doing: who played here before may have given two players one id.
  const before = new Set(await differencesNow())
  if (before.size > 0) news(`${before.size} differences of the stores were there before, and are left out`)
  for (const each of [clients, ...bystanders]) await each.start()
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
    for (const each of [clients, ...bystanders]) await each.stop()
  }
  const differences = (await differencesNow()).filter((difference) => !before.has(difference))
  const verdicts = [check(clients.operations, await readLog(prefix))]
  for (const each of bystanders) verdicts.push(await each.check())
  const verdict = mergedVerdict(verdicts)
  return {
    ...verdict,
    violations: [
      ...verdict.violations,
      ...clients.contradictions,
      ...differences.map((difference) => `stores differ: ${difference}`),
    ],
    injected,
    operations: clients.operations.length,
    unknown: clients.operations.filter(({ outcome }) => outcome.kind === 'unknown').length,
  }
}

const bigintText = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value

/**
 * One reconciliation, while bets go on. A snapshot of PostgreSQL says at which place of the log it was made; Kafka is read to that
 * place, and ClickHouse is asked for the rows below it. So all three are compared at one and the same record, and nobody has to stand still.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadProgress } from '../streams/runtime/read-log.ts'
import { waitForSinks } from './catch-up.ts'
import { BALANCES, KafkaReading, LOG, presentEnds } from './kafka.ts'
import type { Cut } from './kafka.ts'
import { locate } from './locate.ts'
import type { PostgresSnapshot } from './postgres.ts'
import type { ShowProgress } from './progress.ts'
import { reconcileViews } from './result.ts'
import type { Reconciliation } from './result.ts'
import type { Stores } from './stores.ts'

/** The processor may owe the balances of a few batches of transactions; so often they are waited for. */
const OWED_LOOKS_MAX = 5
const OWED_LOOK_MS = 1_000

export interface ReconcileOptions {
  /** Sinks that make no progress for this long end it, in milliseconds. */
  silenceMsMax: number
  showProgress: ShowProgress
  /** What an earlier reconciliation has read of Kafka: it goes on from there. Default: the whole log is read. */
  reading?: KafkaReading
}

/** Waits until the sinks have what the log holds now, and compares. Throws `OperationalError` where that can't be done. */
export async function reconcile(stores: Stores, options: ReconcileOptions): Promise<Reconciliation> {
  const { broker, codecs, postgres, clickhouse } = stores
  const { silenceMsMax, showProgress } = options
  const reading = options.reading ?? new KafkaReading(broker, codecs)
  await readShowing(reading, await presentEnds(broker), showProgress)
  const wait = (...followers: Parameters<typeof waitForSinks>[0]['followers']): Promise<void> =>
    waitForSinks({ ends: reading.recordEnds, followers, silenceMsMax, showProgress })
  const inClickhouse = { name: 'ClickHouse', positions: () => clickhouse.positions() }
  await wait({ name: 'PostgreSQL', positions: () => postgres.positions() }, inClickhouse)
  return postgres.withSnapshot(async (snapshot) => {
    const cut = await cutOf(snapshot, reading.recordEnds)
    await readShowing(reading, cut, showProgress)
    await wait(inClickhouse)
    const views = {
      kafka: reading,
      postgres: await snapshot.read(),
      clickhouse: await clickhouse.read(cut),
      moved: await movedSince(reading, cut),
    }
    const result = reconcileViews(views)
    const located = await locate(
      result.suspects,
      {
        idsOfBucket: (store, bucket) =>
          store === 'PostgreSQL' ? snapshot.idsOfBucket(bucket) : clickhouse.idsOfBucket(cut, bucket),
        walletsOfCell: (store, cell) =>
          store === 'PostgreSQL' ? snapshot.walletsOfCell(cell) : clickhouse.walletsOfCell(cut, cell),
      },
      (onRecord) => reading.readAgain(cut, onRecord),
    )
    const differences = [...result.differences, ...located]
    return { ...result, differences, ok: differences.length === 0 }
  })
}

async function readShowing(reading: KafkaReading, ends: Cut, showProgress: ShowProgress): Promise<void> {
  const total = reading.left(ends)
  if (total === 0) return
  const passed: ReadProgress = { passed: 0, total: 0 }
  const progress = showProgress({
    unit: 'offsets of the log',
    total,
    read: () => ({ done: passed.passed, remark: '' }),
  })
  await reading.readTo(ends, passed).finally(() => progress.stop())
}

/** Where the snapshot was made: behind what it holds, which is at least all that was read. */
async function cutOf(snapshot: PostgresSnapshot, recordEnds: Cut): Promise<Cut> {
  const positions = await snapshot.positions()
  const at = (topic: string, partition: number): number => positions.get(`${topic}/${partition}`) ?? 0
  return {
    log: recordEnds.log.map((_, partition) => at(LOG, partition)),
    balances: recordEnds.balances.map((_, partition) => at(BALANCES, partition)),
  }
}

/**
 * Wallets that changed behind the cut. One whose transaction lies below it and whose balance is still owed counts as such once the balance
 * comes; if it doesn't come, the wallet has not moved, and differs.
 */
async function movedSince(reading: KafkaReading, cut: Cut): Promise<Set<string>> {
  for (let look = 1; ; look++) {
    const moved = await reading.movedSince(cut)
    const isOwed = [...reading.log.wallets].some(
      ([id, { version }]) => !moved.has(id) && (reading.balances.get(id)?.version ?? 0) < version,
    )
    if (!isOwed || look === OWED_LOOKS_MAX) return moved
    await sleep(OWED_LOOK_MS)
  }
}

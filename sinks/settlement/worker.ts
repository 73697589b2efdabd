/**
 * Counts the runs that are asked for, and asks for those that are scheduled. It keeps nothing: a worker that dies leaves runs
 * CALCULATING, and the next one counts them. The ids of its commands follow from what they are about, so that the processor decides
 * what two workers send, or one sends twice, once.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import { v5 } from 'uuid'
import type { Settlement, SettlementCommand, SettlementCommandData } from '../../avro/types.ts'
import type { Seals } from '../../domain/settlement/coverage.ts'
import { coverageOf, dayRow, sealRows } from '../../domain/settlement/run-form.ts'
import type { Logger } from '../../service/logger.ts'
import type { SettlementBook } from './book.ts'
import { countEntries, sinkPositions } from './count.ts'
import { SCHEDULE_MS, TICK_MS } from './limits.ts'
import { dueRuns, scheduledIdOf } from './schedule.ts'

/** Namespace of UUIDv5; it must never change. */
const COUNTED = 'f0b4c1b0-77c6-58f2-9a55-0c6f3e4ad0e7'

export interface WorkerOptions {
  client: Pick<ClickHouseClient, 'query'>
  book: SettlementBook
  /** Resolves when the book holds all that is in the log by now. */
  caughtUp: () => Promise<void>
  /** Next offsets of the log's partitions: all that is committed lies below. */
  logEnds: () => Promise<Seals>
  /** Whether the log holds a record at or above one set of offsets and below another. */
  holdsRecords: (from: Seals, to: Seals) => Promise<boolean>
  send: (command: SettlementCommand) => Promise<void>
  nowMs: () => number
  logger: Logger
}

export interface Worker {
  stop(): Promise<void>
  /** What failed last, while it fails. */
  failing(): string | null
}

const NOTHING: Omit<SettlementCommandData, 'partner_id' | 'action' | 'requested_at'> = {
  actor: null,
  settlement_id: null,
  expected_version: null,
  terms: null,
  period: null,
  draft: null,
  payment_reference: null,
}

const isBehind = (positions: Seals, seals: Seals): boolean =>
  [...seals].some(([partition, next]) => (positions.get(partition) ?? 0) < next)

export function startWorker(options: WorkerOptions): Worker {
  const { client, book, logger, nowMs } = options
  /** Seals of runs whose rows are not all there yet. */
  const sealed = new Map<string, Seals>()
  /** Runs whose counts were sent. */
  const counted = new Set<string>()
  /** Scheduled runs that were asked for. */
  const asked = new Set<string>()
  let failure: string | null = null
  let scheduledMs = -Infinity
  const stopping = new AbortController()

  const send = async (
    id: string,
    data: Partial<SettlementCommandData> & Pick<SettlementCommandData, 'partner_id' | 'action'>,
  ): Promise<void> => {
    const atMs = nowMs()
    const whole = { ...NOTHING, ...data, requested_at: atMs }
    await options.send({ event_id: id, event_type: 'settlement.command', timestamp: atMs, data: whole })
  }

  /** Counts a run once the sink has written all that lies below its seals. */
  const count = async (run: Settlement): Promise<void> => {
    const { settlement_id: id, partner_id: partnerId, currency } = run
    if (counted.has(id)) return
    const seals = sealed.get(id) ?? (await options.logEnds())
    sealed.set(id, seals)
    const positions = await sinkPositions(client)
    if (isBehind(positions, seals) && (await options.holdsRecords(positions, seals))) return
    const entries = await countEntries(client, { partnerId, currency, coverage: coverageOf(run, seals) })
    // A rate of the past never changes; all that were given before the run was asked for are in the book.
    await options.caughtUp()
    const days = entries.buckets.days(run.time_zone, book.rates(partnerId)).map(dayRow)
    await send(v5(id, COUNTED), {
      partner_id: partnerId,
      action: 'COMPLETE',
      settlement_id: id,
      draft: {
        seals: sealRows(seals),
        days,
        late_entries: entries.lateEntries,
        late_digest: entries.lateDigest,
      },
    })
    sealed.delete(id)
    counted.add(id)
    logger.info({ settlement: id, days: days.length, late: entries.lateEntries }, 'a run is counted')
  }

  const schedule = async (): Promise<void> => {
    const atMs = nowMs()
    if (atMs - scheduledMs < SCHEDULE_MS) return
    await options.caughtUp()
    for (const due of dueRuns(book, atMs)) {
      const id = scheduledIdOf(due)
      if (asked.has(id)) continue
      const { currency, from, to } = due
      await send(id, { partner_id: due.partnerId, action: 'REQUEST', period: { currency, from, to } })
      asked.add(id)
    }
    scheduledMs = atMs
  }

  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        for (const run of book.toCount()) await count(run)
        await schedule()
        failure = null
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        logger.warn({ err: error }, 'settlement can not go on; it is tried again')
      }
      await sleep(TICK_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const working = work()
  return {
    stop: async () => {
      stopping.abort()
      await working
    },
    failing: () => failure,
  }
}

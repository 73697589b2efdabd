/**
 * From fetched slices to rows: learn schemas, decode, set aside what can't be written, write the rest.
 *
 * A store that can't be reached is tried again for ever. A batch that the store refuses because of its data is halved
 * until the record at fault stands alone; that one goes to the dead-letter topic and all others are written.
 */
import type { Logger } from '../../service/logger.ts'
import type { BatchTrace, Tracing } from '../../service/tracing.ts'
import { patiently } from './backoff.ts'
import { halve, recordCount, withoutRecords } from './batches.ts'
import { decodeSlice, learnSchemas } from './decode.ts'
import type { SourceCodecs } from './decode.ts'
import type { SinkMetrics } from './metrics.ts'
import { PositionError, PositionMovedError, SupersededError } from './types.ts'
import type {
  AnySourceName,
  Batch,
  DeadLetters,
  RawSlice,
  Rejection,
  SinkStore,
  WriteContext,
} from './types.ts'

/** The store refuses a batch because of what is in it. */
class RefusedError extends Error {
  override name = 'RefusedError'
}

/** What no further attempt can mend. */
const FINAL_ERRORS = [RefusedError, PositionMovedError, PositionError, SupersededError]

export interface WriterOptions<N extends AnySourceName> {
  store: SinkStore<N>
  codecs: SourceCodecs<N>
  deadLetters: DeadLetters<N>
  metrics: SinkMetrics
  logger: Logger
  /** Absent where traces are off. */
  tracing?: Tracing | undefined
}

/** How the attempts fare, for readiness. */
export interface WriterHealth {
  /** When the attempts began to fail, or undefined while they succeed. */
  failingSinceMs: number | undefined
  lastError: string | undefined
  lastWriteMs: number | undefined
}

export interface SliceWriter<N extends AnySourceName> {
  /**
   * Writes slices as one; resolves when all their records are in the store or in the dead-letter topic and the
   * positions have moved. Throws `PositionMovedError` or `SupersededError`; then what was not written is read again.
   */
  write(slices: readonly RawSlice<N>[], signal: AbortSignal, context: WriteContext): Promise<void>
  /** Keeps trying a step of the same store until it works; its failures show in the same health. */
  persist<T>(step: string, signal: AbortSignal, attempt: () => Promise<T>): Promise<T>
  health(): WriterHealth
}

interface Circumstances {
  signal: AbortSignal
  context: WriteContext
  /** True where the store has refused a larger batch of these records for its data. */
  suspected: boolean
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export function createWriter<N extends AnySourceName>({
  store,
  codecs,
  deadLetters,
  metrics,
  logger,
  tracing,
}: WriterOptions<N>): SliceWriter<N> {
  const health: WriterHealth = { failingSinceMs: undefined, lastError: undefined, lastWriteMs: undefined }
  metrics.available.set(1)

  const isFinal = (error: unknown): boolean => FINAL_ERRORS.some((kind) => error instanceof kind)

  const persist = async <T>(step: string, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> => {
    const result = await patiently(attempt, {
      signal,
      isFinal,
      onFailure: (error, pauseMs) => {
        health.failingSinceMs ??= Date.now()
        health.lastError = messageOf(error)
        metrics.available.set(0)
        metrics.retries.inc({ step })
        logger.warn({ err: error, step, pauseMs: Math.round(pauseMs) }, 'failed, will try again')
      },
    })
    if (health.failingSinceMs !== undefined)
      logger.info({ step, failedForMs: Date.now() - health.failingSinceMs }, 'works again')
    health.failingSinceMs = undefined
    metrics.available.set(1)
    return result
  }

  const discard = async (rejections: readonly Rejection<N>[], signal: AbortSignal): Promise<void> => {
    if (rejections.length === 0) return
    await persist('dead-letter', signal, () => deadLetters.send(rejections))
    for (const { topic, partition, record, code, reason } of rejections) {
      metrics.deadLetters.inc({ topic, code })
      logger.error(
        { topic, partition, offset: record.offset, code, reason },
        'record sent to the dead letters',
      )
    }
  }

  /** Refused twice, the second time from a fresh start: then it is the data, and no stale knowledge of the store's. */
  const attempt = async (batch: Batch<N>, context: WriteContext, suspected: boolean): Promise<void> => {
    if (!context.stillOurs()) throw new SupersededError('the partitions may belong to another instance')
    try {
      await store.write(batch, context)
    } catch (error) {
      if (isFinal(error) || store.faultOf(error) !== 'data') throw error
      if (suspected) throw new RefusedError(messageOf(error), { cause: error })
      await attempt(batch, context, true)
    }
  }

  const writeOnce = async (batch: Batch<N>, { signal, context, suspected }: Circumstances): Promise<void> => {
    const writeMs = await persist('write', signal, async () => {
      const startedMs = performance.now()
      await attempt(batch, context, suspected)
      return performance.now() - startedMs
    })
    health.lastWriteMs = Date.now()
    metrics.writeMs.observe(writeMs)
    metrics.batchRecords.observe(recordCount(batch))
    for (const { topic, records } of batch) metrics.written.inc({ topic }, records.length)
  }

  const writeIsolating = async (batch: Batch<N>, circumstances: Circumstances): Promise<void> => {
    try {
      await writeOnce(batch, circumstances)
    } catch (error) {
      if (!(error instanceof RefusedError) || recordCount(batch) === 0) throw error
      if (recordCount(batch) > 1) {
        for (const half of halve(batch)) await writeIsolating(half, { ...circumstances, suspected: true })
        return
      }
      await discard(rejectionsOf(batch, error.message), circumstances.signal)
      await writeOnce(withoutRecords(batch), circumstances)
    }
  }

  const write: SliceWriter<N>['write'] = async (slices, signal, context) => {
    await persist('schema', signal, () => learnSchemas(codecs, slices))
    const decoded = slices.map((slice) => decodeSlice(codecs, slice))
    await discard(
      decoded.flatMap(({ rejections }) => rejections),
      signal,
    )
    const batch = decoded.map(({ slice }) => slice)
    await writeIsolating(batch, { signal, context, suspected: false })
  }

  return {
    persist,
    health: () => ({ ...health }),
    write: tracing === undefined ? write : traced(tracing, write),
  }
}

/** The same with a span of the batch, and one of each record whose trace is followed. */
const traced =
  <N extends AnySourceName>(tracing: Tracing, write: SliceWriter<N>['write']): SliceWriter<N>['write'] =>
  async (slices, signal, context) => {
    const trace = tracing.batch()
    const records = follow(trace, slices)
    try {
      await write(slices, signal, context)
      trace.end(records)
    } catch (error) {
      trace.end(records, error)
      throw error
    }
  }

/** Answers how many records there are. */
function follow(trace: BatchTrace, slices: readonly RawSlice<AnySourceName>[]): number {
  let count = 0
  for (const { topic, partition, records } of slices) {
    for (const record of records) trace.follow(topic, partition, record)
    count += records.length
  }
  return count
}

const rejectionsOf = <N extends AnySourceName>(batch: Batch<N>, reason: string): Rejection<N>[] =>
  batch.flatMap(({ source, topic, partition, records }) =>
    records.map(({ raw }) => ({
      source,
      topic,
      partition,
      record: raw,
      code: 'RECORD_INVALID' as const,
      reason,
    })),
  )

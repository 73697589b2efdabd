/** Reads a stretch of a topic and ends there: for tools that look at the log, not for those that live on it. */
import type { TopicName, TopicValues } from '../../topics/catalogue.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { OperationalError } from '../../topics/errors.ts'
import { decodeAll } from './decode.ts'
import type { StreamsBroker, TopicPartition } from './port.ts'

/** No record for this long while some are awaited ends the reading, in milliseconds. */
const SILENCE_MS_MAX = 30_000

/** End of each partition, exclusive, as readers of committed records see it. */
export type Ends = readonly number[]

/** The present end of each partition of a topic. */
export async function endsOf(broker: StreamsBroker, topic: TopicName): Promise<Ends> {
  const count = await broker.partitionCount(topic)
  const partitions = Array.from({ length: count }, (_, partition) => partition)
  return Promise.all(partitions.map(async (partition) => (await broker.offsets({ topic, partition })).end))
}

/** A value with its place in the log. */
export type OnRecord<T> = (value: T, partition: number, offset: number) => void

export interface ReadProgress {
  /** Offsets that were passed. */
  passed: number
  total: number
}

/** Which part of a topic is read: to `ends`, from `starts` or from its first record. */
export interface Stretch {
  ends: Ends
  starts?: Ends
  /** Ends the reading where it is. */
  signal?: AbortSignal
}

/**
 * Reads a stretch of a topic, committed records only, each partition in order. The records
 * pass through, none is kept. Throws `OperationalError` when the broker falls silent before the end.
 */
export async function readToEnd<N extends TopicName>(
  broker: StreamsBroker,
  topic: N,
  codec: TopicCodec<TopicValues[N]>,
  { ends, starts, signal }: Stretch,
  onRecord: OnRecord<TopicValues[N]>,
  progress: ReadProgress = { passed: 0, total: 0 },
): Promise<void> {
  const reader = broker.logReader([topic])
  const crashed = Promise.withResolvers<never>()
  await reader.start(crashed.reject)
  try {
    const partitions = ends.map((end, partition) => readPartition({ topic, partition }, end))
    await Promise.race([Promise.all(partitions), crashed.promise])
  } finally {
    await reader.stop()
  }

  async function readPartition(source: TopicPartition, end: number): Promise<void> {
    const { first: oldest } = await broker.offsets(source)
    const first = Math.max(oldest, starts?.[source.partition] ?? 0)
    if (first >= end || signal?.aborted) return
    progress.total += end - first
    const done = Promise.withResolvers<void>()
    const silence = (): void =>
      done.reject(
        new OperationalError(
          'unreachable',
          'KAFKA_SILENT',
          `topic ${topic}, partition ${source.partition}, offset ${at} and on could not be read`,
          'is Kafka up, and is no transaction left open? see `make status`',
        ),
      )
    const finish = (): void => {
      reader.unfollow(source)
      done.resolve()
    }
    signal?.addEventListener('abort', finish, { once: true })
    let at = first
    let timer = setTimeout(silence, SILENCE_MS_MAX)
    reader.follow(source, first, async (batch) => {
      clearTimeout(timer)
      const records = batch.records.filter(({ offset }) => offset < end)
      await decodeAll(
        codec,
        { ...batch, records },
        (value, record) => onRecord(value, source.partition, record.offset),
        (error) => done.reject(error),
      )
      progress.passed += Math.min(batch.nextOffset, end) - at
      at = Math.min(batch.nextOffset, end)
      if (at >= end || signal?.aborted) finish()
      else timer = setTimeout(silence, SILENCE_MS_MAX)
    })
    await done.promise.finally(() => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', finish)
    })
  }
}

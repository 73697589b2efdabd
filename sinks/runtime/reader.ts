/**
 * Reads topics for a sink, over the public interface of kafkajs 2.2.4. The position is the store's, not the group's:
 *
 * 1. The group assigns partitions: all are paused before anything is fetched (the listener of GROUP_JOIN runs first).
 * 2. The stored positions are loaded, checked against what the partitions hold, and sought; then reading resumes.
 * 3. What a fetch brings is cut into slices, gathered with those of the other partitions, and written.
 * 4. Only then is the next fetch made, and the group's offsets are committed, for lag tools alone.
 *
 * kafkajs has no notice of lost partitions, so a session ends when a heartbeat is refused, when the group is joined anew
 * or when a write finds the stored position moved; the next one begins with step 1. When kafkajs meets an offset out of
 * range it starts over in silence: batches that lie before the position, or after a gap, are checked for that.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import type { Logger } from '../../service/logger.ts'
import { patiently } from './backoff.ts'
import { cutSlices } from './batches.ts'
import type { BatchLimits } from './batches.ts'
import { createGatherer } from './gatherer.ts'
import type { Gatherer } from './gatherer.ts'
import * as limits from './limits.ts'
import type { SinkMetrics } from './metrics.ts'
import { startOffset } from './positions.ts'
import type { Bounds } from './positions.ts'
import { lagOf, Session, updateLag } from './session.ts'
import type { Place } from './session.ts'
import { PositionError, PositionMovedError, SupersededError } from './types.ts'
import type { AnySourceName, RawRecord, SinkStore, SourceName, TopicPartition } from './types.ts'
import type { SliceWriter } from './writer.ts'

/** Parallel batch handlers: they only wait, so this has to exceed the partitions that one fetch brings. */
const CONCURRENT_HANDLERS = 256

export interface ReaderOptions<N extends AnySourceName> {
  kafka: Kafka
  groupId: string
  /** The source that each topic in Kafka stands for. */
  sources: ReadonlyMap<string, N>
  store: SinkStore<N>
  writer: SliceWriter<N>
  metrics: SinkMetrics
  logger: Logger
  /** How long the broker waits for `fetchBytesMin` before it answers a fetch, in milliseconds. */
  fetchWaitMs: number
  /** A fetch is answered at once when so many bytes are there. */
  fetchBytesMin: number
  /** Most records that one write holds. Default: BATCH_RECORDS_MAX. */
  batchRecordsMax?: number
  /** Default: DEFAULT_BYTES. */
  bytes?: limits.ByteLimits
  /** A member that is silent for this long loses its partitions, in milliseconds. Default: SESSION_TIMEOUT_MS. */
  sessionTimeoutMs?: number
}

export interface ReaderStatus {
  /** True while partitions are assigned (or known to be none) and their positions are known. */
  positioned: boolean
  partitions: number
  lagRecords: number
  lags: Record<string, number>
}

const offsetOf = (text: string): number => Number(text)

function headersOf(message: KafkaMessage): Record<string, Buffer> {
  const headers: Record<string, Buffer> = {}
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (last !== undefined) headers[name] = Buffer.from(last)
  }
  return headers
}

const toRawRecord = (message: KafkaMessage): RawRecord => ({
  offset: offsetOf(message.offset),
  timestampMs: Number(message.timestamp),
  key: message.key,
  value: message.value,
  headers: headersOf(message),
})

export class SinkReader<N extends AnySourceName = SourceName> {
  readonly #options: ReaderOptions<N>
  readonly #sessionTimeoutMs: number
  readonly #batchLimits: BatchLimits
  readonly #bytes: limits.ByteLimits
  readonly #admin: Admin
  readonly #gatherer: Gatherer<N>
  readonly #stopping = new AbortController()
  /** Rejects when the sink can't go on by itself. */
  readonly #failure = Promise.withResolvers<never>()
  #consumer: Consumer | undefined
  #session: Session | undefined
  #lastHeartbeatMs = 0
  #running: Promise<void> | undefined
  #lagPoll: NodeJS.Timeout | undefined

  constructor(options: ReaderOptions<N>) {
    this.#bytes = options.bytes ?? limits.DEFAULT_BYTES
    limits.assertLimits(this.#bytes)
    this.#options = options
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? limits.SESSION_TIMEOUT_MS
    this.#admin = options.kafka.admin()
    this.#batchLimits = {
      records: options.batchRecordsMax ?? limits.BATCH_RECORDS_MAX,
      bytes: this.#bytes.batch,
    }
    this.#gatherer = createGatherer(this.#batchLimits, async (slices) => {
      const session = this.#session
      if (session === undefined || session.over) throw new SupersededError('the partitions were given back')
      await options.writer.write(slices, session.signal, { stillOurs: () => this.#isLeased(session) })
    })
    this.#failure.promise.catch(() => undefined)
  }

  /** Rejects with the error that the sink can't mend by itself: `PositionError`. Never resolves. */
  get failed(): Promise<never> {
    return this.#failure.promise
  }

  /** Begins to read; reading goes on until `stop`, across failures of Kafka and of the store. */
  start(): void {
    this.#running ??= this.#runForEver()
    this.#lagPoll = setInterval(() => void this.#pollLag(), limits.LAG_POLL_MS)
    this.#lagPoll.unref()
  }

  /** Finishes the write that runs, gives up what waits, and leaves the group. */
  async stop(): Promise<void> {
    clearInterval(this.#lagPoll)
    this.#stopping.abort()
    this.#endSession()
    await this.#gatherer.idle()
    await this.#running
    await this.#admin.disconnect().catch(() => undefined)
  }

  status(): ReaderStatus {
    const session = this.#session
    const lags: Record<string, number> = {}
    for (const place of session?.places ?? []) lags[`${place.topic}/${place.partition}`] = lagOf(place)
    return {
      positioned: session?.positioned ?? false,
      partitions: session?.partitions.length ?? 0,
      lagRecords: Object.values(lags).reduce((sum, lag) => sum + lag, 0),
      lags,
    }
  }

  /** One consumer after another: kafkajs ends one for good when it meets an error that it does not try again. */
  async #runForEver(): Promise<void> {
    const { logger } = this.#options
    await patiently(() => this.#consume(), {
      signal: this.#stopping.signal,
      isFinal: (error) => error instanceof PositionError,
      onFailure: (error, pauseMs) =>
        logger.warn({ err: error, pauseMs }, 'the consumer ended, starting another'),
    }).catch((error: unknown) => {
      if (error instanceof PositionError) this.#failure.reject(error)
      else if (!(error instanceof SupersededError)) throw error
    })
  }

  /** Runs one consumer until `stop` (resolves) or until it ends by itself (rejects). */
  async #consume(): Promise<void> {
    const { kafka, groupId, sources, fetchWaitMs, fetchBytesMin } = this.#options
    const sessionTimeout = this.#sessionTimeoutMs
    const consumer = kafka.consumer({
      groupId,
      sessionTimeout,
      heartbeatInterval: Math.min(limits.HEARTBEAT_INTERVAL_MS, sessionTimeout / 3),
      rebalanceTimeout: limits.REBALANCE_TIMEOUT_MS,
      metadataMaxAge: limits.METADATA_AGE_MS,
      maxWaitTimeInMs: fetchWaitMs,
      minBytes: fetchBytesMin,
      maxBytes: this.#bytes.fetch,
      maxBytesPerPartition: this.#bytes.fetchPartition,
      readUncommitted: false,
      allowAutoTopicCreation: false,
    })
    const stopped = Promise.withResolvers<void>()
    const onStop = (): void => stopped.resolve()
    this.#stopping.signal.addEventListener('abort', onStop, { once: true })
    this.#failure.promise.catch((error: unknown) => stopped.reject(error))
    try {
      this.#listen(consumer, (error) => stopped.reject(error))
      this.#consumer = consumer
      await this.#admin.connect()
      await consumer.connect()
      // From the beginning: should kafkajs ever reset an offset, it goes back, which is seen, and never ahead.
      await consumer.subscribe({ topics: [...sources.keys()], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: CONCURRENT_HANDLERS,
        eachBatch: (payload) => this.#handle(payload),
      })
      await stopped.promise
    } finally {
      this.#stopping.signal.removeEventListener('abort', onStop)
      this.#endSession()
      await consumer.disconnect().catch(() => undefined)
    }
  }

  #listen(consumer: Consumer, ended: (error: Error) => void): void {
    const { events } = consumer
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#lastHeartbeatMs = performance.now()
      this.#beginSession(payload.memberAssignment)
    })
    consumer.on(events.HEARTBEAT, () => {
      this.#lastHeartbeatMs = performance.now()
    })
    consumer.on(events.END_BATCH_PROCESS, ({ payload }) => {
      const place = this.#session?.placeOf(payload.topic, payload.partition)
      if (place === undefined) return
      place.end = Math.max(place.end, offsetOf(payload.highWatermark))
      // Nothing but aborted records and markers: no handler sees such a batch.
      if (payload.batchSize === 0) place.readTo = Math.max(place.readTo, offsetOf(payload.lastOffset) + 1)
    })
    consumer.on(events.CRASH, ({ payload }) => {
      this.#endSession()
      if (!payload.restart) ended(payload.error)
    })
  }

  #endSession(): void {
    this.#session?.end()
    this.#options.metrics.lag.reset()
    this.#gatherer.drop(new SupersededError('the partitions were given back'))
  }

  #beginSession(memberAssignment: Readonly<Record<string, readonly number[]>>): void {
    this.#endSession()
    const session = new Session(memberAssignment)
    this.#session = session
    this.#consumer?.pause(session.byTopic())
    this.#position(session).catch((error: unknown) => {
      if (error instanceof PositionError) this.#failure.reject(error)
      else if (!(error instanceof SupersededError))
        this.#options.logger.error({ err: error }, 'no position was found')
    })
  }

  /** The same partitions once more, from their stored positions. */
  #restartSession(session: Session): void {
    if (session !== this.#session || session.over || this.#stopping.signal.aborted) return
    this.#beginSession(
      Object.fromEntries(session.byTopic().map(({ topic, partitions }) => [topic, partitions])),
    )
  }

  async #position(session: Session): Promise<void> {
    const { store, writer, metrics, logger } = this.#options
    // A write of the session before may still be going on, and would move what is loaded here.
    await this.#gatherer.idle()
    const places = await writer.persist('position', session.signal, async (): Promise<Place[]> => {
      const stored = await store.loadPositions(session.partitions)
      const boundsOf = await this.#fetchBounds(session)
      return session.partitions.map((partition, at) => {
        const position = stored[at]
        const bounds = boundsOf(partition)
        if (position === undefined || bounds === undefined)
          throw new Error(
            `${partition.topic}/${partition.partition} is not known to the store or to the broker`,
          )
        return {
          ...partition,
          stored: position,
          readTo: startOffset(partition, position, bounds),
          end: bounds.end,
        }
      })
    })
    if (session.over) return
    session.position(places)
    for (const { topic, partition, readTo } of places)
      this.#consumer?.seek({ topic, partition, offset: String(readTo) })
    this.#consumer?.resume(session.byTopic())
    updateLag(session, () => undefined, metrics)
    logger.info({ places }, 'reading from the stored positions')
  }

  async #fetchBounds(session: Session): Promise<(partition: TopicPartition) => Bounds | undefined> {
    const bounds = new Map<string, Bounds>()
    for (const { topic } of session.byTopic())
      for (const { partition, low, high } of await this.#admin.fetchTopicOffsets(topic))
        bounds.set(`${topic}/${partition}`, { low: offsetOf(low), end: offsetOf(high) })
    return ({ topic, partition }) => bounds.get(`${topic}/${partition}`)
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const session = this.#session
    const place = session?.placeOf(batch.topic, batch.partition)
    const source = this.#options.sources.get(batch.topic)
    if (session === undefined || !session.positioned || place === undefined || source === undefined) return
    if (!(await this.#followsOn(session, place, Number(batch.firstOffset())))) return

    const next = offsetOf(batch.lastOffset()) + 1
    const records = batch.messages.map(toRawRecord)
    const { topic, partition } = place
    place.end = Math.max(place.end, offsetOf(batch.highWatermark))
    this.#showLag(place)
    const slices = cutSlices(
      { source, topic, partition, from: place.stored, next, records },
      this.#batchLimits,
    )
    try {
      const written = Promise.all(slices.map((slice) => this.#gatherer.add(slice)))
      await this.#beatWhile(session, written, payload.heartbeat)
    } catch (error) {
      // Part of it may be written: what the store holds decides where to go on.
      this.#restartSession(session)
      if (error instanceof PositionMovedError || error instanceof SupersededError) return
      throw error
    }
    if (session.over) return
    place.stored = next
    place.readTo = next
    payload.resolveOffset(batch.lastOffset())
    this.#showLag(place)
    await this.#commitForTools(payload, place)
  }

  /** Whether a batch that starts at `first` may be what comes next; otherwise the session is started anew or fails. */
  async #followsOn(session: Session, place: Place, first: number): Promise<boolean> {
    if (first < place.readTo) {
      const { topic, partition, readTo } = place
      this.#options.logger.warn(
        { topic, partition, readTo, first },
        'the partition was read from before the position',
      )
      this.#restartSession(session)
      return false
    }
    if (first === place.readTo || place.stored === 0) return true
    // Compaction and markers leave gaps; a gap where records were removed is another thing.
    const bounds = (await this.#fetchBounds(session))(place)
    if (bounds === undefined || place.readTo >= bounds.low) return !session.over
    this.#restartSession(session)
    return false
  }

  /** Keeps the membership alive while the store takes its time, for minutes if it must. */
  async #beatWhile(session: Session, work: Promise<unknown>, heartbeat: () => Promise<void>): Promise<void> {
    let settled = false
    const watched = work.finally(() => (settled = true))
    watched.catch(() => undefined)
    for (;;) {
      await Promise.race([watched, sleep(limits.HEARTBEAT_TICK_MS, undefined, { ref: false })])
      if (settled) return void (await watched)
      try {
        await heartbeat()
      } catch (error) {
        // The group rebalances. The write that runs is let finish first, so that it ends before others get the partition.
        session.end()
        this.#gatherer.drop(new SupersededError('the group rebalances'))
        await watched.catch(() => undefined)
        throw error
      }
    }
  }

  /** The group's offsets are for lag tools; the position that counts is the store's, so a failure here is no matter. */
  async #commitForTools(payload: EachBatchPayload, { topic, partition, stored }: Place): Promise<void> {
    try {
      await payload.commitOffsetsIfNecessary({
        topics: [{ topic, partitions: [{ partition, offset: String(stored) }] }],
      })
    } catch (error) {
      this.#options.logger.debug({ err: error, topic, partition }, 'group offset not committed')
    }
  }

  #isLeased(session: Session): boolean {
    const leaseMs = this.#sessionTimeoutMs * (1 - limits.LEASE_MARGIN)
    return session === this.#session && !session.over && performance.now() - this.#lastHeartbeatMs < leaseMs
  }

  #showLag(place: Place): void {
    this.#options.metrics.lag.set({ topic: place.topic, partition: String(place.partition) }, lagOf(place))
  }

  async #pollLag(): Promise<void> {
    const session = this.#session
    if (session === undefined || !session.positioned) return
    try {
      const boundsOf = await this.#fetchBounds(session)
      if (!session.over) updateLag(session, boundsOf, this.#options.metrics)
    } catch (error) {
      this.#options.logger.debug({ err: error }, 'lag not updated')
    }
  }
}

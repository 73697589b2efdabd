/**
 * A task: one input partition, its store, its two producers, and the loop that turns what was fetched into
 * transactions. It lives from an assignment to its end, or to its first fatal error; then another takes its place.
 */
import type { BatchTrace, Tracing } from '../../service/tracing.ts'
import { applyBatch, endBatch } from './batch.ts'
import type { Progress } from './batch.ts'
import { commitBatch } from './commit.ts'
import { PositionOutOfLogError } from './errors.ts'
import { HOUSEKEEPING_MS, QUEUE_RECORDS_MAX, QUEUE_RECORDS_RESUME } from './limits.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { FetchedBatch, LogReader, StreamsBroker, TopicPartition, TransactionalProducer } from './port.ts'
import type { ProcessorDefinition, TaskLogic } from './processor.ts'
import { InputQueue } from './queue.ts'
import { fence, restore } from './restore.ts'
import type { StateStore } from './store.ts'

/** Between these lie all keys of a processor's own. */
const FIRST_KEY = '"'
const LAST_KEY = '\uffff'

/** Two producers per task, used in turn: the broker finishes one's commit markers while the other begins. */
const PRODUCER_SUFFIXES = ['a', 'b'] as const

export interface TaskEnvironment {
  /** Prefix of transactional ids and groups; the same for all instances of an installation. */
  app: string
  /** Opens the store of a partition, for its task or for a standby. */
  openStore(partition: number): StateStore
  definition: ProcessorDefinition
  broker: StreamsBroker
  reader: LogReader
  metrics: RuntimeMetrics
  /** Absent where traces are off. */
  tracing?: Tracing | undefined
}

export interface TaskCallbacks {
  pause(): void
  resume(): void
  /** Tells the group how far the task has come; false where it did not take it. */
  commitOffset(nextOffset: number): Promise<boolean>
  /** The loop ended by an error that makes the task start anew. */
  failed(error: unknown): void
}

export class Task {
  readonly #environment: TaskEnvironment
  readonly #callbacks: TaskCallbacks
  readonly #input: TopicPartition
  readonly #producers: readonly TransactionalProducer[]
  readonly #logic: TaskLogic
  readonly #store: StateStore
  readonly #queue = new InputQueue()
  readonly #abort = new AbortController()
  readonly #labels: { processor: string; partition: number }
  #turn = 0
  #progress: Progress = { position: 0, debt: undefined }
  #fetchOffset = 0
  #highWatermark = 0
  #paused = false
  #wake = Promise.withResolvers<void>()
  #loop: Promise<void> = Promise.resolve()
  #housekeptAtMs = 0
  /** What the group knows of the position; undefined before it was told. */
  #committedOffset: number | undefined

  constructor(environment: TaskEnvironment, partition: number, callbacks: TaskCallbacks) {
    const { definition, app, broker } = environment
    this.#environment = environment
    this.#callbacks = callbacks
    this.#input = { topic: definition.inputTopic, partition }
    this.#labels = { processor: definition.name, partition }
    this.#producers = PRODUCER_SUFFIXES.map((suffix) =>
      broker.transactionalProducer(`${app}.${definition.name}.${partition}.${suffix}`),
    )
    this.#logic = definition.createLogic()
    this.#store = environment.openStore(partition)
  }

  /** Where the next fetch has to begin: behind all that waits in the queue. */
  get fetchOffset(): number {
    return this.#fetchOffset
  }

  /** True while more waits in the queue than the task wants to hold. */
  get paused(): boolean {
    return this.#paused
  }

  /**
   * Fences earlier owners, restores the store, finds the position, and starts the loop. Answers the offset to fetch from:
   * the position, or before it what has to be recalled.
   */
  async start(): Promise<number> {
    const { definition, reader, metrics } = this.#environment
    const startedAtMs = performance.now()
    const task = { definition, logic: this.#logic, store: this.#store, partition: this.#input.partition }
    const fences = await fence(task, this.#producers)
    await restore(task, reader, fences, this.#abort.signal, (remaining) =>
      metrics.restoreRemaining.set(this.#labels, remaining),
    )
    this.#progress = await this.#findProgress()
    this.#fetchOffset = this.#progress.debt?.from ?? this.#progress.position
    metrics.restoreRemaining.set(this.#labels, 0)
    metrics.restoreMs.observe(this.#labels, performance.now() - startedAtMs)
    this.#loop = this.#run()
    return this.#fetchOffset
  }

  /**
   * The stored position is the truth; the group's offset only shows lag. A position outside of the topic means that
   * commands were lost or the topic is another one: nobody may skip that silently.
   */
  async #findProgress(): Promise<Progress> {
    const { first, end } = await this.#environment.broker.offsets(this.#input)
    this.#highWatermark = end
    const { inputOffset: stored, owedFrom } = this.#store.checkpoint
    if (stored === undefined) {
      this.#assertNothingDone()
      return { position: first, debt: undefined }
    }
    const name = `${this.#input.topic}/${this.#input.partition}`
    if (stored > end)
      throw new PositionOutOfLogError(`the stored position ${stored} lies beyond the end ${end} of ${name}`)
    const from = owedFrom ?? stored
    if (from < first)
      throw new PositionOutOfLogError(
        `${name} begins at ${first}: records from ${from} on were deleted unprocessed`,
      )
    return {
      position: stored,
      debt: owedFrom === undefined ? undefined : { from, batches: 0, due: true, entries: false },
    }
  }

  /**
   * What a task does is committed with its position. Where there is one without the other, the log was copied without the
   * positions: to begin with the first command that is there would do again what was done.
   */
  #assertNothingDone(): void {
    const { positionTopic } = this.#environment.definition
    for (const _ of this.#store.range(FIRST_KEY, LAST_KEY))
      throw new PositionOutOfLogError(
        `the changelog of partition ${this.#input.partition} holds state, but ${positionTopic} has no position of this task; ` +
          'on a mirror of the topics they are written by `failover positions`',
      )
  }

  /** Takes fetched records; asks for a pause when too many wait. */
  offer(batch: FetchedBatch): void {
    this.#highWatermark = batch.highWatermark
    this.#fetchOffset = batch.nextOffset
    this.#queue.push(batch.records)
    if (!this.#paused && this.#queue.length > QUEUE_RECORDS_MAX) {
      this.#paused = true
      this.#callbacks.pause()
    }
    this.#wake.resolve()
  }

  async #run(): Promise<void> {
    const timer = setInterval(() => this.#wake.resolve(), HOUSEKEEPING_MS)
    try {
      while (!this.#abort.signal.aborted) {
        if (!this.#hasWork) {
          this.#wake = Promise.withResolvers()
          await this.#wake.promise
        }
        await this.#housekeep()
        if (this.#hasWork && !this.#abort.signal.aborted) await this.#processBatch()
      }
    } catch (error) {
      this.#callbacks.failed(error)
    } finally {
      clearInterval(timer)
    }
  }

  /** A debt that is due is work of its own, once all that has to be recalled is there. */
  get #hasWork(): boolean {
    return this.#queue.length > 0 || (this.#progress.debt?.due === true && this.#recalled)
  }

  get #recalled(): boolean {
    return this.#fetchOffset >= this.#progress.position
  }

  async #processBatch(): Promise<void> {
    const { definition, tracing } = this.#environment
    for (const records of this.#queue.takeUnprepared())
      await definition.prepare(definition.inputTopic, records)
    const trace = tracing?.batch()
    try {
      const processed = await this.#applyAndCommit(trace)
      trace?.end(processed)
    } catch (error) {
      trace?.end(0, error)
      throw error
    }
  }

  /** Answers how many records were processed. */
  async #applyAndCommit(trace: BatchTrace | undefined): Promise<number> {
    const { definition, metrics } = this.#environment
    const startedAtMs = performance.now()
    const task = { definition, logic: this.#logic, store: this.#store, partition: this.#input.partition }
    const { position: from } = this.#progress
    const applied = applyBatch(task, this.#queue, this.#progress, trace)
    metrics.skipped.inc(this.#labels, applied.skipped)
    this.#resumeWhenDrained()
    const settles = applied.debt?.due === true && this.#recalled
    if (applied.processed === 0 && !settles) return 0
    const batch = endBatch(task, applied, from, this.#backlogAfter(applied.position))
    const appliedAtMs = performance.now()
    const producer = this.#nextProducer()
    await commitBatch({ input: this.#input, store: this.#store, producer }, batch)
    this.#progress = { position: batch.position, debt: batch.debt }
    metrics.records.inc(this.#labels, batch.processed)
    metrics.batchRecords.observe(this.#labels, batch.processed)
    metrics.applyMs.observe(this.#labels, appliedAtMs - startedAtMs)
    metrics.commitMs.observe(this.#labels, performance.now() - appliedAtMs)
    for (const [outcome, times] of batch.output.outcomes)
      metrics.outcomes.inc({ ...this.#labels, outcome }, times)
    for (const code of batch.poisoned) metrics.deadLetters.inc({ ...this.#labels, code })
    return batch.processed
  }

  /**
   * Records that are sure to follow soon: what the log had behind a position when it was fetched last. With an empty queue it is
   * none, since a broker that is away would leave standing what is owed.
   */
  #backlogAfter(position: number): number {
    return this.#queue.length === 0 ? 0 : Math.max(0, this.#highWatermark - position)
  }

  #nextProducer(): TransactionalProducer {
    const producer = this.#producers[this.#turn]
    if (producer === undefined) throw new Error('a task needs a producer')
    this.#turn = (this.#turn + 1) % this.#producers.length
    return producer
  }

  #resumeWhenDrained(): void {
    if (!this.#paused || this.#queue.length > QUEUE_RECORDS_RESUME) return
    this.#paused = false
    this.#callbacks.resume()
  }

  async #housekeep(): Promise<void> {
    const nowMs = Date.now()
    // While the store lacks entries it is not to be written; some batches later at the latest it has them.
    if (nowMs - this.#housekeptAtMs < HOUSEKEEPING_MS || this.#progress.debt?.entries === true) return
    this.#housekeptAtMs = nowMs
    const { definition, broker, metrics } = this.#environment
    // Not waited for: no bet should stand behind a request that is for tools alone.
    void this.#commitOffset()
    const due = this.#logic.housekeep(this.#store, nowMs)
    this.#store.commit(this.#store.checkpoint)
    metrics.lag.set(this.#labels, Math.max(0, this.#highWatermark - this.#progress.position))
    metrics.storeEntries.set(this.#labels, this.#store.entries)
    if (due.length > 0) await broker.send(definition.inputTopic, due)
  }

  /** What the group did not take it is told again at the next housekeeping. */
  async #commitOffset(): Promise<void> {
    const { position } = this.#progress
    if (this.#committedOffset === position) return
    if (await this.#callbacks.commitOffset(position)) this.#committedOffset = position
  }

  /** True once the task has been told to end: a partition that comes back at once needs a new one. */
  get givenUp(): boolean {
    return this.#abort.signal.aborted
  }

  /** Ends a restore in progress, and the loop after the batch in progress. */
  giveUp(): void {
    this.#abort.abort()
    this.#wake.resolve()
  }

  /** Finishes the batch in progress, then lets go of producers and store. */
  async stop(): Promise<void> {
    this.giveUp()
    await this.#loop
    // A task that never ran has nothing to tell.
    if (this.#committedOffset !== undefined) await this.#commitOffset()
    this.#queue.clear()
    await Promise.all(this.#producers.map((producer) => producer.discard()))
    await this.#store.close()
  }
}

/**
 * Reads partitions of the log without a group, over kafkajs's connections. kafkajs's own consumer takes more time for a
 * record than laying it into the store does, and it needs a group, which waits for dead members.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type Cluster from 'kafkajs/src/cluster/index.js'
import type { Broker } from 'kafkajs/src/cluster/index.js'
import { asError, failureKind, namingAcl, protocolError } from './errors.ts'
import { FETCH_RETRY_MS, FETCH_WAIT_MS, RESTORE_BYTES_MAX, RESTORE_PARTITION_BYTES_MAX } from './limits.ts'
import type { FetchedBatch, LogReader, TopicPartition } from './port.ts'
import { readCommitted } from './protocol/committed-records.ts'
import { FETCH, fetchCall } from './protocol/fetch.ts'
import type { FetchedPartition } from './protocol/fetch.ts'
import { assertSpeaks, send } from './protocol/send.ts'

// Node finds the error classes only on the default export of this CommonJS package.
const { KafkaJSError } = kafkajs

const OK = 0
const OFFSET_OUT_OF_RANGE = 1
const LIMITS = {
  waitMs: FETCH_WAIT_MS,
  bytesMax: RESTORE_BYTES_MAX,
  partitionBytesMax: RESTORE_PARTITION_BYTES_MAX,
}

/** A partition that is followed. */
interface Entry {
  source: TopicPartition
  /** Offset of the next record to be fetched: what lies before it was laid, or is about to be. */
  next: number
  onBatch(batch: FetchedBatch): Promise<void>
}

interface Answer {
  entry: Entry
  fetched: FetchedPartition
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

export class KafkaLogReader implements LogReader {
  readonly #cluster: Cluster
  readonly #topics: readonly string[]
  readonly #followed = new Map<string, Entry>()
  /** One loop of fetches for each broker that leads something that is followed, by its node id. */
  readonly #loops = new Map<string, Promise<void>>()
  readonly #stop = new AbortController()
  /** Resolves when all that was taken so far is laid. */
  #handedOver: Promise<void> = Promise.resolve()
  #turn = 0
  #crashed: (error: Error) => void = () => {}

  constructor(cluster: Cluster, topics: readonly string[]) {
    this.#cluster = cluster
    this.#topics = topics
  }

  async start(crashed: (error: Error) => void): Promise<void> {
    this.#crashed = crashed
    await this.#cluster.connect()
    await this.#cluster.addMultipleTargetTopics([...this.#topics]).catch((error: unknown) => {
      throw namingAcl(error, { operation: 'Read', topics: this.#topics })
    })
  }

  follow(source: TopicPartition, fromOffset: number, onBatch: Entry['onBatch']): void {
    this.#followed.set(keyOf(source), { source, next: fromOffset, onBatch })
    this.#startLoops()
  }

  unfollow(source: TopicPartition): void {
    this.#followed.delete(keyOf(source))
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    this.#followed.clear()
    await this.#cluster.disconnect()
    await Promise.all(this.#loops.values())
  }

  #startLoops(): void {
    for (const { source } of this.#followed.values()) {
      const nodeId = this.#leaderOf(source)
      if (!this.#loops.has(nodeId)) this.#loops.set(nodeId, this.#run(nodeId))
    }
  }

  #leaderOf({ topic, partition }: TopicPartition): string {
    const [leader] = Object.keys(this.#cluster.findLeaderForPartitions(topic, [partition]))
    if (leader === undefined) throw new Error(`${topic} has no partition ${partition}`)
    return leader
  }

  /** Reads from a broker until it leads nothing more that is followed, or after an error something else might. */
  async #run(nodeId: string): Promise<void> {
    try {
      await this.#readFrom(nodeId).catch((error: unknown) => this.#recover(error))
      this.#loops.delete(nodeId)
      this.#startLoops()
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#crashed(asError(error))
    }
  }

  async #readFrom(nodeId: string): Promise<void> {
    const broker = await this.#cluster.findBroker({ nodeId })
    assertSpeaks(broker, FETCH)
    for (let fetch = this.#fetch(broker, nodeId); ;) {
      const answers = await fetch
      if (answers === undefined) return
      const handedOver = this.#handOver(answers)
      const refused = answers.filter(({ fetched }) => fetched.errorCode !== OK)
      // What comes next is on its way while this is being laid.
      const ahead = refused.length === 0 ? this.#fetch(broker, nodeId) : undefined
      ahead?.catch(() => {}) // it is looked at in the next round
      // First: what an answer has brought would be a gap if an error beside it came in between.
      await handedOver
      for (const answer of refused) await this.#goOnAfter(answer)
      fetch = ahead ?? this.#fetch(broker, nodeId)
    }
  }

  /** Asks for all that is followed and led by a broker; undefined where that is nothing. */
  async #fetch(broker: Broker, nodeId: string): Promise<Answer[] | undefined> {
    const entries = this.#inTurn(
      [...this.#followed.values()].filter(({ source }) => this.#leaderOf(source) === nodeId),
    )
    if (entries.length === 0) return undefined
    const wanted = entries.map((entry) => ({ ...entry.source, fromOffset: entry.next }))
    const partitions = await send(broker, fetchCall(wanted, LIMITS))
    return partitions.flatMap((fetched) => {
      const entry = entries.find(({ source }) => keyOf(source) === keyOf(fetched))
      return entry === undefined ? [] : [{ entry, fetched }]
    })
  }

  /**
   * Another one first in each fetch: only the first that has anything gets a batch that is larger than the limit, so that a
   * busy partition could keep another's waiting for ever.
   */
  #inTurn(entries: readonly Entry[]): readonly Entry[] {
    const first = this.#turn++ % Math.max(1, entries.length)
    return [...entries.slice(first), ...entries.slice(0, first)]
  }

  /**
   * Takes what the answers have brought; resolves when all of it is laid. One batch is laid after another in the order in
   * which they were taken: while a partition moves to another leader, two loops may read of it.
   */
  #handOver(answers: readonly Answer[]): Promise<void> {
    for (const answer of answers) {
      const batch = this.#take(answer)
      if (batch !== undefined)
        this.#handedOver = this.#handedOver.then(() => this.#deliver(answer.entry, batch))
    }
    return this.#handedOver
  }

  async #deliver(entry: Entry, batch: FetchedBatch): Promise<void> {
    if (this.#isFollowed(entry)) await entry.onBatch(batch)
    // Heartbeats and sockets get their turn: a batch takes some 5 ms to lay, and far more on a busy core.
    await setImmediate()
  }

  #isFollowed(entry: Entry): boolean {
    return this.#followed.get(keyOf(entry.source)) === entry
  }

  /** The batch of an answer, if it brought the reader any further. From here on the batch must reach its entry. */
  #take({ entry, fetched }: Answer): FetchedBatch | undefined {
    const { errorCode, batches, aborted, highWatermark } = fetched
    if (errorCode !== OK) return undefined
    const { records, nextOffset } = readCommitted(batches, entry.next, aborted)
    if (nextOffset === entry.next) return undefined
    entry.next = nextOffset
    return { ...entry.source, records, nextOffset, highWatermark }
  }

  /**
   * Goes on at the first record that is left where the wanted ones were deleted; throws any other error. An offset beyond
   * the end is waited for: a restore has refused it, and whoever deletes a topic under a standby finds it standing still.
   */
  async #goOnAfter({ entry, fetched }: Answer): Promise<void> {
    const { topic, partition } = entry.source
    if (fetched.errorCode !== OFFSET_OUT_OF_RANGE)
      throw namingAcl(protocolError(fetched.errorCode), { operation: 'Read', topics: [topic] })
    const [found] = await this.#cluster.fetchTopicsOffset([
      { topic, partitions: [{ partition }], fromBeginning: true },
    ])
    const first = Number(found?.partitions[0]?.offset ?? 0)
    if (first > entry.next) entry.next = first
    else await setTimeout(FETCH_RETRY_MS, undefined, { signal: this.#stop.signal })
  }

  async #refresh(): Promise<void> {
    try {
      await this.#cluster.refreshMetadata()
    } catch {
      // Where no broker answers, the next fetch fails again.
    }
  }

  /** Waits and looks the leaders up anew; throws what no waiting helps against. */
  async #recover(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted || !isPassing(error)) throw error
    await setTimeout(FETCH_RETRY_MS, undefined, { signal: this.#stop.signal })
    await this.#refresh()
  }
}

/** What kafkajs's own consumer goes on after. */
const isPassing = (error: unknown): boolean =>
  failureKind(error) === 'retryable' ||
  (error instanceof KafkaJSError && (error.retriable || error.name === 'KafkaJSNumberOfRetriesExceeded'))

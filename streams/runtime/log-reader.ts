/**
 * Reads partitions of the log without a group, over kafkajs's connections. kafkajs's own consumer takes more time for a
 * record than laying it into the store does, and it needs a group, which waits for dead members.
 */
import { setImmediate, setTimeout } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type Cluster from 'kafkajs/src/cluster/index.js'
import type { Broker } from 'kafkajs/src/cluster/index.js'
import { asError, failureKind, protocolError } from './errors.ts'
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
  /** Offset of the next record wanted. */
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
  #crashed: (error: Error) => void = () => {}

  constructor(cluster: Cluster, topics: readonly string[]) {
    this.#cluster = cluster
    this.#topics = topics
  }

  async start(crashed: (error: Error) => void): Promise<void> {
    this.#crashed = crashed
    await this.#cluster.connect()
    await this.#cluster.addMultipleTargetTopics([...this.#topics])
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
    for (let fetch = this.#fetch(broker, nodeId); fetch !== undefined;) {
      const answers = await fetch
      const batches = answers.flatMap((answer) => this.#take(answer))
      const reset = answers.filter(({ fetched }) => fetched.errorCode === OFFSET_OUT_OF_RANGE)
      if (reset.length > 0) await this.#goToFirst(reset.map(({ entry }) => entry))
      // What comes next is on its way while this is being laid.
      fetch = this.#fetch(broker, nodeId)
      fetch?.catch(() => {}) // it is looked at in the next round
      for (const { entry, batch } of batches) {
        if (this.#isFollowed(entry)) await entry.onBatch(batch)
        // Heartbeats and sockets get their turn: a batch takes some 5 ms to lay, and far more on a busy core.
        await setImmediate()
      }
    }
  }

  /** Asks for all that is followed and led by a broker; undefined where that is nothing. */
  #fetch(broker: Broker, nodeId: string): Promise<Answer[]> | undefined {
    const entries = [...this.#followed.values()].filter(({ source }) => this.#leaderOf(source) === nodeId)
    if (entries.length === 0) return undefined
    const wanted = entries.map((entry) => ({ ...entry.source, fromOffset: entry.next }))
    return send(broker, fetchCall(wanted, LIMITS)).then((partitions) =>
      partitions.flatMap((fetched) => {
        const entry = entries.find(({ source }) => keyOf(source) === keyOf(fetched))
        return entry === undefined ? [] : [{ entry, fetched }]
      }),
    )
  }

  #isFollowed(entry: Entry): boolean {
    return this.#followed.get(keyOf(entry.source)) === entry
  }

  /** The batch of an answer, if it brought the reader any further; throws for an error of the partition. */
  #take({ entry, fetched }: Answer): { entry: Entry; batch: FetchedBatch }[] {
    const { errorCode, batches, aborted, highWatermark } = fetched
    if (errorCode === OFFSET_OUT_OF_RANGE) return []
    if (errorCode !== OK) throw protocolError(errorCode)
    const { records, nextOffset } = readCommitted(batches, entry.next, aborted)
    if (nextOffset === entry.next) return []
    entry.next = nextOffset
    return [{ entry, batch: { ...entry.source, records, nextOffset, highWatermark } }]
  }

  /**
   * Goes on at the first record that is left where the wanted ones were deleted. An offset beyond the end is waited for: a
   * restore has refused it, and whoever deletes a topic under a standby finds it standing still.
   */
  async #goToFirst(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const { topic, partition } = entry.source
      const [found] = await this.#cluster.fetchTopicsOffset([
        { topic, partitions: [{ partition }], fromBeginning: true },
      ])
      const first = Number(found?.partitions[0]?.offset ?? 0)
      if (first > entry.next) entry.next = first
      else await setTimeout(FETCH_RETRY_MS, undefined, { signal: this.#stop.signal })
    }
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

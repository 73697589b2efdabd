/**
 * The transactional producer, over kafkajs's connections. kafkajs's own takes nine round trips for a transaction, since
 * it asks for the coordinator before each step; this one takes two: Produce and EndTxn. It also keeps the sequence
 * numbers of a batch whose answer got lost, so that sending it again can't double it.
 */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel'
import type { IPolicy } from 'cockatiel'
import type Cluster from 'kafkajs/src/cluster/index.js'
import type { Broker } from 'kafkajs/src/cluster/index.js'
import { asError, failureKind, namingAcl, protocolError, protocolErrorType } from './errors.ts'
import {
  REQUEST_RETRY_MS,
  REQUEST_RETRY_MS_MAX,
  REQUEST_TIMEOUT_MS,
  REQUEST_TRIES_MAX,
  TRANSACTION_TIMEOUT_MS,
} from './limits.ts'
import type { OutgoingRecord, SentOffsets, TransactionalProducer } from './port.ts'
import { END_TXN, endTxnCall, PRODUCE, produceCall } from './protocol/messages.ts'
import type { ProducedPartition, ProducerIdentity, ProduceTopic } from './protocol/messages.ts'
import { encodeRecordBatch } from './protocol/record-batch.ts'
import { assertSpeaks, send } from './protocol/send.ts'

const TRANSACTION_COORDINATOR = 1
const OK = 0
/** The partition has moved to another broker, or the metadata were those of an earlier day. */
const STALE_METADATA: ReadonlySet<string | undefined> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
])

/** A batch on its way; `baseOffset` is where it came to lie. */
interface Batch {
  topic: string
  partition: number
  records: number
  bytes: Buffer
  baseOffset?: number
}

export class KafkaTransactionalProducer implements TransactionalProducer {
  readonly #cluster: Cluster
  readonly #id: string
  readonly #topics = new Set<string>()
  readonly #retry: IPolicy
  #identity: ProducerIdentity | undefined
  #coordinator: Broker | undefined
  /** Next sequence number by topic and partition. Each transaction has an epoch of its own and begins at zero. */
  #sequences = new Map<string, number>()

  constructor(cluster: Cluster, transactionalId: string) {
    this.#cluster = cluster
    this.#id = transactionalId
    // Whatever is tried again here is safe to repeat: fencing by nature, a batch by its sequence numbers, the end of a
    // transaction by its epoch (the coordinator answers a repetition as it answered the first).
    this.#retry = retry(
      handleWhen((error) => failureKind(error) === 'retryable'),
      {
        maxAttempts: REQUEST_TRIES_MAX,
        backoff: new ExponentialBackoff({ initialDelay: REQUEST_RETRY_MS, maxDelay: REQUEST_RETRY_MS_MAX }),
      },
    )
  }

  async fence(): Promise<void> {
    await this.#retry.execute(async () => {
      await this.#cluster.connect()
      const { producerId, producerEpoch } = await this.#atCoordinator((coordinator) =>
        coordinator.initProducerId({
          transactionalId: this.#id,
          transactionTimeout: TRANSACTION_TIMEOUT_MS,
        }),
      )
      this.#begin({ producerId: BigInt(producerId), producerEpoch })
    })
  }

  async send(records: ReadonlyMap<string, readonly OutgoingRecord[]>): Promise<SentOffsets> {
    await this.#learnTopics([...records.keys()])
    const batches = this.#encode(records)
    await this.#retry.execute(() =>
      this.#produce(batches.filter(({ baseOffset }) => baseOffset === undefined)),
    )
    return batches.map(({ topic, partition, records: count, baseOffset }) => {
      if (baseOffset === undefined) throw new Error(`no answer for what was sent to ${topic}/${partition}`)
      return { topic, partition, baseOffset, nextOffset: baseOffset + count }
    })
  }

  commit(): Promise<void> {
    return this.#end(true)
  }

  abort(): Promise<void> {
    return this.#end(false)
  }

  async discard(): Promise<void> {
    this.#identity = undefined
    // The object is thrown away whatever state it is in; an open transaction is the next fence's to abort.
    await this.#cluster.disconnect().catch(() => {})
  }

  #begin(identity: ProducerIdentity): void {
    this.#identity = identity
    this.#sequences = new Map()
  }

  get #current(): ProducerIdentity {
    if (this.#identity === undefined) throw new Error(`producer ${this.#id} is not fenced in`)
    return this.#identity
  }

  async #learnTopics(topics: readonly string[]): Promise<void> {
    const unknown = topics.filter((topic) => !this.#topics.has(topic))
    if (unknown.length === 0) return
    await this.#retry
      .execute(() => this.#cluster.addMultipleTargetTopics(unknown))
      .catch((error: unknown) => {
        throw namingAcl(error, { operation: 'Write', topics: unknown })
      })
    for (const topic of unknown) this.#topics.add(topic)
  }

  /** One batch per partition: the records of a partition come to lie side by side. */
  #encode(records: ReadonlyMap<string, readonly OutgoingRecord[]>): Batch[] {
    const timestampMs = Date.now()
    return [...records].flatMap(([topic, list]) =>
      [...Map.groupBy(list, ({ partition }) => partition)].map(([partition, group]) => {
        const key = `${topic}/${partition}`
        const baseSequence = this.#sequences.get(key) ?? 0
        this.#sequences.set(key, baseSequence + group.length)
        const bytes = encodeRecordBatch(group, { ...this.#current, baseSequence, timestampMs })
        return { topic, partition, records: group.length, bytes }
      }),
    )
  }

  /** Sends batches to their leaders and notes where they came to lie; throws when some did not. */
  async #produce(batches: readonly Batch[]): Promise<void> {
    const byLeader = Map.groupBy(batches, ({ topic, partition }) => this.#leaderOf(topic, partition))
    const answers = await Promise.allSettled(
      [...byLeader].map(async ([nodeId, group]) => {
        const broker = await this.#cluster.findBroker({ nodeId })
        assertSpeaks(broker, PRODUCE)
        return send(broker, produceCall(this.#id, byTopic(group), REQUEST_TIMEOUT_MS))
      }),
    )
    const failures = answers.flatMap((answer) =>
      answer.status === 'rejected' ? [asError(answer.reason)] : noteOffsets(batches, answer.value),
    )
    const fatal = failures.find((failure) => failureKind(failure) !== 'retryable')
    if (fatal !== undefined) throw fatal
    const [first] = failures
    if (first === undefined) return
    if (failures.some((failure) => STALE_METADATA.has(protocolErrorType(failure))))
      await this.#cluster.refreshMetadata()
    throw first
  }

  #leaderOf(topic: string, partition: number): string {
    const [leader] = Object.keys(this.#cluster.findLeaderForPartitions(topic, [partition]))
    if (leader === undefined) throw new Error(`${topic} has no partition ${partition}`)
    return leader
  }

  /** The coordinator is looked up once, and again after any error: it may have moved. */
  async #atCoordinator<T>(request: (coordinator: Broker) => Promise<T>): Promise<T> {
    try {
      this.#coordinator ??= await this.#cluster.findGroupCoordinator({
        groupId: this.#id,
        coordinatorType: TRANSACTION_COORDINATOR,
      })
      assertSpeaks(this.#coordinator, END_TXN)
      return await request(this.#coordinator)
    } catch (error) {
      this.#coordinator = undefined
      throw namingAcl(error, { operation: 'Write', transactionalId: this.#id })
    }
  }

  async #end(commit: boolean): Promise<void> {
    await this.#retry.execute(async () => {
      const answer = await this.#atCoordinator(async (coordinator) => {
        const end = await send(coordinator, endTxnCall(this.#id, this.#current, commit))
        if (end.errorCode !== OK) throw protocolError(end.errorCode)
        return end
      })
      this.#begin(answer)
    })
  }
}

const byTopic = (batches: readonly Batch[]): ProduceTopic[] =>
  [...Map.groupBy(batches, ({ topic }) => topic)].map(([topic, group]) => ({
    topic,
    partitions: group.map(({ partition, bytes }) => ({ partition, batch: bytes })),
  }))

/** Notes the offsets of what landed, and answers the errors of what did not. */
function noteOffsets(batches: readonly Batch[], answers: readonly ProducedPartition[]): Error[] {
  return answers.flatMap(({ topic, partition, errorCode, errorMessage, baseOffset }) => {
    if (errorCode !== OK) {
      const cause = namingAcl(protocolError(errorCode), { operation: 'Write', topics: [topic] })
      return [new Error(`${topic}/${partition}: ${errorMessage || cause.message}`, { cause })]
    }
    const batch = batches.find((sent) => sent.topic === topic && sent.partition === partition)
    if (batch !== undefined) batch.baseOffset = baseOffset
    return []
  })
}

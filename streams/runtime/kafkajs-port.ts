/** The runtime's port over kafkajs 2.2.4. The group's member uses its public interface; log reader and transactional producer are our own. */
import { ConstantBackoff, handleWhen, retry } from 'cockatiel'
import kafkajs, { Partitioners } from 'kafkajs'
import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage, Producer } from 'kafkajs'
import { createCluster, createKafka } from '../../topics/kafka.ts'
import type { KafkaOptions } from '../../topics/kafka.ts'
import { stickyAssigner } from './assigners.ts'
import { namingAcl } from './errors.ts'
import type { Access } from './errors.ts'
import {
  FETCH_PARTITION_BYTES_MAX,
  FETCH_WAIT_MS,
  HEARTBEATS_PER_SESSION,
  REBALANCE_TIMEOUT_MS,
  SESSION_TIMEOUT_MS_DEFAULT,
} from './limits.ts'
import { KafkaLogReader } from './log-reader.ts'
import type {
  FetchedBatch,
  GroupConsumer,
  GroupHandlers,
  MemberState,
  StreamsBroker,
  TopicPartition,
} from './port.ts'
import type { LogRecord } from './processor.ts'
import { KafkaTransactionalProducer } from './transactional-producer.ts'

/** How often, and after what pause in milliseconds, a partition's offsets are asked for while no broker says that it leads it. */
const LEADER_TRIES = 40
const LEADER_WAIT_MS = 250

/** Parallel batch handlers of a consumer: handlers return at once, so this only has to exceed what one fetch brings. */
const CONCURRENT_BATCHES = 64

// Node finds the error classes only on the default export of this CommonJS package.
const { KafkaJSNonRetriableError, KafkaJSError } = kafkajs

const isBuffer = (value: unknown): value is Buffer => Buffer.isBuffer(value)

const NO_HEADERS: Readonly<Record<string, Buffer>> = {}

/** A header that occurs several times or is text counts by its bytes; the last one wins. */
function headersOf(message: KafkaMessage): Readonly<Record<string, Buffer>> {
  const entries = Object.entries(message.headers ?? NO_HEADERS)
  if (entries.length === 0) return NO_HEADERS
  const headers: Record<string, Buffer> = {}
  for (const [name, value] of entries) {
    const last = Array.isArray(value) ? value.at(-1) : value
    if (isBuffer(last)) headers[name] = last
    else if (typeof last === 'string') headers[name] = Buffer.from(last)
  }
  return headers
}

const toLogRecord = (message: KafkaMessage): LogRecord => ({
  offset: Number(message.offset),
  timestampMs: Number(message.timestamp),
  key: message.key,
  value: message.value,
  headers: headersOf(message),
})

const toFetchedBatch = ({ batch }: EachBatchPayload): FetchedBatch => ({
  topic: batch.topic,
  partition: batch.partition,
  records: batch.messages.map(toLogRecord),
  nextOffset: Number(batch.lastOffset()) + 1,
  highWatermark: Number(batch.highWatermark),
})

function createGroupConsumer(
  kafka: Kafka,
  groupId: string,
  topic: string,
  state: () => MemberState,
  sessionTimeoutMs: number,
): GroupConsumer {
  const consumer = kafka.consumer({
    groupId,
    partitionAssigners: [stickyAssigner(topic, state)],
    sessionTimeout: sessionTimeoutMs,
    heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
    rebalanceTimeout: REBALANCE_TIMEOUT_MS,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: FETCH_PARTITION_BYTES_MAX,
    readUncommitted: false,
  })
  return {
    start: async (handlers: GroupHandlers) => {
      // Listeners run before the next fetch, so what they pause or seek is not fetched from a wrong place.
      consumer.on('consumer.group_join', ({ payload }) =>
        handlers.assigned(payload.memberAssignment[topic] ?? []),
      )
      const access: Access = { operation: 'Read', groupId, topics: [topic] }
      onCrash(consumer, (error) => handlers.crashed(namingAcl(error, access)))
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true }).catch((error: unknown) => {
        throw namingAcl(error, access)
      })
      await consumer.run({
        autoCommit: false,
        partitionsConsumedConcurrently: CONCURRENT_BATCHES,
        eachBatch: (payload) => {
          handlers.fetched(toFetchedBatch(payload))
          return Promise.resolve()
        },
      })
    },
    pause: (partition) => whileRunning(() => consumer.pause([{ topic, partitions: [partition] }])),
    resume: (partition) => whileRunning(() => consumer.resume([{ topic, partitions: [partition] }])),
    seek: (partition, offset) =>
      whileRunning(() => consumer.seek({ topic, partition, offset: String(offset) })),
    commitOffset: (partition, nextOffset) =>
      consumer.commitOffsets([{ topic, partition, offset: String(nextOffset) }]),
    stop: () => consumer.disconnect(),
  }
}

/** kafkajs restarts a consumer after errors that it deems retriable; the others end it, silently but for this event. */
function onCrash(consumer: Consumer, crashed: (error: Error) => void): void {
  consumer.on('consumer.crash', ({ payload }) => {
    if (!payload.restart) crashed(payload.error)
  })
}

/**
 * While kafkajs starts a crashed consumer anew there is nothing to pause, and it says so by throwing. The join that
 * follows makes every caller set its partitions again, so such a call has nothing to do.
 */
function whileRunning(call: () => void): void {
  try {
    call()
  } catch (error) {
    if (!(error instanceof KafkaJSNonRetriableError)) throw error
  }
}

/**
 * Offsets of all partitions of a topic. The one question about topics that this client may ask: kafkajs keeps the metadata
 * of one list of topics, and `fetchTopicMetadata` puts its own topic in place of those that another call is working with.
 */
type TopicOffsets = Awaited<ReturnType<Admin['fetchTopicOffsets']>>

/** Right after a topic was made, or its leader changed, a broker may not know yet that it leads: kafkajs doesn't ask again. */
const untilLed = retry(
  handleWhen((error) => error instanceof KafkaJSError && error.retriable),
  { maxAttempts: LEADER_TRIES, backoff: new ConstantBackoff(LEADER_WAIT_MS) },
)

function offsetsOf(
  offsets: TopicOffsets,
  { topic, partition }: TopicPartition,
): { first: number; end: number } {
  const found = offsets.find((entry) => entry.partition === partition)
  if (found === undefined) throw new Error(`${topic} has no partition ${partition}`)
  return { first: Number(found.low), end: Number(found.high) }
}

/** Connects the shared clients (admin and a plain producer) and answers the port. */
export async function connectKafkajs(
  options: KafkaOptions,
  sessionTimeoutMs = SESSION_TIMEOUT_MS_DEFAULT,
): Promise<StreamsBroker> {
  const kafka = createKafka(options)
  const admin = kafka.admin()
  const plain: Producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    // A retry with the same sequence number is what idempotence is for; giving up early would risk an order.
    retry: { retries: Number.MAX_SAFE_INTEGER },
  })
  await Promise.all([admin.connect(), plain.connect()])
  const topicOffsets = (topic: string): Promise<TopicOffsets> =>
    untilLed.execute(() => admin.fetchTopicOffsets(topic))
  return {
    groupConsumer: (groupId, topic, state) =>
      createGroupConsumer(kafka, groupId, topic, state, sessionTimeoutMs),
    transactionalProducer: (transactionalId) =>
      new KafkaTransactionalProducer(createCluster(options), transactionalId),
    logReader: (topics) => new KafkaLogReader(createCluster(options), topics),
    offsets: async (source) => offsetsOf(await topicOffsets(source.topic), source),
    partitionCount: async (topic) => (await topicOffsets(topic)).length,
    clusterId: async () => (await admin.describeCluster()).clusterId,
    send: async (topic, records) => {
      await plain.send({ topic, acks: -1, messages: records.map(({ key, value }) => ({ key, value })) })
    },
    close: async () => {
      await Promise.all([admin.disconnect(), plain.disconnect()])
    },
  }
}

/** A transactional producer over kafkajs. */
import type { ICustomPartitioner, Kafka, Producer, Transaction as KafkajsTransaction } from 'kafkajs'
import { SEND_RECORDS_MAX } from './limits.ts'
import type { OutgoingRecord, SentOffsets, Transaction, TransactionalProducer } from './port.ts'

const ACKS_ALL = -1

/** Every record of a task names its partition. */
const takeGivenPartition: ICustomPartitioner =
  () =>
  ({ message }) => {
    if (message.partition === undefined) throw new Error('a record of a transaction needs a partition')
    return message.partition
  }

type Records = ReadonlyMap<string, readonly OutgoingRecord[]>

/** Cuts what is to be sent into lots of at most `SEND_RECORDS_MAX` records per topic, in order. */
function* lotsOf(records: Records): Iterable<{ topic: string; messages: OutgoingRecord[] }[]> {
  for (let from = 0; ; from += SEND_RECORDS_MAX) {
    const lot = [...records]
      .filter(([, list]) => list.length > from)
      .map(([topic, list]) => ({ topic, messages: list.slice(from, from + SEND_RECORDS_MAX) }))
    if (lot.length === 0) return
    yield lot
  }
}

/** Sends lot after lot. Within a lot the records of a partition are one batch, and so without a gap. */
async function send(transaction: KafkajsTransaction, records: Records): Promise<SentOffsets> {
  const sent = new Map<string, SentOffsets[number]>()
  for (const topicMessages of lotsOf(records)) {
    const answers = await transaction.sendBatch({ acks: ACKS_ALL, topicMessages })
    for (const { topicName: topic, partition, baseOffset } of answers) {
      if (baseOffset === undefined) throw new Error(`no offset for what was sent to ${topic}/${partition}`)
      const count = countIn(topicMessages, topic, partition)
      const key = `${topic}/${partition}`
      const first = sent.get(key)?.baseOffset ?? Number(baseOffset)
      sent.set(key, { topic, partition, baseOffset: first, nextOffset: Number(baseOffset) + count })
    }
  }
  return [...sent.values()]
}

const countIn = (
  lot: readonly { topic: string; messages: readonly OutgoingRecord[] }[],
  topic: string,
  partition: number,
): number =>
  lot
    .filter((entry) => entry.topic === topic)
    .reduce(
      (sum, { messages }) => sum + messages.filter((message) => message.partition === partition).length,
      0,
    )

function wrap(transaction: KafkajsTransaction): Transaction {
  return {
    send: (records) => send(transaction, records),
    sendOffset: (groupId, { topic, partition }, nextOffset) =>
      transaction.sendOffsets({
        consumerGroupId: groupId,
        topics: [{ topic, partitions: [{ partition, offset: String(nextOffset) }] }],
      }),
    commit: () => transaction.commit(),
    abort: () => transaction.abort(),
  }
}

/**
 * One producer of a task. kafkajs asks for its producer id (which fences earlier producers of the same id) at the
 * first transaction only, so `fence` begins and ends an empty one.
 */
export function createTransactionalProducer(
  kafka: Kafka,
  transactionalId: string,
  transactionTimeoutMs: number,
): TransactionalProducer {
  const producer: Producer = kafka.producer({
    transactionalId,
    maxInFlightRequests: 1,
    createPartitioner: takeGivenPartition,
    transactionTimeout: transactionTimeoutMs,
  })
  let connected = false
  return {
    fence: async () => {
      await producer.connect()
      connected = true
      const transaction = await producer.transaction()
      await transaction.abort()
    },
    begin: async () => wrap(await producer.transaction()),
    discard: async () => {
      if (!connected) return
      connected = false
      // The object is thrown away whatever state it is in; an open transaction is the next fence's to abort.
      await producer.disconnect().catch(() => {})
    },
  }
}

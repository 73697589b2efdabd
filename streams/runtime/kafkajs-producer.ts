/** A transactional producer over kafkajs. */
import type { ICustomPartitioner, Kafka, Producer, Transaction as KafkajsTransaction } from 'kafkajs'
import type { SentOffsets, Transaction, TransactionalProducer } from './port.ts'

const ACKS_ALL = -1

/** Every record of a task names its partition. */
const takeGivenPartition: ICustomPartitioner =
  () =>
  ({ message }) => {
    if (message.partition === undefined) throw new Error('a record of a transaction needs a partition')
    return message.partition
  }

function wrap(transaction: KafkajsTransaction): Transaction {
  return {
    send: async (records): Promise<SentOffsets> => {
      const topicMessages = [...records].map(([topic, messages]) => ({ topic, messages: [...messages] }))
      const sent = await transaction.sendBatch({ acks: ACKS_ALL, topicMessages })
      return sent.flatMap(({ topicName, partition, baseOffset }) =>
        baseOffset !== undefined ? [{ topic: topicName, partition, baseOffset: Number(baseOffset) }] : [],
      )
    },
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

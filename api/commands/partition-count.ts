/** How many partitions a topic has, learned in the background. */
import type { Kafka } from 'kafkajs'
import type { Logger } from '../../service/logger.ts'

/** Pause before another try, in milliseconds. */
const RETRY_MS = 250

export interface PartitionCount {
  /** Undefined while it is not known. */
  current(): number | undefined
  /** Resolves once it is known; tries until it is, or until `stop`. */
  learn(): Promise<void>
  stop(): void
}

async function fetchPartitionCount(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const count = topics[0]?.partitions.length ?? 0
    if (count === 0) throw new Error(`the topic ${topic} has no partitions`)
    return count
  } finally {
    await admin.disconnect()
  }
}

export function partitionCountOf(kafka: Kafka, topic: string, logger: Logger): PartitionCount {
  let count: number | undefined
  let stopped = false
  return {
    current: () => count,
    learn: async () => {
      while (!stopped && count === undefined)
        try {
          count = await fetchPartitionCount(kafka, topic)
        } catch (error) {
          logger.warn({ err: error, topic }, 'can not learn the partitions')
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
        }
    },
    stop: () => {
      stopped = true
    },
  }
}

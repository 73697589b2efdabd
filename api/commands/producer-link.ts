/**
 * The connection over which commands leave. After a failed send the producer is thrown away: kafkajs would give the next
 * batch the sequence numbers of the lost one, and if that one had landed after all, the broker would take the new batch
 * for its repetition, acknowledge it and drop it.
 */
import { CompressionTypes, Partitioners } from 'kafkajs'
import type { Kafka, Message, Producer } from 'kafkajs'
import type { Logger } from '../../service/logger.ts'
import { TRACEPARENT } from '../../service/tracing.ts'
import type { Tracing } from '../../service/tracing.ts'
import type { OutgoingCommand } from './sender.ts'

const ALL_IN_SYNC_REPLICAS = -1
/** Pause between two tries to connect, in milliseconds. */
const RECONNECT_MS = 250

export interface ProducerLink {
  connected(): boolean
  /** How long the link has been down, in milliseconds; 0 while it is up. */
  downForMs(): number
  /** Resolves when all are acknowledged. Rejects when that is not known; the link then connects anew. */
  send(commands: readonly OutgoingCommand[]): Promise<void>
  /** Resolves after the first connection. */
  start(): Promise<void>
  stop(): Promise<void>
}

export interface ProducerLinkOptions {
  kafka: Kafka
  topic: string
  logger: Logger
  /** Called after each connection. */
  onConnected: () => void
  /** For a link whose `send` is called by the request that it is part of; commands that are gathered first carry their traces. */
  tracing?: Tracing | undefined
}

function messageOf({ key, value, partition, traceparent }: OutgoingCommand, ofSend?: string): Message {
  const header = traceparent ?? ofSend
  return header === undefined
    ? { key, value, partition }
    : { key, value, partition, headers: { [TRACEPARENT]: header } }
}

export function createProducerLink({
  kafka,
  topic,
  logger,
  onConnected,
  tracing,
}: ProducerLinkOptions): ProducerLink {
  let producer: Producer | undefined
  let downSinceMs = Date.now()
  let stopped = false

  const discard = (client: Producer): void => {
    client.disconnect().catch((error: unknown) => logger.debug({ err: error }, 'producer did not disconnect'))
  }

  const connect = async (): Promise<void> => {
    while (!stopped) {
      const client = kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        createPartitioner: Partitioners.DefaultPartitioner,
        allowAutoTopicCreation: false,
      })
      try {
        await client.connect()
        if (stopped) return discard(client)
        producer = client
        return onConnected()
      } catch (error) {
        discard(client)
        logger.warn({ err: error }, 'can not connect the producer')
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
      }
    }
  }

  return {
    connected: () => producer !== undefined,
    downForMs: () => (producer === undefined ? Date.now() - downSinceMs : 0),
    send: async (commands) => {
      const client = producer
      if (client === undefined) throw new Error('the producer is not connected')
      const span = tracing?.send(topic)
      try {
        await client.send({
          topic,
          acks: ALL_IN_SYNC_REPLICAS,
          compression: CompressionTypes.None,
          messages: commands.map((command) => messageOf(command, span?.traceparent)),
        })
        span?.end()
      } catch (error) {
        span?.end(error)
        logger.error({ err: error, commands: commands.length }, 'send failed; it is not known what landed')
        if (producer === client) {
          producer = undefined
          downSinceMs = Date.now()
          discard(client)
          connect().catch((fault: unknown) => logger.error({ err: fault }, 'reconnecting failed'))
        }
        throw error
      }
    },
    start: connect,
    stop: async () => {
      stopped = true
      const client = producer
      producer = undefined
      await client?.disconnect()
    },
  }
}

/** Sends commands to the processor of alerts. */
import type { AmlCommand } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { createKafka } from '../../topics/kafka.ts'
import { SEND_BYTES_MAX } from './limits.ts'

export interface OutboxOptions {
  kafka: ReturnType<typeof createKafka>
  /** Name of the topic in Kafka. */
  topic: string
  codec: TopicCodec<AmlCommand>
}

export interface Outbox {
  /** Resolves when all in-sync replicas have all of them; when it rejects, some may be there. */
  send(commands: readonly AmlCommand[]): Promise<void>
  close(): Promise<void>
}

interface Message {
  key: string
  value: Buffer
}

/** Cuts messages into sends that the broker takes. */
function sendsOf(messages: readonly Message[]): Message[][] {
  const sends: Message[][] = []
  let bytes = Infinity
  for (const message of messages) {
    const size = message.key.length + message.value.length
    if (bytes + size > SEND_BYTES_MAX) {
      sends.push([])
      bytes = 0
    }
    sends.at(-1)?.push(message)
    bytes += size
  }
  return sends
}

export function createOutbox({ kafka, topic, codec }: OutboxOptions): Outbox {
  type Producer = ReturnType<typeof kafka.producer>
  let connected: Promise<Producer> | undefined

  const connect = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
    })
    await producer.connect()
    return producer
  }
  /** After a failure the producer's sequence is in doubt: the next send gets another one. */
  const drop = async (): Promise<void> => {
    const dropped = connected
    connected = undefined
    await dropped?.then((producer) => producer.disconnect()).catch(() => undefined)
  }

  return {
    send: async (commands) => {
      const messages = commands.map((command) => ({
        key: playerKey(command.data.partner_id, command.data.player_id),
        value: codec.encode(command),
      }))
      try {
        connected ??= connect()
        const producer = await connected
        for (const each of sendsOf(messages)) await producer.send({ topic, acks: -1, messages: each })
      } catch (error) {
        await drop()
        throw error
      }
    },
    close: drop,
  }
}

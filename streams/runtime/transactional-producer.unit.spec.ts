/** The producer's decisions, on a broker whose answers the test writes byte by byte. */
import Cluster from 'kafkajs/src/cluster/index.js'
import type { Broker, Call } from 'kafkajs/src/cluster/index.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../../service/logger.ts'
import { clusterOptions } from '../../topics/kafka.ts'
import { BrokerTooOldError, protocolErrorType } from './errors.ts'
import { END_TXN, PRODUCE } from './protocol/messages.ts'
import { KafkaTransactionalProducer } from './transactional-producer.ts'

const INVALID_PRODUCER_EPOCH = 47
const NOT_LEADER = 6
const BATCH_MAGIC_AT = 16
const LENGTH_BYTES_BEFORE_BATCH_END = 12

const int16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2)
  buffer.writeInt16BE(value)
  return buffer
}
const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeInt32BE(value)
  return buffer
}
const int64 = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigInt64BE(value)
  return buffer
}
const NO_TAGS = Buffer.of(0)
/** One tagged field: number 0, three bytes. A real broker names the new leader there. */
const SOME_TAGS = Buffer.of(1, 0, 3, 9, 9, 9)

const endTxnAnswer = (producerId: bigint, epoch: number): Buffer =>
  Buffer.concat([NO_TAGS, int32(0), int16(0), int64(producerId), int16(epoch), NO_TAGS])

/** Answers of partitions of topic `t`: error code and base offset. */
function produceAnswer(
  partitions: readonly (readonly [partition: number, code: number, offset: number])[],
): Buffer {
  const parts = partitions.map(([partition, code, offset]) =>
    Buffer.concat([
      int32(partition),
      int16(code),
      int64(BigInt(offset)),
      int64(-1n),
      int64(0n),
      Buffer.of(1, 0),
      code === 0 ? NO_TAGS : SOME_TAGS,
    ]),
  )
  const topic = [Buffer.of(2, 't'.charCodeAt(0), parts.length + 1), ...parts, NO_TAGS]
  return Buffer.concat([NO_TAGS, Buffer.of(2), ...topic, int32(0), NO_TAGS])
}

interface SentBatch {
  producerId: bigint
  epoch: number
  baseSequence: number
}

/** The record batches in a request, found by their first bytes: offset 0, unknown leader epoch, magic 2. */
function batchesIn(body: Buffer): SentBatch[] {
  const mark = Buffer.of(0xff, 0xff, 0xff, 0xff, 2)
  const batches: SentBatch[] = []
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + 1)) {
    const start = at - LENGTH_BYTES_BEFORE_BATCH_END
    expect(body[start + BATCH_MAGIC_AT]).toBe(2)
    batches.push({
      producerId: body.readBigInt64BE(start + 43),
      epoch: body.readInt16BE(start + 51),
      baseSequence: body.readInt32BE(start + 53),
    })
  }
  return batches
}

class ScriptedCluster extends Cluster {
  readonly produced: SentBatch[][] = []
  answers: Buffer[] = []
  refreshed = 0
  maxVersion = Math.max(PRODUCE.apiVersion, END_TXN.apiVersion)
  readonly #broker: Broker

  constructor() {
    super(clusterOptions({ brokers: ['127.0.0.1:1'], clientId: 'test', log: createLogger('test', 'silent') }))
    const versions = (): Broker['versions'] => {
      const range = { minVersion: 0, maxVersion: this.maxVersion }
      return { [PRODUCE.apiKey]: range, [END_TXN.apiKey]: range }
    }
    this.#broker = {
      nodeId: 1,
      get versions() {
        return versions()
      },
      initProducerId: () => Promise.resolve({ producerId: '7', producerEpoch: 3 }),
      connectionPool: { send: (call) => this.#send(call) },
    }
  }
  async #send<T>(call: Call<T>): Promise<T> {
    const { buffer } = await call.request.encode()
    if (call.request.apiKey === PRODUCE.apiKey) this.produced.push(batchesIn(buffer))
    const answer = this.answers.shift()
    if (answer === undefined) throw new Error('no answer is left')
    return call.response.decode(answer)
  }
  override connect(): Promise<void> {
    return Promise.resolve()
  }
  override addMultipleTargetTopics(): Promise<void> {
    return Promise.resolve()
  }
  override refreshMetadata(): Promise<void> {
    this.refreshed++
    return Promise.resolve()
  }
  override findLeaderForPartitions(_topic: string, partitions: number[]): Record<string, number[]> {
    return { '1': partitions }
  }
  override findBroker(): Promise<Broker> {
    return Promise.resolve(this.#broker)
  }
  override findGroupCoordinator(): Promise<Broker> {
    return Promise.resolve(this.#broker)
  }
}

const records = (...partitions: number[]) =>
  new Map([['t', partitions.map((partition) => ({ key: 'k', value: Buffer.from('v'), partition }))]])

describe('a transactional producer', () => {
  let cluster: ScriptedCluster
  let producer: KafkaTransactionalProducer
  beforeEach(() => {
    cluster = new ScriptedCluster()
    producer = new KafkaTransactionalProducer(cluster, 'id')
  })

  it('refuses a broker that does not speak the protocol, and says which does', async () => {
    cluster.maxVersion = END_TXN.apiVersion - 1
    await expect(producer.fence()).rejects.toThrow(BrokerTooOldError)
    await expect(producer.fence()).rejects.toThrow('use Kafka 4.0 or newer')
  })

  it('goes on with the identity that the end of the last transaction gave it, from sequence 0', async () => {
    await producer.fence()
    cluster.answers = [
      produceAnswer([[0, 0, 10]]),
      produceAnswer([[0, 0, 11]]),
      endTxnAnswer(8n, 0),
      produceAnswer([[0, 0, 13]]),
    ]
    await producer.send(records(0))
    await producer.send(records(0))
    await producer.commit()
    await producer.send(records(0))
    expect(cluster.produced).toEqual([
      [{ producerId: 7n, epoch: 3, baseSequence: 0 }],
      [{ producerId: 7n, epoch: 3, baseSequence: 1 }],
      [{ producerId: 8n, epoch: 0, baseSequence: 0 }],
    ])
  })

  it('sends again what was refused for now, alone and under the same numbers', async () => {
    await producer.fence()
    cluster.answers = [
      produceAnswer([
        [0, NOT_LEADER, -1],
        [1, 0, 20],
      ]),
      produceAnswer([[0, 0, 30]]),
    ]
    expect(await producer.send(records(0, 0, 1))).toEqual([
      { topic: 't', partition: 0, baseOffset: 30, nextOffset: 32 },
      { topic: 't', partition: 1, baseOffset: 20, nextOffset: 21 },
    ])
    expect(cluster.produced.map((batches) => batches.length)).toEqual([2, 1])
    expect(cluster.produced[1]).toEqual([{ producerId: 7n, epoch: 3, baseSequence: 0 }])
    expect(cluster.refreshed).toBe(1)
  })

  it('does not try again once it is fenced', async () => {
    await producer.fence()
    cluster.answers = [produceAnswer([[0, INVALID_PRODUCER_EPOCH, -1]])]
    const error: unknown = await producer.send(records(0)).catch((reason: unknown) => reason)
    expect(protocolErrorType(error)).toBe('INVALID_PRODUCER_EPOCH')
    expect(cluster.produced.length).toBe(1)
  })
})

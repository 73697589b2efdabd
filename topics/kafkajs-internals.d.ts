/**
 * The inner modules of kafkajs 2.2.4 that the transactional producer and the log reader stand on: connections (TLS, SASL, reconnecting),
 * metadata and the search for coordinators. That version is the library's last, and it is pinned exactly.
 */
declare module 'kafkajs/src/cluster/index.js' {
  /** A request as a connection takes it: it is encoded, sent, and its answer decoded and parsed. */
  export interface Call<T> {
    request: {
      apiKey: number
      apiVersion: number
      apiName: string
      encode(): Promise<{ buf: Buffer; buffer: Buffer }>
    }
    response: {
      decode(payload: Buffer): Promise<T>
      parse(decoded: T): Promise<T>
    }
  }

  export interface Broker {
    nodeId: number
    /** Highest versions of each API that the broker speaks, by API key. */
    versions: Readonly<Record<number, { minVersion: number; maxVersion: number }>>
    connectionPool: { send<T>(call: Call<T>): Promise<T> }
    initProducerId(options: {
      transactionalId: string
      transactionTimeout: number
    }): Promise<{ producerId: string; producerEpoch: number }>
  }

  export default class Cluster {
    constructor(options: object)
    connect(): Promise<void>
    disconnect(): Promise<void>
    refreshMetadata(): Promise<void>
    addMultipleTargetTopics(topics: string[]): Promise<void>
    /** Node id of the leader → partitions. Partitions that the metadata don't know are left out. */
    findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
    /** The first offset of each partition, where `fromBeginning` is set. */
    fetchTopicsOffset(
      topics: { topic: string; partitions: { partition: number }[]; fromBeginning: boolean }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
    findBroker(options: { nodeId: string }): Promise<Broker>
    findGroupCoordinator(options: { groupId: string; coordinatorType: 0 | 1 }): Promise<Broker>
  }
}

declare module 'kafkajs/src/protocol/error.js' {
  const module: { createErrorFromCode(code: number): Error & { type: string } }
  export default module
}

declare module 'kafkajs/src/loggers/index.js' {
  const module: { createLogger(options: object): object }
  export default module
}

declare module 'kafkajs/src/network/socketFactory.js' {
  export default function createSocketFactory(): object
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer)
  }
}

declare module 'kafkajs/src/protocol/recordBatch/v0/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js'
  export default function decodeRecordBatch(decoder: Decoder): Promise<{
    records: readonly { key: Buffer; value: Buffer; offset: string; headers: Record<string, Buffer> }[]
  }>
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32C(bytes: Buffer): number
}

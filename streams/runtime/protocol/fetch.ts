/**
 * Fetch 12, the last one that names topics by their names. Format: the Apache Kafka documentation, "Protocol guide".
 * kafkajs's own consumer speaks 11 and makes an object with a dozen fields of every record.
 */
import type { Call } from 'kafkajs/src/cluster/index.js'
import { protocolError } from '../errors.ts'
import { call, startBody } from './body.ts'
import type { Api, BodyReader, BodyWriter } from './body.ts'

export const FETCH: Api = { apiKey: 1, apiVersion: 12, apiName: 'Fetch' }

const OK = 0
const NO_REPLICA = -1
const READ_COMMITTED = 1
/** Each request says what it wants: no session is kept at the broker. */
const NO_SESSION = 0
const NO_SESSION_EPOCH = -1
const UNKNOWN_EPOCH = -1
const UNKNOWN_OFFSET = -1n
const BYTES_MIN = 1
const NO_RACK = ''

export interface FetchSource {
  topic: string
  partition: number
  fromOffset: number
}

export interface FetchLimits {
  /** How long the broker may wait for the first byte, in milliseconds. */
  waitMs: number
  bytesMax: number
  partitionBytesMax: number
}

/** A transaction that was aborted: what its producer wrote from this offset on, up to the marker, never happened. */
export interface AbortedTransaction {
  producerId: bigint
  firstOffset: number
}

export interface FetchedPartition {
  topic: string
  partition: number
  /** 0 where all is well. */
  errorCode: number
  highWatermark: number
  aborted: readonly AbortedTransaction[]
  /** Record batches, of which the last may be cut off. */
  batches: Buffer
}

/** Fetch: committed records of some partitions that one broker leads. */
export const fetchCall = (
  sources: readonly FetchSource[],
  limits: FetchLimits,
): Call<readonly FetchedPartition[]> => call(FETCH, () => encodeFetch(sources, limits), readFetched)

function encodeFetch(
  sources: readonly FetchSource[],
  { waitMs, bytesMax, partitionBytesMax }: FetchLimits,
): Buffer {
  const body = startBody().int32(NO_REPLICA).int32(waitMs).int32(BYTES_MIN).int32(bytesMax)
  body.int8(READ_COMMITTED).int32(NO_SESSION).int32(NO_SESSION_EPOCH)
  body.compactArray([...Map.groupBy(sources, ({ topic }) => topic)], ([topic, partitions]) => {
    body.compactString(topic)
    body.compactArray(partitions, (source) => encodeSource(body, source, partitionBytesMax))
    body.tags()
  })
  return body
    .compactArray([], () => {}) // topics that a session forgets
    .compactString(NO_RACK)
    .tags()
    .bytes()
}

function encodeSource(body: BodyWriter, { partition, fromOffset }: FetchSource, bytesMax: number): void {
  body.int32(partition).int32(UNKNOWN_EPOCH).int64(BigInt(fromOffset))
  body.int32(UNKNOWN_EPOCH).int64(UNKNOWN_OFFSET).int32(bytesMax).tags()
}

function readFetched(reader: BodyReader): readonly FetchedPartition[] {
  reader.int32() // throttle time
  const errorCode = reader.int16()
  reader.int32() // session
  if (errorCode !== OK) throw protocolError(errorCode)
  return reader.compactArray(() => readTopic(reader)).flat()
}

function readTopic(reader: BodyReader): FetchedPartition[] {
  const topic = reader.compactString()
  const partitions = reader.compactArray(() => readPartition(reader, topic))
  reader.skipTags()
  return partitions
}

function readPartition(reader: BodyReader, topic: string): FetchedPartition {
  const partition = reader.int32()
  const errorCode = reader.int16()
  const highWatermark = Number(reader.int64())
  reader.int64() // last stable offset
  reader.int64() // log start offset
  const aborted = reader.compactArray(() => {
    const transaction = { producerId: reader.int64(), firstOffset: Number(reader.int64()) }
    reader.skipTags()
    return transaction
  })
  reader.int32() // preferred replica
  const batches = reader.compactBytes()
  reader.skipTags()
  return { topic, partition, errorCode, highWatermark, aborted, batches }
}

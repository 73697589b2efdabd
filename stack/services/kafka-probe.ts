/**
 * A readiness probe that speaks one request of Kafka's protocol, so that probing every 50 ms needs no client library.
 */
import { connect } from 'node:net'

const PROBE_LIMIT_MS = 2_000

const METADATA = 3
const FIND_COORDINATOR = 10
const SIZE_AND_CORRELATION = 8

/** A request of version 1 with its header and size. */
function requestOf(apiKey: number, fields: Buffer): Buffer {
  const clientId = Buffer.from('stack')
  const header = Buffer.alloc(10 + clientId.length)
  const VERSION = 1
  const CORRELATION = 1
  let at = header.writeInt16BE(apiKey, 0)
  at = header.writeInt16BE(VERSION, at)
  at = header.writeInt32BE(CORRELATION, at)
  at = header.writeInt16BE(clientId.length, at)
  clientId.copy(header, at)
  const size = Buffer.alloc(4)
  size.writeInt32BE(header.length + fields.length)
  return Buffer.concat([size, header, fields])
}

/** The node ids in an answer to Metadata. */
function brokersIn(answer: Buffer): readonly number[] {
  const ids: number[] = []
  let at = SIZE_AND_CORRELATION
  const count = answer.readInt32BE(at)
  at += 4
  for (let index = 0; index < count; index += 1) {
    ids.push(answer.readInt32BE(at))
    at += 4
    at += 2 + answer.readInt16BE(at) + 4
    const rackLength = answer.readInt16BE(at)
    at += 2 + Math.max(0, rackLength)
  }
  return ids
}

/** Sends one request and gives the whole answer to `read`; undefined when there is none. */
function ask<T>(port: number, request: Buffer, read: (answer: Buffer) => T): Promise<T | undefined> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (result: T | undefined): void => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(PROBE_LIMIT_MS, () => {
      finish(undefined)
    })
    socket.once('connect', () => socket.write(request))
    socket.once('error', () => {
      finish(undefined)
    })
    socket.once('close', () => {
      finish(undefined)
    })
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) finish(read(answer))
    })
  })
}

/** Whether the node on this port counts itself among the cluster's living brokers; an open port alone says less. */
export async function isInCluster(port: number, nodeId: number): Promise<boolean> {
  const NO_TOPICS = Buffer.alloc(4)
  const brokers = await ask(port, requestOf(METADATA, NO_TOPICS), brokersIn)
  return brokers?.includes(nodeId) ?? false
}

/**
 * Whether groups (0) or transactions (1) have their coordinator. The first time it is asked, the broker makes the topic
 * behind it, so asking early spares the first client the wait.
 */
export async function hasCoordinator(port: number, keyType: 0 | 1): Promise<boolean> {
  const key = Buffer.from('stack')
  const fields = Buffer.alloc(2 + key.length + 1)
  const at = fields.writeInt16BE(key.length, 0)
  key.copy(fields, at)
  fields.writeInt8(keyType, at + key.length)
  const THROTTLE = 4
  const errorCode = await ask(port, requestOf(FIND_COORDINATOR, fields), (answer) =>
    answer.readInt16BE(SIZE_AND_CORRELATION + THROTTLE),
  )
  return errorCode === 0
}

/**
 * A readiness probe that speaks one request of Kafka's protocol, so that probing every 50 ms needs no client library.
 */
import { connect } from 'node:net'

const PROBE_LIMIT_MS = 2_000

/** A Metadata request, version 1, for no topic: its answer lists the living brokers. */
function metadataRequest(): Buffer {
  const clientId = Buffer.from('stack')
  const body = Buffer.alloc(4 + 2 + 2 + 4 + 2 + clientId.length + 4)
  let at = body.writeInt32BE(body.length - 4, 0)
  const METADATA = 3
  const VERSION = 1
  const CORRELATION = 1
  at = body.writeInt16BE(METADATA, at)
  at = body.writeInt16BE(VERSION, at)
  at = body.writeInt32BE(CORRELATION, at)
  at = body.writeInt16BE(clientId.length, at)
  at += clientId.copy(body, at)
  body.writeInt32BE(0, at)
  return body
}

/** The node ids in the answer, or undefined while it is not complete. */
function brokersIn(answer: Buffer): readonly number[] | undefined {
  if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return undefined
  const ids: number[] = []
  const SIZE_AND_CORRELATION = 8
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

/** Whether the node on this port counts itself among the cluster's living brokers; an open port alone says less. */
export function isInCluster(port: number, nodeId: number): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0)
    const socket = connect({ port, host: '127.0.0.1' })
    const finish = (result: boolean): void => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(PROBE_LIMIT_MS, () => {
      finish(false)
    })
    socket.once('connect', () => socket.write(metadataRequest()))
    socket.once('error', () => {
      finish(false)
    })
    socket.once('close', () => {
      finish(false)
    })
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk])
      const brokers = brokersIn(answer)
      if (brokers !== undefined) finish(brokers.includes(nodeId))
    })
  })
}

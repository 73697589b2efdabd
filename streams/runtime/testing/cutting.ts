/** Connections to a real broker that break at a moment of the test's choice. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import Cluster from 'kafkajs/src/cluster/index.js'
import { clusterOptions } from '../../../topics/kafka.ts'
import type { KafkaOptions } from '../../../topics/kafka.ts'

/** Connections of which one is cut when the answer to a request of this kind arrives, so that nobody reads the answer. */
export function cutting(options: KafkaOptions, apiKey: number): { cluster: Cluster; cuts: () => number } {
  let armed = true
  let cuts = 0
  const socketFactory = ({
    host,
    port,
    onConnect,
  }: {
    host: string
    port: number
    onConnect: () => void
  }): Socket => {
    const socket = connect({ host, port }, onConnect)
    const write = socket.write.bind(socket)
    // kafkajs writes one whole request at a time: 4 bytes of length, then the API key.
    socket.write = (chunk: Buffer, ...rest: never[]) => {
      if (armed && chunk.length > 6 && chunk.readInt16BE(4) === apiKey) {
        armed = false
        socket.removeAllListeners('data')
        socket.once('data', () => {
          cuts++
          socket.destroy(Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
        })
      }
      return write(chunk, ...rest)
    }
    return socket
  }
  return { cluster: new Cluster({ ...clusterOptions(options), socketFactory }), cuts: () => cuts }
}

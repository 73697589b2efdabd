/** A TCP proxy that a test can close, open again, and make lose answers. */
import { connect, createServer } from 'node:net'
import type { Server, Socket } from 'node:net'

export interface TcpProxy {
  port: number
  /** Ends all connections and refuses new ones. */
  close(): Promise<void>
  /** Takes connections again, on the same port. */
  open(): Promise<void>
  /**
   * From now on, once a request holds the text, it is passed on, but its connection ends instead of bringing the
   * answer; works `times` times. `lost` counts them.
   */
  loseAnswersTo(text: string, times: number): void
  lost(): number
}

/** A proxy on a free port of the loopback in front of `host:port`. */
export async function createTcpProxy(host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let trigger: Buffer | undefined
  let triggersLeft = 0
  let lost = 0

  const serve = (client: Socket): void => {
    const upstream = connect(port, host)
    let mute = false
    const end = (): void => {
      client.destroy()
      upstream.destroy()
      sockets.delete(client)
    }
    sockets.add(client)
    client.on('error', end).on('close', end)
    upstream.on('error', end).on('close', end)
    client.on('data', (chunk) => {
      if (trigger !== undefined && triggersLeft > 0 && chunk.includes(trigger)) {
        triggersLeft--
        mute = true
      }
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      if (!mute) return void client.write(chunk)
      // The answer is here, so the request was carried out; the client never learns.
      lost++
      end()
    })
  }

  let server: Server | undefined
  let ownPort = 0
  const open = (): Promise<void> =>
    new Promise((resolve, reject) => {
      server = createServer(serve)
      server.once('error', reject)
      server.listen(ownPort, '127.0.0.1', resolve)
    })
  await open()
  const address = server?.address()
  if (typeof address !== 'object' || address === null) throw new Error('the proxy has no port')
  ownPort = address.port
  return {
    port: ownPort,
    open,
    close: () =>
      new Promise((resolve) => {
        server?.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
    loseAnswersTo: (text, times) => {
      trigger = Buffer.from(text)
      triggersLeft = times
      lost = 0
    },
    lost: () => lost,
  }
}

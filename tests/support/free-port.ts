/** Ports that nobody listens on. */
import { createServer } from 'node:net'
import { isPortFree } from '../../stack/checks.ts'
import { PORT_NAMES, portsFrom } from '../../stack/ports.ts'

const HIGHEST_BASE = 60_000
const BASE_STEP = 1_000

/** A `PORT_BASE` whose ports are all free. Who asks at the same time begins elsewhere. */
export async function freePortBase(from: number): Promise<number> {
  for (let base = from; base < HIGHEST_BASE; base += BASE_STEP) {
    const ports = portsFrom(base)
    const free = await Promise.all(PORT_NAMES.map((name) => isPortFree(ports[name])))
    if (free.every(Boolean)) return base
  }
  throw new Error(`no free ports from ${from} to ${HIGHEST_BASE}: stop other stacks first`)
}

export function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

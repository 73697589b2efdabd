/** A ClickHouse front in a process of its own, on a free port, over a test's folder. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { waitUntil } from '../wait.ts'

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

export interface Front {
  readonly url: string
  readonly process: ChildProcess
  /** Signals, and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<void>
}

export async function spawnFront(folder: string): Promise<Front> {
  const port = await freePort()
  const logPath = join(folder, 'front.log')
  const log = openSync(logPath, 'a')
  const child = spawn(process.execPath, [join(import.meta.dirname, '../clickhouse-front/main.ts')], {
    env: {
      ...process.env,
      CLICKHOUSE_FRONT_PORT: String(port),
      CLICKHOUSE_FRONT_PATH: join(folder, 'db'),
      UV_THREADPOOL_SIZE: '16',
    },
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  const url = `http://127.0.0.1:${port}`
  const answers = async (): Promise<boolean> => {
    if (child.exitCode !== null) throw new Error(`the front ended: ${readFileSync(logPath, 'utf8')}`)
    try {
      return (await fetch(`${url}/ping`)).ok
    } catch {
      return false
    }
  }
  if (!(await waitUntil(answers, 30_000))) throw new Error('the front did not start')
  return {
    url,
    process: child,
    stop: async (signal) => {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}

/** A second process of the API beside the running one, with settings of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { waitFor } from '../../tests/support/wait.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** How long it may take to start, in milliseconds. */
export const START_MS = 60_000

function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

export interface SecondApi {
  url: string
  stop(): Promise<void>
}

/** Resolves when it is ready. */
export async function startSecondApi(settings: Readonly<Record<string, string>> = {}): Promise<SecondApi> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, 'api/main.ts')], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), LOG_LEVEL: 'fatal', ...settings },
    stdio: 'ignore',
  })
  const ready = async (): Promise<true | undefined> => {
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    return answer?.status === 200 ? true : undefined
  }
  await waitFor(ready, { timeoutMs: START_MS, what: 'the second instance' })
  return {
    url,
    stop: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

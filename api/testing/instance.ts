/** An instance of the API of a test's own, beside that of the stack. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { waitFor } from '../../tests/support/wait.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** How long an instance may take to be ready, in milliseconds. */
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

export interface ApiInstance {
  url: string
  /** Ends it in an orderly way. */
  stop(): Promise<void>
}

/** Starts an instance, with `env` over the stack's environment, and waits until it is ready. */
export async function startInstance(env: Readonly<Record<string, string>> = {}): Promise<ApiInstance> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, 'api/main.ts')], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), LOG_LEVEL: 'fatal', ...env },
    stdio: 'ignore',
  })
  const ready = async (): Promise<boolean> =>
    (await fetch(`${url}/health/ready`).catch(() => undefined))?.status === 200
  await waitFor(ready, { timeoutMs: START_MS, what: 'the instance' })
  return {
    url,
    stop: async () => {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await gone
    },
  }
}

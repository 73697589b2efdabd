/** Another instance of the API, beside the one of the stack: a process of its own on a free port. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { dataDirOf, stackFrom } from '../../stack/stack.ts'
import { freePort } from './free-port.ts'
import { waitFor } from './wait.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** Until it has read all partners and keys, on a machine that does other things too. */
export const API_START_MS = 60_000

export interface ApiInstance {
  url: string
  /** All that it has written by now. */
  output(): string
  /** As an operator stops it; resolves with its exit code. */
  stop(): Promise<number | null>
}

/** Starts one with `env` over the stack's environment; no load balancer stands before it. Resolves when it is ready. */
export async function startApi(env: Readonly<Record<string, string>> = {}): Promise<ApiInstance> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, 'api/main.ts')], {
    cwd: ROOT,
    env: {
      ...process.env,
      PORT: String(port),
      LOG_LEVEL: 'fatal',
      DRAIN_MS: '0',
      NODE_COMPILE_CACHE: dataDirOf(stackFrom(process.env), 'compile-cache'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const isReady = async (): Promise<boolean> => (await fetch(`${url}/health/ready`)).status === 200
  await waitFor(isReady, { timeoutMs: API_START_MS, what: 'another instance of the API' }).catch(
    (error: unknown) => {
      child.kill('SIGKILL')
      throw error
    },
  )
  return {
    url,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      await gone
      return child.exitCode
    },
  }
}

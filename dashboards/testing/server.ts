/** A program that serves HTTP on a port of its own, for as long as a test needs it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePort } from '../../tests/support/free-port.ts'
import { waitFor } from '../../tests/support/wait.ts'

interface ServerOptions {
  what: string
  program: string
  /** Its settings. */
  configuration: string
  /** What it is started with. */
  args: (given: { file: string; folder: string; address: string }) => readonly string[]
}

export interface RunningServer {
  /** Host and port. */
  address: string
  get(path: string): Promise<unknown>
  stop(): Promise<void>
}

/** Resolves when it answers /-/ready. */
export async function startServer({
  what,
  program,
  configuration,
  args,
}: ServerOptions): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'stakestream-server-'))
  const file = join(folder, 'configuration.yml')
  writeFileSync(file, configuration)
  const address = `127.0.0.1:${await freePort()}`
  const child = spawn(program, args({ file, folder, address }), {
    cwd: dirname(program),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(child, 'exit')
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitFor(async () => (await fetch(`http://${address}/-/ready`)).ok, { what })
  } catch (error) {
    await stop()
    throw error
  }
  return { address, get: async (path) => (await fetch(`http://${address}${path}`)).json(), stop }
}

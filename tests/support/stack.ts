/** The stack that the tests run against: its addresses, and its services stopped, killed and started. */
import { readFileSync } from 'node:fs'
import { envPathOf, parseEnv } from '../../stack/env-file.ts'
import { kill, status, stop, up } from '../../stack/runner.ts'
import { stackFrom } from '../../stack/stack.ts'

/** A variable of the running stack. Throws where the tests were started without one. */
export function stackVariable(name: string): string {
  const value = process.env[name] ?? parseEnv(readFileSync(envPathOf(stackFrom(process.env)), 'utf8'))[name]
  if (value === undefined || value === '')
    throw new Error(`${name} is not set: run the tests through \`npm test\`, or load .local/env first`)
  return value
}

const quiet = (): void => undefined

/** SIGKILL, as a crash is. */
export const killService = (name: string): Promise<void> => kill(stackFrom(process.env), [name], quiet)

export const stopService = (name: string): Promise<void> => stop(stackFrom(process.env), [name], quiet)

/** Starts it and waits until it is ready; topics and tables stay as they are. */
export async function startService(name: string): Promise<void> {
  await up(stackFrom(process.env), [name], quiet, { prepare: false })
}

/** True while the process lives. */
export async function isRunning(name: string): Promise<boolean> {
  const processes = await status(stackFrom(process.env))
  return processes.some((one) => one.name === name && one.state === 'running')
}

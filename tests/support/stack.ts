/** The services of the stack that the tests run against: stopped, killed and started. */
import { kill, status, stop, up } from '../../stack/runner.ts'
import { stackFrom } from '../../stack/stack.ts'

const quiet = (): void => undefined

/** SIGKILL, as a crash is. */
export const killService = (name: string): Promise<void> => kill(stackFrom(process.env), [name], quiet)

export const stopService = (name: string): Promise<void> => stop(stackFrom(process.env), [name], quiet)

/** Starts it and waits until it is ready; topics and tables stay as they are. */
export async function startService(name: string): Promise<void> {
  await up(stackFrom(process.env), [name], quiet, { prepare: false })
}

/** Stops them and starts them again, side by side, with this process's environment as it is now. */
export async function restartServices(names: readonly string[]): Promise<void> {
  const stack = stackFrom(process.env)
  await stop(stack, names, quiet)
  await up(stack, names, quiet, { prepare: false })
}

/** Starts whatever does not run, and makes tables that are missing. */
export async function startAll(): Promise<void> {
  await up(stackFrom(process.env), ['all'], quiet)
}

/** True while the process lives. */
export async function isRunning(name: string): Promise<boolean> {
  const processes = await status(stackFrom(process.env))
  return processes.some((one) => one.name === name && one.state === 'running')
}

/** Start and orderly end of a process: on SIGTERM or SIGINT its parts stop in turn, within a deadline. */
import { flushCompileCache } from 'node:module'
import type { Logger } from './logger.ts'

/** After this long a stop that hangs is given up, in milliseconds. Below Kubernetes' grace period of 30 s. */
export const SHUTDOWN_DEADLINE_MS = 25_000

/** Runs `stop` on the first SIGTERM or SIGINT and ends the process: 0 when it stopped cleanly, 1 otherwise. */
export function onShutdown(logger: Logger, stop: () => Promise<void>): void {
  let stopping = false
  const begin = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'stopping')
    const deadline = setTimeout(() => {
      logger.error({ deadlineMs: SHUTDOWN_DEADLINE_MS }, 'did not stop in time')
      process.exit(1)
    }, SHUTDOWN_DEADLINE_MS)
    deadline.unref()
    stop().then(
      () => {
        logger.info('stopped')
        process.exit(0)
      },
      (error: unknown) => {
        logger.error({ err: error }, 'stop failed')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', begin)
  process.on('SIGINT', begin)
}

/** So long after its start a process writes down its compiled code, in milliseconds. */
const COMPILE_CACHE_FLUSH_MS = 10_000

/**
 * Ends the process with code 1 when `main` fails, after one line that says why. Where NODE_COMPILE_CACHE names a folder, the
 * process that follows this one starts in half the time; Node fills it at an orderly end, and a kill is none.
 */
export function runMain(logger: Logger, main: () => Promise<void>): void {
  setTimeout(flushCompileCache, COMPILE_CACHE_FLUSH_MS).unref()
  main().catch((error: unknown) => {
    logger.fatal({ err: error }, 'start failed')
    process.exitCode = 1
    setTimeout(() => process.exit(1), 1_000).unref()
  })
}

/**
 * Processes that outlive the runner: started detached, remembered by a pid file that holds the pid and the process's
 * start time, so that a pid which the kernel gave to somebody else is never signalled.
 */
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { codeOf, StackError } from './errors.ts'
import { waitUntil } from './wait.ts'

const LOG_BYTES_MAX = 20_000_000

/** A process as it was when it started. `startTicks` is field 22 of /proc/PID/stat (clock ticks since boot). */
export interface ProcessId {
  readonly pid: number
  readonly startTicks: string
}

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Runs as this user and group where given (needs root). */
  readonly userId?: number
}

/** The start time of a living process, or undefined where there is none (a zombie counts as none). */
export function startTicksOf(pid: number): string | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return undefined
  }
  // The second field is the command in parentheses, and may hold spaces and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state] = fields
  if (state === 'Z' || state === 'X') return undefined
  return fields[19]
}

export function isAlive(id: ProcessId): boolean {
  return startTicksOf(id.pid) === id.startTicks
}

/** Reads a pid file. A missing or damaged one is undefined. */
export function readPidFile(path: string): ProcessId | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
  const [pid, startTicks] = text.trim().split(' ')
  if (pid === undefined || startTicks === undefined || !/^\d+$/.test(pid)) return undefined
  return { pid: Number(pid), startTicks }
}

/** Writes in one step, so that a reader never sees half a file. */
export function writePidFile(path: string, id: ProcessId): void {
  writeFileSync(`${path}.new`, `${id.pid} ${id.startTicks}\n`)
  renameSync(`${path}.new`, path)
}

export function removePidFile(path: string): void {
  rmSync(path, { force: true })
}

/** Keeps one earlier log, so that a process that runs for weeks doesn't fill the disk over its restarts. */
function rotateLog(logPath: string): void {
  const size = statSync(logPath, { throwIfNoEntry: false })?.size ?? 0
  if (size > LOG_BYTES_MAX) renameSync(logPath, `${logPath}.1`)
}

/** Starts a process in a session of its own, its output appended to the log. Throws `StackError` when it can't start. */
export async function spawnDetached(command: Command, logPath: string, pidPath: string): Promise<ProcessId> {
  rotateLog(logPath)
  const log = openSync(logPath, 'a')
  try {
    const user = command.userId === undefined ? {} : { uid: command.userId, gid: command.userId }
    const child = spawn(command.file, [...command.args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...command.env },
      cwd: command.cwd,
      ...user,
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => {
        reject(new StackError(`${command.file} can't be started: ${error.message}.`))
      })
    })
    child.unref()
    const { pid } = child
    const startTicks = pid === undefined ? undefined : startTicksOf(pid)
    if (pid === undefined || startTicks === undefined) {
      throw new StackError(
        `${command.file} ended as soon as it had started; the end of ${logPath}:\n${tailOfLog(logPath)}`,
      )
    }
    const id = { pid, startTicks }
    writePidFile(pidPath, id)
    return id
  } finally {
    closeSync(log)
  }
}

/** Sends a signal, unless the process is gone or the pid is somebody else's by now. Says whether it was sent. */
export function signalProcess(id: ProcessId, signal: NodeJS.Signals): boolean {
  if (!isAlive(id)) return false
  try {
    process.kill(id.pid, signal)
    return true
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false
    throw error
  }
}

/** Signals, waits, and kills what is still there after `limitMs`. Returns 'stopped' or 'killed'. */
export async function stopProcess(
  id: ProcessId,
  signal: NodeJS.Signals,
  limitMs: number,
): Promise<'stopped' | 'killed'> {
  signalProcess(id, signal)
  if (await waitUntil(() => !isAlive(id), limitMs)) return 'stopped'
  signalProcess(id, 'SIGKILL')
  const KILL_LIMIT_MS = 10_000
  if (await waitUntil(() => !isAlive(id), KILL_LIMIT_MS)) return 'killed'
  throw new StackError(`Process ${id.pid} is still there ${KILL_LIMIT_MS / 1000} s after SIGKILL.`)
}

/** The last lines of a log, for a message about a process that died. */
export function tailOfLog(logPath: string, lines = 15): string {
  let text: string
  try {
    text = readFileSync(logPath, 'utf8')
  } catch {
    return '(no log)'
  }
  return text.trimEnd().split('\n').slice(-lines).join('\n')
}

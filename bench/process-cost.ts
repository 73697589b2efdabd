/** What processes cost: CPU time and memory, from /proc. CPU time says more than wall time on a shared machine. */
import { existsSync, readFileSync } from 'node:fs'

/** Linux reports CPU time in these on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100

/** User and system time of a process so far, in microseconds. Throws where it has ended. */
export function cpuMicroseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The second field is the command in parentheses, and may hold spaces itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[11]) + Number(fields[12])
  return (ticks / TICKS_PER_SECOND) * 1_000_000
}

export interface Memory {
  /** Resident memory, pages of mapped files included, in MB. */
  residentMb: number
  /** The part of it that is the process's own and not a copy of a file. */
  ownMb: number
}

const KB_PER_MB = 1024

/** Memory of a process. Throws where it has ended. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const kb = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN)
  return { residentMb: kb('VmRSS') / KB_PER_MB, ownMb: kb('RssAnon') / KB_PER_MB }
}

/** Pids of the processes that this one has started, and of those that they have started. */
export function descendantsOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  const own = children === '' ? [] : children.split(' ').map(Number)
  return own.flatMap((child) => [child, ...descendantsOf(child)])
}

/**
 * Proportional share of memory: what processes share is divided among them. For PostgreSQL, which is one per session. A process that has
 * ended meanwhile has none.
 */
export function sharedOutMb(pid: number): number {
  const file = `/proc/${pid}/smaps_rollup`
  let rollup: string
  try {
    rollup = readFileSync(file, 'utf8')
  } catch {
    if (!existsSync(file)) return 0
    throw new Error(`${file} can't be read`)
  }
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? NaN) / KB_PER_MB
}

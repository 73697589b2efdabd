/**
 * One runner at a time over one stack's folder: a second one waits for the first.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf, StackError } from './errors.ts'
import { isAlive, readPidFile, startTicksOf } from './processes.ts'
import type { Stack } from './stack.ts'
import { waitUntil } from './wait.ts'

const LOCK_LIMIT_MS = 300_000

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx')
    writeSync(file, `${process.pid} ${startTicksOf(process.pid) ?? '0'}\n`)
    closeSync(file)
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  const holder = readPidFile(path)
  if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true })
  return false
}

/** Runs `work` while holding the stack's lock. Throws `StackError` when another runner keeps it for minutes. */
export async function withLock<T>(stack: Stack, work: () => Promise<T>): Promise<T> {
  const path = join(stack.localDir, 'run', 'lock')
  if (!(await waitUntil(() => tryLock(path), LOCK_LIMIT_MS))) {
    throw new StackError(
      `Another \`make up\` or \`make down\` holds ${path}: wait for it, or delete that file.`,
    )
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

import { mkdirSync, mkdtempSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from './lock.ts'
import { stackFrom, type Stack } from './stack.ts'

let stack: Stack
let lock: string
beforeEach(() => {
  const folder = mkdtempSync(join(tmpdir(), 'stakestream-lock-'))
  stack = stackFrom({ LOCAL_DIR: folder })
  mkdirSync(join(folder, 'run'))
  lock = join(folder, 'run', 'lock')
})
afterEach(() => {
  rmSync(stack.localDir, { recursive: true, force: true })
})

test('given two at once, then the second begins when the first has ended', async () => {
  const order: string[] = []
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`)
    await new Promise((resolve) => setImmediate(resolve))
    order.push(`${name} ends`)
  }
  await Promise.all([withLock(stack, work('first')), withLock(stack, work('second'))])
  expect(order).toEqual(['first begins', 'first ends', 'second begins', 'second ends'])
  expect(existsSync(lock)).toBe(false)
})

test('given the lock of a runner that is no more, then it does not hold', async () => {
  const HIGHEST_PID = 4_194_304
  writeFileSync(lock, `${HIGHEST_PID} 1\n`)
  expect(await withLock(stack, () => Promise.resolve('done'))).toBe('done')
})

test('given work that fails, then the lock is free again', async () => {
  await expect(withLock(stack, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(lock)).toBe(false)
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  isAlive,
  readPidFile,
  signalProcess,
  spawnDetached,
  startTicksOf,
  stopProcess,
  tailOfLog,
  writePidFile,
  type ProcessId,
} from './processes.ts'
import { waitUntil } from './wait.ts'

let folder: string
const started: ProcessId[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stakestream-processes-'))
})
afterEach(() => {
  for (const id of started.splice(0)) signalProcess(id, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

const log = (): string => join(folder, 'x.log')
const pidFile = (): string => join(folder, 'x.pid')

async function shell(script: string): Promise<ProcessId> {
  const id = await spawnDetached({ file: 'sh', args: ['-c', script] }, log(), pidFile())
  started.push(id)
  return id
}

describe('a pid file', () => {
  test('given a process, then the file names it with its start time', async () => {
    const id = await shell('exec sleep 60')
    expect(readPidFile(pidFile())).toEqual(id)
    expect(id.startTicks).toBe(startTicksOf(id.pid))
    expect(isAlive(id)).toBe(true)
  })

  test("given a pid that is somebody else's by now, then it is not alive and is never signalled", async () => {
    const id = await shell('exec sleep 60')
    const reused = { pid: id.pid, startTicks: String(Number(id.startTicks) - 1) }
    expect(isAlive(reused)).toBe(false)
    expect(signalProcess(reused, 'SIGKILL')).toBe(false)
    expect(await stopProcess(reused, 'SIGTERM', 1_000)).toBe('stopped')
    expect(isAlive(id)).toBe(true)
  })

  test.each(['', 'abc 1', '12', '-5 7'])('given a damaged file (%j), then there is no process', (text) => {
    writeFileSync(pidFile(), text)
    expect(readPidFile(pidFile())).toBeUndefined()
  })

  test('given no file, then there is no process', () => {
    expect(readPidFile(pidFile())).toBeUndefined()
    writePidFile(pidFile(), { pid: 1, startTicks: '2' })
    expect(readPidFile(pidFile())).toEqual({ pid: 1, startTicks: '2' })
  })
})

describe('stopping', () => {
  test('given a process that obeys, then it is stopped', async () => {
    const id = await shell('exec sleep 60')
    expect(await stopProcess(id, 'SIGTERM', 5_000)).toBe('stopped')
    expect(isAlive(id)).toBe(false)
  })

  test('given a process that ignores the signal, then it is killed after its limit', async () => {
    const id = await shell("trap '' TERM; echo deaf; while :; do sleep 0.05; done")
    await waitUntil(() => readFileSync(log(), 'utf8').includes('deaf'), 5_000)
    expect(await stopProcess(id, 'SIGTERM', 200)).toBe('killed')
    expect(isAlive(id)).toBe(false)
  })
})

test('given a program that is missing, then the error names it', async () => {
  const missing = spawnDetached({ file: '/nothing/here', args: [] }, log(), pidFile())
  await expect(missing).rejects.toThrow("/nothing/here can't be started")
})

test('given a process that died at once, then it counts as dead, or its last lines are in the error', async () => {
  try {
    const id = await shell('echo the reason; exit 3')
    expect(await waitUntil(() => !isAlive(id), 5_000)).toBe(true)
    expect(tailOfLog(log())).toBe('the reason')
  } catch (error) {
    expect(error).toMatchObject({
      name: 'StackError',
      message: expect.stringMatching(/ended as soon .*the reason$/s),
    })
  }
})

test('given a process that died, then its last lines can be shown', async () => {
  const id = await shell('for i in 1 2 3 4 5; do echo line $i; done; sleep 0.2; exit 3')
  await waitUntil(() => !isAlive(id), 5_000)
  expect(tailOfLog(log(), 2)).toBe('line 4\nline 5')
  expect(tailOfLog(join(folder, 'none.log'))).toBe('(no log)')
})

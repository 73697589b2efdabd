import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { waitFor } from '../../tests/support/wait.ts'
import { QUERIES_MAX } from './limits.ts'
import type { ScreenerState } from './messages.ts'
import { openScreener, ScreenerUnavailableError } from './screener.ts'
import type { Screener } from './screener.ts'

const HEADER = 'ref,type,name,aliases,dob,nationality,list,listed_on\n'
const line = (ref: string, name: string): string => `${ref},Person,${name},,1970,Germany,Test,2020-01-01\n`

let folder: string
let path: string
let screener: Screener
let told: ScreenerState[]
let lost: Error[]

function put(text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

function open(): void {
  screener = openScreener({
    sources: [{ name: 'test', form: 'un', kind: 'SANCTION', paths: [path] }],
    reloadMs: 20,
    onState: (state) => told.push(state),
    onThreadLost: (error) => lost.push(error),
  })
}

const loaded = () => waitFor(() => screener.state.lists, { what: 'the lists' })
const isListed = async (name: string): Promise<boolean> =>
  (await screener.screen({ name }, {})).matches.length > 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'screener-'))
  path = join(folder, 'list.csv')
  told = []
  lost = []
  put(HEADER + line('1', 'GORAN TESTIC'))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await screener.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a screener', () => {
  it('finds what the lists hold, and says in which version', async () => {
    open()
    await expect(screener.screen({ name: 'Goran Testic' }, {})).rejects.toThrow(ScreenerUnavailableError)
    const lists = await loaded()
    expect(lists).toEqual([{ list: 'test', version: expect.stringMatching(/^[0-9a-f]{12}$/), entries: 1 }])
    const screened = await screener.screen({ name: 'Goran Testic' }, { threshold: 90 })
    expect(screened.lists).toEqual(lists)
    expect(screened.matches).toMatchObject([
      { list: 'test', listVersion: lists[0]?.version, entryId: '1', score: 100 },
    ])
    expect(await isListed('Mira Vasterova')).toBe(false)
    await expect(screener.screen({ name: 'x'.repeat(201) }, {})).rejects.toThrow(RangeError)
  })

  it('swaps, keeps the old version while the new one is refused, and tells of all of it', async () => {
    open()
    const [first] = await loaded()
    put(`${HEADER}2,Person\n`)
    await waitFor(() => screener.state.refused.size > 0)
    expect(screener.state.lists).toEqual([first])
    expect(screener.state.refused.get('test')).toContain(`${path}:2`)
    expect(await isListed('Goran Testic')).toBe(true)
    put(HEADER + line('1', 'GORAN TESTIC'))
    await waitFor(() => screener.state.refused.size === 0)
    expect(screener.state.lists).toEqual([first])
    put(HEADER + line('2', 'MIRA VASTEROVA'))
    await waitFor(() => screener.state.lists?.[0]?.version !== first?.version)
    expect([await isListed('Goran Testic'), await isListed('Mira Vasterova')]).toEqual([false, true])
    expect(told).toHaveLength(4)
  })

  it('tries again where no list can be loaded at the start', async () => {
    rmSync(path)
    open()
    await waitFor(() => told.length > 0)
    expect([screener.state.lists, [...screener.state.refused.keys()]]).toEqual([undefined, ['test']])
    put(HEADER + line('1', 'GORAN TESTIC'))
    await loaded()
    expect(screener.state.refused.size).toBe(0)
    expect(told).toHaveLength(2)
  })

  it('takes so many queries at a time and no more', async () => {
    open()
    await loaded()
    const asked = Array.from({ length: QUERIES_MAX + 1 }, () => isListed('Goran Testic'))
    const settled = await Promise.allSettled(asked)
    expect(settled.map(({ status }) => status).indexOf('rejected')).toBe(QUERIES_MAX)
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await isListed('Goran Testic')).toBe(true)
  })

  it('that loses its thread refuses what waits, and goes on with another thread', async () => {
    open()
    await loaded()
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementationOnce(function (this: Worker) {
      void this.terminate()
    })
    await expect(isListed('Goran Testic')).rejects.toThrow(ScreenerUnavailableError)
    expect([lost.length, screener.state.lists]).toEqual([1, undefined])
    await loaded()
    expect(await isListed('Goran Testic')).toBe(true)
  })

  it('without lists finds nothing, and starts no thread', async () => {
    const start = vi.spyOn(Worker.prototype, 'postMessage')
    screener = openScreener({ sources: [], reloadMs: 20, onState: () => {}, onThreadLost: () => {} })
    expect(await screener.screen({ name: 'Goran Testic' }, {})).toEqual({ lists: [], matches: [] })
    expect(screener.state.lists).toEqual([])
    expect(start).not.toHaveBeenCalled()
  })
})

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../tests/support/wait.ts'
import { openWatchlists } from './watchlists.ts'
import type { Watchlists } from './watchlists.ts'

const HEADER = 'ref,type,name,aliases,dob,nationality,list,listed_on\n'
const line = (ref: string, name: string): string => `${ref},Person,${name},,1970,Germany,Test,2020-01-01\n`

let folder: string
let path: string
let watchlists: Watchlists
let told: string[]

/** As files are to be replaced: whole, by a rename. */
function put(text: string): void {
  writeFileSync(`${path}.new`, text)
  renameSync(`${path}.new`, path)
}

const open = (reloadMs: number): Promise<Watchlists> =>
  openWatchlists({
    sources: [{ name: 'test', form: 'un', kind: 'SANCTION', paths: [path] }],
    reloadMs,
    onSwap: (list, before) => told.push(`swap ${before.hash} ${list.version.hash}`),
    onRefused: (source, error, inForce) => told.push(`refused ${source.name} ${error.line} ${inForce.hash}`),
    onMended: (source) => told.push(`mended ${source.name}`),
  })

const isListed = (name: string): boolean => watchlists.screen({ name }).length > 0

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'watchlists-'))
  path = join(folder, 'list.csv')
  told = []
  put(HEADER + line('1', 'GORAN TESTIC'))
  watchlists = await open(3_600_000)
})
afterEach(async () => {
  await watchlists.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('lists that are held', () => {
  it('are swapped whole when their files change, and a state that is held stays as it was', async () => {
    const before = watchlists.current
    put(HEADER + line('2', 'MIRA VASTEROVA'))
    await watchlists.look()
    expect([isListed('Goran Testic'), isListed('Mira Vasterova')]).toEqual([false, true])
    expect(told).toEqual([`swap ${before[0]?.version.hash} ${watchlists.current[0]?.version.hash}`])
    expect(before[0]?.entries[0]?.name).toBe('GORAN TESTIC')
  })

  it('stay in force while a new file is broken, which is told once, and go on with the next good one', async () => {
    const { hash } = watchlists.current[0]?.version ?? {}
    put(`${HEADER}${line('2', 'MIRA VASTEROVA')}3,Person\n`)
    await watchlists.look()
    await watchlists.look()
    expect(told).toEqual([`refused test 3 ${hash}`])
    expect(watchlists.refused.get('test')).toMatchObject({ code: 'BROKEN_LINE', file: path, line: 3 })
    expect([isListed('Goran Testic'), isListed('Mira Vasterova')]).toEqual([true, false])
    put(HEADER + line('2', 'MIRA VASTEROVA'))
    await watchlists.look()
    expect(isListed('Mira Vasterova')).toBe(true)
    expect(watchlists.refused.size).toBe(0)
  })

  it('stay in force while the file is gone, and when it is back as it was nothing is swapped', async () => {
    renameSync(path, `${path}.away`)
    await watchlists.look()
    expect(watchlists.refused.get('test')?.code).toBe('UNREADABLE')
    expect(isListed('Goran Testic')).toBe(true)
    renameSync(`${path}.away`, path)
    await watchlists.look()
    expect(watchlists.refused.size).toBe(0)
    expect(told).toEqual([expect.stringMatching(/^refused test undefined /), 'mended test'])
  })

  it('are looked at by themselves', async () => {
    await watchlists.close()
    watchlists = await open(20)
    put(HEADER + line('2', 'MIRA VASTEROVA'))
    await waitFor(() => isListed('Mira Vasterova'))
    expect(isListed('Mira Vasterova')).toBe(true)
  })

  it('are refused at the start where there is no old version', async () => {
    put(`${HEADER}3,Person\n`)
    await expect(open(3_600_000)).rejects.toMatchObject({ code: 'BROKEN_LINE', line: 2 })
  })
})

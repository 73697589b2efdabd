import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadWatchlist } from './load.ts'
import { watchlistSources } from './source.ts'
import type { WatchlistSource } from './source.ts'

const SDN = [
  `101,"KORVAN, Ilja Petrovich","individual","TEST1] [TEST2","Minister",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 12 May 1958; alt. DOB circa 1957; POB Testville, Korea, North; nationality Iran; Passport 1 (Iran); a.k.a. 'ILJA-K'."`,
  `102,"KORVAN SHIPPING LTD",-0- ,"TEST1",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- `,
  '\u001a',
].join('\r\n')
const ALT = ['101,1,"aka","KORWAN, Ilia",-0- ', '101,2,"fka","KORVANOV, Ilja",-0- ', '\u001a'].join('\r\n')
const OPEN_HEADER =
  'id,schema,name,aliases,birth_date,countries,addresses,identifiers,sanctions,phones,emails,program_ids,dataset,first_seen,last_seen,last_change'
const OPEN = [
  OPEN_HEADER,
  'Q1,Person,Ada Testova,"Ada T.;A. Testova",1970-02-01;1970,ru;suhh,,,,,,,Invented PEPs,2024,2024,2024',
  'Q2,Person,Bo Testov,"""Bo; the elder"";""Bo T""",1960,kp,,,Ordered,,,X-1,Invented PEPs,2024,2024,2024',
  'Q3,Company,Testov Ltd,,,,,,,,,,Invented companies,2024,2024,2024',
].join('\n')
const UN =
  'ref,type,name,aliases,dob,nationality,list,listed_on\nT.1,Person,GORAN TESTIC,Goran T|G. Testic,1971|1972-03-04,Russian Federation,Test,2020-01-01\n'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'watchlists-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function sourceOf(form: string, ...texts: string[]): WatchlistSource {
  const paths = texts.map((text, at) => {
    const path = join(folder, `${form}-${at}.csv`)
    writeFileSync(path, text)
    return path
  })
  const [source] = watchlistSources.parse(`test:${form}:sanction:${paths.join(',')}`)
  return source ?? expect.unreachable('no source')
}

describe('a list', () => {
  it('is read in the form of OFAC', async () => {
    const { entries, version } = await loadWatchlist(sourceOf('ofac', SDN, ALT))
    expect(version.entries).toBe(2)
    expect(entries[0]).toMatchObject({
      id: '101',
      kind: 'SANCTION',
      type: 'PERSON',
      aliases: ['ILJA-K', 'KORWAN, Ilia', 'KORVANOV, Ilja'],
      countries: ['KP', 'IR'],
      programs: ['TEST1', 'TEST2'],
    })
    expect(entries[0]?.datesOfBirth.map(({ text }) => text)).toEqual(['1958-05-12', '~1957'])
    expect(entries[1]).toMatchObject({ id: '102', type: 'ORGANISATION', aliases: [], datesOfBirth: [] })
  })

  it('is read in the form of OpenSanctions, each entry of its kind', async () => {
    const { entries } = await loadWatchlist(sourceOf('opensanctions', OPEN))
    expect(entries.map(({ id, kind, type }) => [id, kind, type])).toEqual([
      ['Q1', 'PEP', 'PERSON'],
      ['Q2', 'SANCTION', 'PERSON'],
      ['Q3', 'SANCTION', 'ORGANISATION'],
    ])
    expect(entries[0]).toMatchObject({ aliases: ['Ada T.', 'A. Testova'], countries: ['RU'] })
    expect(entries[1]).toMatchObject({ aliases: ['Bo; the elder', 'Bo T'], programs: ['X-1'] })
  })

  it('is read in the form of the United Nations', async () => {
    const { entries } = await loadWatchlist(sourceOf('un', UN))
    expect(entries).toMatchObject([{ id: 'T.1', aliases: ['Goran T', 'G. Testic'], countries: ['RU'] }])
    expect(entries[0]?.datesOfBirth.map(({ text }) => text)).toEqual(['1971', '1972-03-04'])
  })

  it('has a version that follows from the bytes of all its files', async () => {
    const { version } = await loadWatchlist(sourceOf('ofac', SDN, ALT))
    expect(version.hash).toMatch(/^[0-9a-f]{12}$/)
    expect((await loadWatchlist(sourceOf('ofac', SDN, ALT))).version).toEqual(version)
    const other = ALT.replace('Ilia', 'Ilya')
    expect((await loadWatchlist(sourceOf('ofac', SDN, other))).version.hash).not.toBe(version.hash)
  })

  it.each([
    ['ofac', [`${SDN.split('\r\n')[0]}\n1,"X"\n`, ALT], { line: 2, reason: /2 fields/ }],
    ['ofac', [SDN, '999,1,"aka","X",-0- \n'], { line: 1, reason: /999/ }],
    ['ofac', [SDN.replace('individual', 'robot'), ALT], { line: 1, reason: /robot/ }],
    ['ofac', ['101,"X"broken,,\n', ALT], { line: 1, reason: /not CSV/ }],
    ['opensanctions', ['id,name\nQ1,X\n'], { line: 1, reason: /lacks schema/ }],
    ['opensanctions', [OPEN.replace('1960', '196?')], { line: 3, reason: /196\?/ }],
    ['opensanctions', [OPEN.replace('Testov Ltd', '')], { line: 4, reason: /name is empty/ }],
    ['opensanctions', [OPEN.replace('Q2', 'Q1')], { line: 3, reason: /taken/ }],
    ['un', [`${UN}T.2,Person\n`], { line: 3, reason: /2 fields/ }],
  ])('in the form %s with a broken line is refused: %#', async (form, texts, { line, reason }) => {
    const reading = loadWatchlist(sourceOf(form, ...texts))
    await expect(reading).rejects.toMatchObject({
      code: 'BROKEN_LINE',
      line,
      reason: expect.stringMatching(reason),
    })
  })

  it('is refused with more aliases of an entry than the limit, without an entry, and where it is missing', async () => {
    const aliases = Array.from({ length: 1_001 }, (_, at) => `A${at}`).join('|')
    const many = sourceOf('un', UN.replace('Goran T|G. Testic', aliases))
    await expect(loadWatchlist(many)).rejects.toMatchObject({ code: 'TOO_LARGE', line: 2 })
    const none = sourceOf('un', UN.split('\n')[0] ?? '')
    await expect(loadWatchlist(none)).rejects.toMatchObject({ code: 'EMPTY' })
    const gone = { ...many, paths: [join(folder, 'gone.csv')] }
    await expect(loadWatchlist(gone)).rejects.toMatchObject({ code: 'UNREADABLE' })
  })
})

describe('the configuration', () => {
  it.each(['x', 'a:xml:pep:/x', 'a:ofac:sanction:/x', 'a:un:pep:/x,/y', 'a:un:pep:/x;a:un:pep:/y'])(
    'refuses %s',
    (text) => {
      expect(watchlistSources.safeParse(text).success).toBe(false)
    },
  )

  it('may name none', () => {
    expect(watchlistSources.parse('')).toEqual([])
  })
})

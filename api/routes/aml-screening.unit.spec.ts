/** Looking for a name on the watchlists, with lists on disk behind it. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openScreener } from '../../screening/lists/screener.ts'
import type { Screener } from '../../screening/lists/screener.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { screeningAnswer } from '../schemas/screening.ts'
import { ADMIN_KEY, PARTNER_KEY, startTestApp } from '../testing/app.ts'
import type { TestApp } from '../testing/app.ts'
import { call, problemOf } from '../testing/http.ts'
import type { HttpAnswer } from '../testing/http.ts'

const HEADER = 'ref,type,name,aliases,dob,nationality,list,listed_on\n'
const folder = mkdtempSync(join(tmpdir(), 'aml-screening-'))
const path = join(folder, 'list.csv')
let screener: Screener
let app: TestApp

function put(lines: string): void {
  writeFileSync(`${path}.new`, HEADER + lines)
  renameSync(`${path}.new`, path)
}

const ask = (body: object, key = ADMIN_KEY, port = app.port): Promise<HttpAnswer> =>
  call({
    port,
    path: '/aml/screening',
    headers: { 'x-api-key': key, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const answerOf = (answer: HttpAnswer) => {
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  return screeningAnswer.parse(JSON.parse(answer.text))
}

beforeAll(async () => {
  screener = openScreener({
    sources: [{ name: 'test', form: 'un', kind: 'PEP', paths: [path] }],
    reloadMs: 20,
    onState: () => undefined,
    onThreadLost: () => undefined,
  })
  app = await startTestApp({ screener })
})
afterAll(async () => {
  await app.close()
  await screener.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('POST /aml/screening', () => {
  it('is 503 until the lists are loaded', async () => {
    const answer = await ask({ name: 'Goran Testic' })
    expect([answer.status, problemOf(answer).code]).toEqual([503, 'WATCHLISTS_NOT_LOADED'])
    expect(answer.headers['retry-after']).toBe('1')
    put('7,Person,GORAN TESTIC,Gogi Testic,1970-05-17,Germany,Programme,2020-01-01\n')
    await waitFor(() => screener.state.lists)
    expect(answerOf(await ask({ name: 'Nobody Known' })).matches).toEqual([])
  })

  it('answers what was found, the sub-scores, and the versions of the lists', async () => {
    const { matches, lists } = answerOf(
      await ask({ name: 'Testic, Goran', date_of_birth: '1970', country: 'MT' }),
    )
    expect(lists).toEqual([{ list: 'test', version: screener.state.lists?.[0]?.version, entries: 1 }])
    expect(matches).toEqual([
      {
        list: 'test',
        list_version: lists[0]?.version,
        list_kind: 'PEP',
        entry_id: '7',
        entry_name: 'GORAN TESTIC',
        matched_name: 'GORAN TESTIC',
        score: 99,
        sub_scores: { name: 100, date_of_birth: 90, country: 0 },
        programs: ['Programme'],
        dates_of_birth: ['1970-05-17'],
        countries: ['DE'],
      },
    ])
    const [byAlias] = answerOf(await ask({ name: 'Gogi Testic', country: null })).matches
    expect(byAlias).toMatchObject({
      matched_name: 'Gogi Testic',
      sub_scores: { date_of_birth: null, country: null },
    })
    expect(answerOf(await ask({ name: 'Goran Testic', date_of_birth: '1944-01-01' })).matches).toEqual([])
  })

  it('follows the files', async () => {
    put('8,Person,MIRA VASTEROVA,,,,Programme,2020-01-01\n')
    const found = (name: string) => async () => answerOf(await ask({ name })).matches.length > 0
    await waitFor(found('Mira Vasterova'))
    expect(await found('Goran Testic')()).toBe(false)
  })

  it.each([
    ['no name', {}, 'name'],
    ['an empty name', { name: '' }, 'name'],
    ['a name that is too long', { name: 'x'.repeat(201) }, 'name'],
    ['a control character', { name: 'a\nb' }, 'name'],
    ['a day that no calendar has', { name: 'a', date_of_birth: '1970-02-30' }, 'date_of_birth'],
    ['a date in words', { name: 'a', date_of_birth: '17 May 1970' }, 'date_of_birth'],
    ['a country in words', { name: 'a', country: 'Malta' }, 'country'],
    ['an unknown field', { name: 'a', list: 'test' }, 'list'],
  ])('refuses %s', async (_, body, field) => {
    const answer = await ask(body)
    expect([answer.status, problemOf(answer).code]).toEqual([400, 'VALIDATION_FAILED'])
    const paths = problemOf(answer).errors?.map((error) => error.path)
    expect([...new Set(paths)]).toEqual([field])
  })

  it('needs the scope aml:read', async () => {
    expect(problemOf(await ask({ name: 'Goran Testic' }, PARTNER_KEY)).code).toBe('FORBIDDEN')
  })

  it('without lists finds nothing, and says that nothing was searched', async () => {
    const bare = await startTestApp()
    expect(answerOf(await ask({ name: 'Goran Testic' }, ADMIN_KEY, bare.port))).toEqual({
      matches: [],
      lists: [],
    })
    await bare.close()
  })
})

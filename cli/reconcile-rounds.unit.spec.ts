import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EXIT } from './errors.ts'
import { run } from './main.ts'

let said: string
beforeEach(() => {
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
})
afterEach(() => void vi.restoreAllMocks())

const PARTNER = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10'
const RIGHT = { file: 'none.csv', partner: PARTNER, from: '2026-11-01', to: '2026-11-02T12:00:00+01:00' }

const rounds = (options: Readonly<Record<string, string>>): Promise<number> =>
  run(['reconcile', 'rounds', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])])

it.each([
  ['a partner that is none', { partner: 'acme' }, '--partner is no id of a partner'],
  ['a time that is none', { from: 'yesterday' }, '--from is no date and no RFC 3339 time'],
  ['a day that is none', { to: '2026-02-30' }, '--to is no date and no RFC 3339 time'],
  ['a period without an hour', { to: '2026-11-01' }, '--to must lie after --from'],
  // `reconcile` has an option of this name too.
  ['a wait that is none', { wait: 'long' }, '--wait is not a number of seconds'],
])('reconcile rounds refuses %s', async (_, wrong, fault) => {
  expect(await rounds({ ...RIGHT, ...wrong })).toBe(EXIT.usage)
  expect(said).toBe(`error USAGE: ${fault}; see reconcile rounds --help\n`)
})

it('reconcile rounds needs a file', async () => {
  expect(await rounds({ partner: PARTNER, from: RIGHT.from, to: RIGHT.to })).toBe(EXIT.usage)
  expect(said).toContain("required option '--file <csv>' not specified")
})

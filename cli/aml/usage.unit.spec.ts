import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { EXIT } from '../errors.ts'
import { run } from '../main.ts'

const folder = mkdtempSync(join(tmpdir(), 'stakestream-backtest-unit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const fileOf = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

let said: string
beforeEach(() => {
  said = ''
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
})
afterEach(() => void vi.restoreAllMocks())

function backtest(config: string, ...more: readonly string[]): Promise<number> {
  const times = ['--from', '2026-03-02', '--to', '2026-03-03T00:00:00+01:00']
  return run(['aml', 'backtest', '--config', fileOf('rules.json', config), ...times, ...more])
}

const RULES = JSON.stringify(DEFAULT_RULES)

describe('aml backtest refuses', () => {
  it('a document with faults, and names every one with its path', async () => {
    const structuring = { ...DEFAULT_RULES.structuring, count_48h: 2 }
    const exitCode = await backtest(JSON.stringify({ ...DEFAULT_RULES, structuring, colour: 'red' }))
    expect(exitCode).toBe(EXIT.usage)
    expect(said.split('\n')).toEqual([
      'colour: is not a known field',
      'structuring.count_48h: impossible: fewer in 48 hours than in 24',
      expect.stringMatching(/^error AML_RULES_INVALID: .*rules\.json is no set of AML rules \(2 faults/),
      '',
    ])
  })

  it.each([
    ['a file that is no JSON', '{', [], /^error UNREADABLE_FILE: .*rules\.json can't be read/],
    ['times that don’t rise', RULES, ['--to', '2020-01-01'], /^error USAGE: --to must lie after --from/],
    [
      'a time without an offset',
      RULES,
      ['--to', '2026-03-03T00:00:00'],
      /^error USAGE: --to must be a date or/,
    ],
    ['a partner that is none', RULES, ['--partner', 'x'], /^error USAGE: --partner must be a UUID/],
    [
      'labels that are not there',
      RULES,
      ['--labels', '/nowhere.csv'],
      /^error UNREADABLE_FILE: \/nowhere\.csv: /,
    ],
  ])('%s', async (_what, config, args, expected) => {
    expect(await backtest(config, ...args)).toBe(EXIT.usage)
    expect(said).toMatch(expected)
  })

  it('labels with a row that lacks one', async () => {
    const labels = fileOf('labels.csv', 'player_id,label\na,normal\nb,\n')
    expect(await backtest(RULES, '--labels', labels)).toBe(EXIT.usage)
    expect(said).toMatch(/^error UNREADABLE_FILE: .*labels\.csv: row 2: label: /)
  })
})

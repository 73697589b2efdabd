/** Files of wallet events through the whole product, both ways, and the proof that the three stores agree. */
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { moneyOf, newSample, reconciled, replay, startCli } from '../support/e2e.ts'
import { unavailable } from '../support/unavailable.ts'
import { waitFor } from '../support/wait.ts'

const REAL_FILE = resolve(import.meta.dirname, '../../../shared/data/bustabit/wallet_events.csv')

describe('a replay', () => {
  it.each(['kafka', 'rest'] as const)('via %s answers every command, and the stores agree', async (via) => {
    const file = await newSample(2_000)
    const { figures, badRows, complete } = await replay(file, { via })
    expect({ badRows, complete, commands: figures.commands }).toEqual({
      badRows: 0,
      complete: true,
      commands: 2_000,
    })
    expect(figures.applied).toBeGreaterThan(1_800)
    expect(figures.replayed).toBeGreaterThan(0)
    const result = await reconciled()
    expect(result.differences).toEqual([])
    expect(result.money.every(({ same }) => same)).toBe(true)
  })

  it('of the same file, by either way, moves nothing twice', async () => {
    const file = await newSample(1_500)
    const first = await replay(file, { via: 'kafka' })
    const before = await reconciled()
    for (const via of ['rest', 'kafka'] as const) {
      const { figures } = await replay(file, { via })
      expect(figures).toMatchObject({ commands: 1_500, applied: 0, rejected: 0, replayed: 1_500 })
      const refused = Object.values(figures.replayedByCode).reduce((sum, count) => sum + count, 0)
      expect(refused).toBeGreaterThanOrEqual(first.figures.rejected)
    }
    const after = await reconciled()
    expect(after.differences).toEqual([])
    expect(moneyOf(after)).toEqual(moneyOf(before))
  })

  it('that is stopped goes on where it was, and moves nothing twice', async () => {
    const file = await newSample(1_500)
    const slow = startCli(['replay', file, '--via', 'rest', '--speed', '20000', '--concurrency', '8'])
    await waitFor(() => /[1-9]\d* of/.test(slow.output.stderr), { what: 'progress', timeoutMs: 60_000 })
    slow.signal('SIGINT')
    const stopped = await slow.ended
    expect(stopped.code, stopped.stderr).toBe(130)
    expect(stopped.stderr).toContain('--resume to go on')
    const before = Number(/commands +(\d+)/.exec(stopped.stdout.replaceAll(',', ''))?.[1])
    expect(before).toBeGreaterThan(0)
    const rest = await replay(file, { via: 'rest', resume: true })
    expect(rest).toMatchObject({ complete: true })
    expect(rest.figures.commands).toBeLessThan(1_500)
    expect(rest.figures.commands + before).toBeGreaterThanOrEqual(1_500)
    const result = await reconciled()
    expect(result.differences).toEqual([])
    const again = await replay(file, { via: 'kafka' })
    expect(again.figures).toMatchObject({ applied: 0, replayed: 1_500 })
    expect(moneyOf(await reconciled())).toEqual(moneyOf(result))
  })

  it('names bad lines and a wrong header', async () => {
    const file = await newSample(10)
    await writeFile(file, 'ts,player_id,type,amount,currency\nyesterday,p,BET,1,USD\n')
    const bad = await startCli(['replay', file, '--via', 'kafka']).ended
    expect(bad.code).toBe(0)
    expect(bad.stderr).toContain('line 2 is passed over: ts "yesterday" is not an RFC 3339 time')
    await writeFile(file, 'when,who\n1,2\n')
    const wrong = await startCli(['replay', file]).ended
    expect(wrong.code).toBe(2)
    expect(wrong.stderr).toContain(
      'error WRONG_HEADER: the header lacks ts, player_id, type, amount, currency',
    )
  })
})

describe('the demo', () => {
  it('plays a file, compares the stores and says so in its closing line; a second time nothing moves', async () => {
    const INPUT = await newSample(800)
    const first = await startCli(['demo'], { INPUT }).ended
    expect(first.code, first.stderr + first.stdout).toBe(0)
    expect(first.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /^demo OK: 800 commands answered, \d+ accepted in the log, lost 0, doubled 0, differences 0$/,
    )
    const second = await startCli(['demo'], { INPUT }).ended
    expect(second.code, second.stderr + second.stdout).toBe(0)
    expect(second.stdout).toContain('demo OK: 800 commands answered, 0 accepted in the log')
  })

  it('takes in real events, every one of them', async (context) => {
    if (!existsSync(REAL_FILE)) unavailable(context, 'the file of real events is not on this machine')
    const { figures, complete } = await replay(REAL_FILE, { via: 'kafka' })
    expect(complete).toBe(true)
    expect(figures).toMatchObject({ commands: 82_881, applied: 82_881, rejected: 0, replayed: 0 })
    const result = await reconciled()
    expect(result.differences).toEqual([])
  })
})

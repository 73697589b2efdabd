import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { checkpointPath, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { Tally } from './outcome.ts'
import { createPace } from './pace.ts'
import { formatDuration, startProgress } from './progress.ts'
import { PRINTED_MAX, Rejects } from './rejects.ts'
import { Tracker } from './tracker.ts'

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'replay-'))

describe('the tracker of lines', () => {
  it('goes on from before the first line that is open', () => {
    const tracker = new Tracker(0)
    for (const line of [2, 3, 4]) tracker.begin(line)
    tracker.end(3)
    expect(tracker).toMatchObject({ finishedLine: 1, open: 2 })
    tracker.end(2)
    expect(tracker.finishedLine).toBe(3)
    tracker.end(4)
    tracker.pass(9)
    expect(tracker).toMatchObject({ finishedLine: 9, open: 0 })
  })
})

describe('the tally', () => {
  it('tells what was applied, repeated and refused, and why', () => {
    const tally = new Tally()
    tally.count({ type: 'BET' }, { outcome: 'APPLIED', code: null })
    tally.count({ type: 'BET' }, { outcome: 'REPLAYED', code: null })
    tally.count({ type: 'BET' }, { outcome: 'REPLAYED', code: 'INSUFFICIENT_FUNDS' })
    tally.count({ type: 'WIN' }, { outcome: 'REJECTED', code: 'BET_NOT_FOUND' })
    expect(tally.figures()).toEqual({
      commands: 4,
      applied: 1,
      replayed: 2,
      rejected: 1,
      rejectedByCode: { BET_NOT_FOUND: 1 },
      replayedByCode: { INSUFFICIENT_FUNDS: 1 },
      appliedByType: { BET: 1 },
    })
  })
})

describe('a checkpoint', () => {
  const CHECKPOINT = {
    sha256: 'ab'.repeat(32),
    file: 'events.csv',
    partner_id: '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10',
    finished_line: 17,
    complete: false,
    written_at: '2026-03-01T00:00:00.000Z',
  }

  it('is read back as it was written, per file and partner', async () => {
    const path = checkpointPath(join(await folder(), 'replay'), CHECKPOINT.sha256, CHECKPOINT.partner_id)
    expect(path).toMatch(/abababababababab-3f1b6f6e\.json$/)
    await writeCheckpoint(path, CHECKPOINT)
    expect(await readCheckpoint(path)).toEqual(CHECKPOINT)
  })

  it('that is missing, cut off or of another form is none', async () => {
    const path = join(await folder(), 'checkpoint.json')
    expect(await readCheckpoint(path)).toBeUndefined()
    await writeFile(path, '{"sha256":')
    expect(await readCheckpoint(path)).toBeUndefined()
    await writeFile(path, '{"sha256":1}')
    expect(await readCheckpoint(path)).toBeUndefined()
  })
})

describe('the pace', () => {
  const signal = new AbortController().signal

  it('flat out waits for nothing', () => {
    expect(createPace('flat').due(5_000, signal)).toBeUndefined()
  })

  it('with a speed-up puts each row at its place in time', async () => {
    vi.useFakeTimers()
    try {
      const pace = createPace(60)
      expect(pace.due(1_000_000, signal)).toBeUndefined()
      let due = false
      const waiting = pace.due(1_060_000, signal)?.then(() => (due = true))
      await vi.advanceTimersByTimeAsync(900)
      expect(due).toBe(false)
      await vi.advanceTimersByTimeAsync(200)
      await waiting
      expect(due).toBe(true)
      expect(pace.due(1_000_500, signal)).toBeUndefined()
    } finally {
      vi.useRealTimers()
    }
  })

  it('ends its wait when the replay is stopped', async () => {
    const stop = new AbortController()
    const pace = createPace(1)
    expect(pace.due(0, stop.signal)).toBeUndefined()
    const waiting = pace.due(3_600_000, stop.signal)
    stop.abort()
    await expect(waiting).resolves.toBeUndefined()
  })
})

describe('bad rows', () => {
  it('are all in the file, and the first few are printed', async () => {
    const printed: string[] = []
    const rejects = new Rejects(join(await folder(), 'sub', 'rejects.csv'), (text) => printed.push(text))
    for (let line = 2; line < 2 + PRINTED_MAX + 5; line++)
      await rejects.add({ line, reason: 'amount "x" is bad' })
    await rejects.close()
    expect(printed).toHaveLength(PRINTED_MAX + 1)
    expect(printed[0]).toBe('line 2 is passed over: amount "x" is bad')
    const text = await readFile(rejects.file ?? '', 'utf8')
    expect(text.split('\n')[1]).toBe('2,"amount ""x"" is bad"')
    expect(text.trimEnd().split('\n')).toHaveLength(1 + PRINTED_MAX + 5)
  })

  it('leave no file where there are none', async () => {
    const rejects = new Rejects('/nowhere/rejects.csv', () => undefined)
    await rejects.close()
    expect(rejects).toMatchObject({ count: 0, file: undefined })
  })
})

describe('progress off a terminal', () => {
  it('is a line every few seconds and one at the end, with rate and time left', () => {
    vi.useFakeTimers()
    try {
      const lines: string[] = []
      let done = 0
      const progress = startProgress({
        unit: 'events',
        total: 2_000,
        read: () => ({ done, remark: '3 rejected' }),
        terminal: false,
        print: (text) => lines.push(text),
      })
      done = 1_000
      vi.advanceTimersByTime(5_000)
      done = 2_000
      progress.stop()
      vi.advanceTimersByTime(20_000)
      expect(lines).toEqual([
        '1,000 of 2,000 events (50 %), 200/s, 0:05 left, 3 rejected',
        '2,000 of 2,000 events (100 %), 400/s, 0:00 left, 3 rejected',
      ])
    } finally {
      vi.useRealTimers()
    }
  })

  it('is silent where nobody wants it', () => {
    const progress = startProgress({
      unit: 'events',
      total: 1,
      shown: false,
      read: () => ({ done: 0, remark: '' }),
      print: () => expect.unreachable(),
    })
    progress.stop()
  })

  it.each([
    [5_000, '0:05'],
    [65_000, '1:05'],
    [7_389_000, '2:03:09'],
  ])('writes %i ms as %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text)
  })
})

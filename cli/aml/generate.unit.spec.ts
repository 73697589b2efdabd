import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { writeLabelled } from './generate.ts'
import { readLabels } from './labels.ts'

const OPTIONS = { seed: 7, normal: 3, each: 2, startMs: Date.UTC(2026, 0, 5), days: 40 }
const events = z.array(z.object({ ts: z.iso.datetime(), player_id: z.string(), type: z.string() }))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labelled-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const filesIn = (name: string): { out: string; labels: string } => ({
  out: join(folder, name, 'events.csv'),
  labels: join(folder, name, 'labels.csv'),
})

describe('writeLabelled', () => {
  it('writes events in order of time, and the label of every player that `aml backtest` reads', async () => {
    const files = filesIn('a')
    const count = await writeLabelled(OPTIONS, files)
    const rows = events.parse(parse(readFileSync(files.out), { columns: true }))
    expect(rows).toHaveLength(count)
    expect(rows.map(({ ts }) => ts)).toEqual(rows.map(({ ts }) => ts).toSorted())
    const labels = await readLabels(files.labels)
    expect(new Set(rows.map(({ player_id: player }) => player))).toEqual(new Set(labels.keys()))
    const counts = Object.groupBy(labels.values(), (label) => label)
    expect(Object.fromEntries(Object.entries(counts).map(([label, all]) => [label, all?.length]))).toEqual({
      normal: 3,
      structuring: 2,
      rapid_movement: 2,
      frequency_jump: 2,
      hours_change: 2,
    })
  })

  it('gives the same bytes for the same seed, and others for another', async () => {
    await writeLabelled(OPTIONS, filesIn('a'))
    await writeLabelled(OPTIONS, filesIn('b'))
    await writeLabelled({ ...OPTIONS, seed: 8 }, filesIn('c'))
    const [a, b, c] = ['a', 'b', 'c'].map((name) => readFileSync(filesIn(name).out))
    expect(a).toEqual(b)
    expect(a).not.toEqual(c)
  })
})

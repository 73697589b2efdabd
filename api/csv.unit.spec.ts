import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setImmediate as turn } from 'node:timers/promises'
import { parse } from 'csv-parse/sync'
import { describe, expect, it } from 'vitest'
import { csvStream, safeCell } from './csv.ts'
import type { Cells } from './csv.ts'

const streamOf = (...chunks: Cells[][]): Readable => Readable.from(chunks)

describe('a cell', () => {
  it.each([
    '=1+1',
    '+1+1',
    '-1+1',
    '-1-1',
    '-cmd',
    '+49',
    '@SUM(A1)',
    '\tx',
    '\rx',
    '+5',
    '＝1',
    '-',
    '--1',
    '-1e5',
    '=',
    '-1.',
  ])('%j that a spreadsheet may run gets an apostrophe', (cell) => {
    expect(safeCell(cell)).toBe(`'${cell}`)
  })
  it.each(['-1', '-10.5000', '0', '12.3400', 'a=1', ' =1', "'=1", '', 'player-42', '2026-11-22'])(
    '%j stays as it is',
    (cell) => {
      expect(safeCell(cell)).toBe(cell)
    },
  )
})

describe('the text', () => {
  it('reads back as what went in, whatever stands in the cells', async () => {
    const rows = [
      ['plain', 'a,b', 'say "x"'],
      ['line\r\nbreak', null, '€'],
    ]
    const csv = await text(csvStream(['one', 'two', 'three'], streamOf(rows.slice(0, 1), rows.slice(1))))
    expect(csv.split('\r\n')[0]).toBe('one,two,three')
    expect(parse(csv)).toEqual([
      ['one', 'two', 'three'],
      ['plain', 'a,b', 'say "x"'],
      ['line\r\nbreak', '', '€'],
    ])
  })

  it('is a line of names alone where there are no rows', async () => {
    expect(await text(csvStream(['one'], streamOf()))).toBe('one\r\n')
  })

  it('ends with the error of its rows', async () => {
    const rows = Readable.from(
      (function* () {
        yield [['1']]
        throw new Error('cut off')
      })(),
    )
    await expect(text(csvStream(['one'], rows))).rejects.toThrow('cut off')
  })

  it('ends its rows when it is given up, and reads no further ahead than it is read', async () => {
    let given = 0
    const rows = Readable.from(
      (function* () {
        for (; given < 100_000; given++) yield [['x'.repeat(1_000)]]
      })(),
      { highWaterMark: 1 },
    )
    const csv = csvStream(['one'], rows)
    csv.read()
    for (let i = 0; i < 100; i++) await turn()
    expect(given).toBeLessThan(1_000)
    csv.destroy()
    await turn()
    expect(rows.destroyed).toBe(true)
  })
})

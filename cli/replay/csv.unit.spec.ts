import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { inspectFile, readRows } from './csv.ts'
import type { FileRow } from './csv.ts'

const rows = async (text: string): Promise<FileRow[]> => {
  const all: FileRow[] = []
  for await (const row of readRows(Readable.from([Buffer.from(text)]))) all.push(row)
  return all
}

const HEADER = 'ts,player_id,type,amount,currency'

describe('the rows of a file', () => {
  it('carry their line and their fields by column, in whatever order', async () => {
    expect(await rows('currency,amount,type,player_id,ts\nEUR,1.50,BET,p1,2026-01-01T00:00:00Z\n')).toEqual([
      {
        line: 2,
        row: { currency: 'EUR', amount: '1.50', type: 'BET', player_id: 'p1', ts: '2026-01-01T00:00:00Z' },
      },
    ])
  })

  it('are read past a byte order mark, quotes, empty lines and a missing last line end', async () => {
    const read = await rows(`\uFEFF${HEADER}\r\n\r\nt,"p,1",BET,1,EUR\r\nt,p2,BET,1,EUR`)
    expect(read).toMatchObject([
      { line: 3, row: { player_id: 'p,1' } },
      { line: 4, row: { player_id: 'p2' } },
    ])
  })

  it('pass over columns that mean nothing here', async () => {
    expect(await rows(`${HEADER},colour\nt,p,BET,1,EUR,red\n`)).toEqual([
      { line: 2, row: { ts: 't', player_id: 'p', type: 'BET', amount: '1', currency: 'EUR' } },
    ])
  })

  it('that are malformed are named, and the rest is still read', async () => {
    const read = await rows(`${HEADER}\nt,p1,BET,1\nt,p"2,BET,1,EUR\nt,p3,BET,1,EUR\n`)
    expect(read).toMatchObject([
      { line: 2, rejected: { reason: '4 fields where the header has 5' } },
      { line: 3, rejected: { reason: expect.stringContaining('not CSV') } },
      { line: 4, row: { player_id: 'p3' } },
    ])
  })

  it.each([
    ['ts,player,type,amount,currency\n', 'lacks player_id'],
    ['ts,ts,player_id,type,amount,currency\n', 'names ts twice'],
    ['', 'lacks ts'],
  ])('are refused under the header %j', async (text, why) => {
    await expect(rows(text)).rejects.toThrow(why)
  })
})

describe('a file as a whole', () => {
  it('has a digest, a size and a number of rows', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'replay-')), 'events.csv')
    await writeFile(file, `${HEADER}\na\nb`)
    expect(await inspectFile(file)).toEqual({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      bytes: HEADER.length + 4,
      rowsMax: 2,
    })
  })

  it('that is not there is a clear error', async () => {
    await expect(inspectFile('/nowhere/events.csv')).rejects.toMatchObject({ code: 'UNREADABLE_FILE' })
  })
})

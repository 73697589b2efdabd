import { describe, expect, it } from 'vitest'
import { compare, pictureOf } from './picture.ts'
import type { Picture } from './picture.ts'

const wallets = (rows: readonly (readonly [string, string])[]): Picture =>
  pictureOf('PostgreSQL', 'wallets', new Map(rows))
const view = (rows: number, digest: string): Picture => ({
  store: 'ClickHouse',
  name: 'movements',
  rows,
  digest,
})

describe('two pictures', () => {
  it('are equal where the rows are, in whatever order they came', () => {
    const rows = [
      ['ann', '1'],
      ['bob', '2'],
    ] as const
    expect(compare([wallets(rows), view(3, 'a')], [view(3, 'a'), wallets(rows.toReversed())])).toEqual([])
  })

  it('differ by rows that are gone, new or otherwise, each of which is named', () => {
    const before = wallets([
      ['ann', '1'],
      ['bob', '2'],
      ['cid', '3'],
    ])
    const after = wallets([
      ['bob', '2'],
      ['cid', '4'],
      ['dan', '5'],
    ])
    expect(compare([before], [after]).map(({ what }) => what)).toEqual([
      'ann is gone',
      'dan is new',
      'cid is otherwise',
    ])
  })

  it('differ where as many rows hold something else', () => {
    expect(compare([view(3, 'a')], [view(3, 'b')])).toEqual([
      { store: 'ClickHouse', name: 'movements', what: '3 rows before, 3 after; their contents differ' },
    ])
  })

  it('differ by tables that one of them lacks', () => {
    expect(compare([wallets([])], [view(0, '')]).map(({ name, what }) => [name, what])).toEqual([
      ['wallets', 'is not there any more'],
      ['movements', 'was not there before'],
    ])
  })

  it('count the rows that they do not name', () => {
    const before = wallets(Array.from({ length: 8 }, (_, at) => [`p${at}`, '1'] as const))
    expect(compare([before], [wallets([])]).map(({ what }) => what)).toEqual([
      ...[0, 1, 2, 3, 4].map((at) => `p${at} is gone`),
      'and 3 rows more; 8 rows before, 0 after',
    ])
  })

  it('tell a key and a digest apart from others that are the same when put together', () => {
    expect(compare([wallets([['ab', 'c']])], [wallets([['a', 'bc']])])).toHaveLength(2)
  })
})

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toPlayerKey } from '../../domain/ids.ts'
import { MapStore } from '../wallet/testing/fixtures.ts'
import { PlayerEntries } from './entries.ts'
import { addTo, emptyHour } from './windows/nodes.ts'
import type { Entry, HourNode } from './windows/nodes.ts'

const KEY = toPlayerKey(Buffer.from('0198c1a2-7d00-7000-8000-000000000001/ann'))
const DAY = 20_000
const HOURS = [3, 4] as const

const entry = (number: number): Entry => ({
  atMs: DAY * 86_400_000 + number,
  series: 'DEPOSIT/USD',
  units: BigInt(number),
  transactionId: `0198c1a2-7d00-7000-8000-${String(number).padStart(12, '0')}`,
})

const keysOf = (store: MapStore): string[] => [...store.range('', '\uffff')].map(({ key }) => key)

/** An hour's node, of its transactions; undefined where it has none. */
function nodeOf(hour: number, entries: readonly Entry[]): HourNode | undefined {
  if (entries.length === 0) return undefined
  const node = emptyHour(hour)
  for (const each of entries) addTo(node, each)
  return node
}

/** What is done to a player's hours, and the same to plain arrays. */
class Pair {
  readonly store = new MapStore()
  readonly plain = new Map<number, Entry[]>(HOURS.map((hour) => [hour, []]))
  readonly #nodes = new Map<number, HourNode>()
  entries = new PlayerEntries(KEY)
  /** Parts whose sums were not those of their transactions. */
  readonly wrong: HourNode[] = []
  #made = 0

  of(hour: number): Entry[] {
    return this.plain.get(hour) ?? []
  }

  add(hour: number, count: number): void {
    for (let left = count; left > 0; left--) {
      const made = entry(this.#made++)
      this.entries.add(this.store, DAY, hour, this.#nodes.get(hour), made)
      this.of(hour).push(made)
      const node = this.#nodes.get(hour) ?? emptyHour(hour)
      addTo(node, made)
      this.#nodes.set(hour, node)
    }
  }

  remove(hour: number, at: number): void {
    const before = this.toldHour(hour)
    const left = before.filter((_each, place) => place !== at)
    this.entries.replace(this.store, DAY, hour, before.length, left)
    this.#put(hour, left)
  }

  forget(hour: number): void {
    this.entries.forget(DAY, hour, this.of(hour).length)
    this.#put(hour, [])
  }

  #put(hour: number, entries: readonly Entry[]): void {
    this.plain.set(hour, [...entries])
    const node = nodeOf(hour, entries)
    if (node === undefined) this.#nodes.delete(hour)
    else this.#nodes.set(hour, node)
  }

  /** To the store; `anew` reads all of it back from there. */
  flush(anew: boolean): void {
    this.entries.flush(this.store)
    this.store.commit()
    if (anew) this.entries = new PlayerEntries(KEY)
  }

  /** An hour's transactions one by one; every part that they come in is checked on the way. */
  toldHour(hour: number): Entry[] {
    const node = this.#nodes.get(hour)
    const told: Entry[] = []
    const parts: { part: HourNode; from: number }[] = []
    const opens = (part: HourNode): boolean => parts.push({ part, from: told.length }) > 0
    if (node !== undefined) this.entries.walk(this.store, DAY, node, opens, (each) => told.push(each))
    for (const { part, from } of parts)
      if (!isDeepStrictEqual(part, nodeOf(hour, told.slice(from, from + part.count)))) this.wrong.push(part)
    return told
  }

  toldHours(): Entry[][] {
    return HOURS.map((each) => this.toldHour(each))
  }

  plainHours(): Entry[][] {
    return HOURS.map((each) => this.of(each))
  }
}

const hour = fc.constantFrom(...HOURS)
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant('add' as const), hour, count: fc.integer({ min: 1, max: 80 }) }),
  },
  // Enough for a second level of pages.
  { weight: 1, arbitrary: fc.record({ do: fc.constant('add' as const), hour, count: fc.constant(1_100) }) },
  fc.record({ do: fc.constant('remove' as const), hour, count: fc.nat(200) }),
  fc.record({ do: fc.constant('forget' as const), hour, count: fc.constant(0) }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('flush' as const), hour, count: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('look' as const), hour, count: fc.constant(0) }) },
)

describe('the transactions of a player', () => {
  it('are those of plain arrays, whatever is added, taken out, deleted and written between', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pair = new Pair()
        for (const { do: what, hour: at, count } of steps) {
          if (what === 'add') pair.add(at, count)
          if (what === 'remove' && pair.of(at).length > 0) pair.remove(at, count % pair.of(at).length)
          if (what === 'forget') pair.forget(at)
          if (what === 'flush') pair.flush(count === 1)
          if (what === 'look') expect(pair.toldHours()).toEqual(pair.plainHours())
        }
        pair.flush(true)
        expect(pair.toldHours()).toEqual(pair.plainHours())
        expect(pair.wrong).toEqual([])
      }),
    )
  })

  it('leave nothing in the store when their hour goes', () => {
    const pair = new Pair()
    pair.add(3, 1_100)
    pair.flush(true)
    // 35 chunks, two pages that sum them up, and one above.
    expect(keysOf(pair.store)).toHaveLength(35 + 2 + 1)
    pair.forget(3)
    pair.flush(true)
    expect(keysOf(pair.store)).toEqual([])
  })

  it('rewrite one chunk for one more of them, and what sums it up', () => {
    const pair = new Pair()
    pair.add(3, 1_100)
    pair.flush(true)
    const written: string[] = []
    pair.add(3, 1)
    pair.entries.flush({
      get: (key) => pair.store.get(key),
      range: (from, to) => pair.store.range(from, to),
      put: (key) => void written.push(key),
      delete: (key) => void written.push(key),
      onCommit: () => expect.unreachable(),
    })
    const hours = `${KEY}/${DAY}/3`
    expect(written).toEqual([`e/${hours}/34`, `s/${hours}/1/1`, `s/${hours}/2/0`])
  })

  it('are read along one way where a moment is looked for, and not at all where none is', () => {
    const pair = new Pair()
    pair.add(3, 40_000)
    pair.flush(true)
    const looked = { parts: 0, entries: 0 }
    const atMs = entry(12_345).atMs
    const node = nodeOf(3, pair.of(3)) ?? expect.unreachable()
    const opens = ({ firstAtMs, lastAtMs }: HourNode): boolean => {
      looked.parts++
      return firstAtMs <= atMs && atMs <= lastAtMs
    }
    pair.entries.walk(pair.store, DAY, node, opens, () => looked.entries++)
    // Two pages of the level below the highest, and two full ones on the way down.
    expect(looked).toEqual({ parts: 2 + 32 + 32, entries: 32 })
  })
})

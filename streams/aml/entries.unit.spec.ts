import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toPlayerKey } from '../../domain/ids.ts'
import { MapStore } from '../wallet/testing/fixtures.ts'
import { PlayerEntries } from './entries.ts'
import type { Entry } from './windows/nodes.ts'

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

/** What is done to a player's hours, and the same to plain arrays. */
class Pair {
  readonly store = new MapStore()
  readonly plain = new Map<number, Entry[]>(HOURS.map((hour) => [hour, []]))
  entries = new PlayerEntries(KEY)
  #made = 0

  of(hour: number): Entry[] {
    return this.plain.get(hour) ?? []
  }

  add(hour: number, count: number): void {
    for (let left = count; left > 0; left--) {
      const made = entry(this.#made++)
      this.entries.add(this.store, DAY, hour, this.of(hour).length, made)
      this.of(hour).push(made)
    }
  }

  remove(hour: number, at: number): void {
    const before = this.entries.of(this.store, DAY, hour, this.of(hour).length)
    const left = before.filter((_each, place) => place !== at)
    this.entries.replace(DAY, hour, before.length, left)
    this.plain.set(hour, [...left])
  }

  forget(hour: number): void {
    this.entries.forget(DAY, hour, this.of(hour).length)
    this.plain.set(hour, [])
  }

  /** To the store; `anew` reads all of it back from there. */
  flush(anew: boolean): void {
    this.entries.flush(this.store)
    this.store.commit()
    if (anew) this.entries = new PlayerEntries(KEY)
  }

  /** Every hour as the entries tell it, in the order of `plainHours`. */
  toldHours(): (readonly Entry[])[] {
    return HOURS.map((each) => this.entries.of(this.store, DAY, each, this.of(each).length))
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
      }),
    )
  })

  it('leave nothing in the store when their hour goes', () => {
    const pair = new Pair()
    pair.add(3, 100)
    pair.flush(true)
    expect(keysOf(pair.store)).toHaveLength(4)
    pair.forget(3)
    pair.flush(true)
    expect(keysOf(pair.store)).toEqual([])
  })

  it('rewrite one chunk for one more of them', () => {
    const pair = new Pair()
    pair.add(3, 100)
    pair.flush(true)
    const written: string[] = []
    pair.add(3, 1)
    pair.entries.flush({
      get: (key) => pair.store.get(key),
      range: (from, to) => pair.store.range(from, to),
      put: (key) => void written.push(key),
      delete: (key) => void written.push(key),
    })
    expect(written).toEqual([`e/${KEY}/${DAY}/3/3`])
  })
})

/**
 * Players with many transactions: what the next one costs, counted in what is read and written for it by a process that
 * knows nothing of the player yet, and what is kept. The limits are the same for all.
 */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Assessment, TransactionType } from '../../avro/types.ts'
import { toRuleSet } from '../../domain/aml/rule-set.ts'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { playerKey } from '../../domain/ids.ts'
import type { EntryWriter, StoreWriter } from '../runtime/processor.ts'
import { MapStore } from '../wallet/testing/fixtures.ts'
import { assess } from './assess.ts'
import { DAYS_KEPT, PlayerMemory } from './memory.ts'
import { bruteSums, plainOf } from './testing/brute.ts'
import type { Plain } from './testing/brute.ts'
import { Bench, PARTNER, START_MS, testCodecs, testTransaction, testUuid, units } from './testing/fixtures.ts'
import { DAY_MS, HOUR_MS } from './windows/nodes.ts'

const MONTH_MS = 30 * DAY_MS
const BATCH = 2_000
/** What comes after the history, each in a batch of its own. */
const MEASURED = 50
/** Keys and bytes that a process which knows nothing of a player reads for one transaction of his: most is the hours of 31 days in sums. */
const READ_MAX = { keys: 50, bytes: 120_000 }
/** A chunk, a page of each level, the day, the profile. */
const WRITTEN_MAX = { keys: 6, bytes: 8_000 }
/** In memory: the hours of all days that are kept, and what of an hour's transactions stays decoded. */
const HOURS_KEPT_MAX = (DAYS_KEPT + 1) * 24 + 256
/** Stored for each transaction, with the keys. */
const STORED_BYTES_MAX = 60
const KEY = playerKey(PARTNER, 'player-1')
const RULES = toRuleSet('platform/0', DEFAULT_RULES)
const STAKES = ['1', '2', '5', '5', '10', '25', '2.5'].map(units)

// A guard against hanging, not a measure.
vi.setConfig({ hookTimeout: 300_000 })

/** Of a hundred transactions one is a deposit, one a withdrawal, a third wins, the rest bets. */
function typeOf(at: number): TransactionType {
  if (at % 100 === 0) return 'DEPOSIT'
  if (at % 100 === 50) return 'WITHDRAWAL'
  return at % 3 === 2 ? 'WIN' : 'BET'
}

/** Counts what goes from and to a store. */
class Counting implements StoreWriter {
  readonly #store: MapStore
  read = { keys: 0, bytes: 0 }
  written = { keys: 0, bytes: 0 }

  constructor(store: MapStore) {
    this.#store = store
  }

  get(key: string): Buffer | undefined {
    const value = this.#store.get(key)
    this.read.keys++
    this.read.bytes += value?.length ?? 0
    return value
  }

  range(from: string, to: string): ReturnType<StoreWriter['range']> {
    return this.#store.range(from, to)
  }

  put(key: string, value: Buffer): void {
    this.written.keys++
    this.written.bytes += value.length
    this.#store.put(key, value)
  }

  delete(key: string): void {
    this.#store.delete(key)
  }

  onCommit(write: (store: EntryWriter) => void): void {
    write(this)
  }
}

interface Measured {
  all: Plain[]
  /** The most of a transaction. */
  read: { keys: number; bytes: number }
  written: { keys: number; bytes: number }
  stored: { bytes: number }
  /** Hours decoded in the memory of a process after the last batch. */
  hoursKept: number
  last: Assessment
}

interface History {
  count: number
  /** From the first transaction to the last, evenly. */
  spanMs: number
  /** From the first transaction to those that are looked at. */
  thenMs: number
}

/** Plays a history, and looks at what follows. */
function measure({ count, spanMs, thenMs }: History, pattern: Assessment): Measured {
  const store = new MapStore()
  const all: Plain[] = []
  const memory = new PlayerMemory(KEY, store)
  const stepMs = spanMs / count
  const partsOf = (at: number) => ({
    transaction_id: testUuid(at),
    type: typeOf(at),
    amount: STAKES[at % STAKES.length] ?? 0n,
    created_at: START_MS + Math.floor(at < count ? at * stepMs : thenMs + (at - count) * stepMs),
  })
  for (let at = 0; at < count; at++) {
    const assessment = { ...pattern, ...partsOf(at) }
    memory.assessed(assessment)
    all.push(plainOf(assessment))
    if ((at + 1) % BATCH > 0) continue
    memory.flush(store)
    store.commit()
  }
  const read = { keys: 0, bytes: 0 }
  const written = { keys: 0, bytes: 0 }
  let last = pattern
  for (let at = count; at < count + MEASURED; at++) {
    const counting = new Counting(store)
    const cold = new PlayerMemory(KEY, counting)
    last = assess(testTransaction(partsOf(at)), cold, RULES).assessment
    cold.assessed(last)
    cold.flush(counting)
    store.commit()
    all.push(plainOf(last))
    for (const what of ['keys', 'bytes'] as const) {
      read[what] = Math.max(read[what], counting.read[what])
      written[what] = Math.max(written[what], counting.written[what])
    }
  }
  const bytes = store.entries().reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  return { all, read, written, last, hoursKept: memory.hoursKept, stored: { bytes } }
}

const HISTORIES = {
  'ten thousand in 30 days': { count: 10_000, spanMs: MONTH_MS, thenMs: MONTH_MS },
  'a million in 30 days': { count: 1_000_000, spanMs: MONTH_MS, thenMs: MONTH_MS },
  // The window of 24 hours begins in the midst of them.
  'a hundred thousand in an hour': { count: 100_000, spanMs: HOUR_MS, thenMs: DAY_MS + HOUR_MS / 2 },
} satisfies Record<string, History>
type Name = keyof typeof HISTORIES
const NAMES = Object.keys(HISTORIES).filter((name): name is Name => name in HISTORIES)

const measured = new Map<Name, Measured>()
const of = (name: Name): Measured => measured.get(name) ?? expect.unreachable()

beforeAll(async () => {
  const pattern = new Bench(await testCodecs()).assess()
  for (const name of NAMES) measured.set(name, measure(HISTORIES[name], pattern))
})

describe.each(NAMES)('a player with %s', (name) => {
  it('is assessed on exactly what lies in the windows', () => {
    const { all, last } = of(name)
    const before = all.slice(0, -1)
    const month = bruteSums(before, last.created_at - MONTH_MS, last.created_at)
    const [count = 0, sum = 0n] = month[`${last.type}/USD`] ?? []
    expect(last.observations).toBe(count)
    expect(last.amount_mean).toBe(Number(sum) / 10_000 / count)
    const day = bruteSums(before, last.created_at - DAY_MS, last.created_at)
    expect(last.count_24h).toBe(Object.values(day).reduce((total, [each]) => total + each, 1))
    expect(last.wagered_24h).toBe((day['BET/USD']?.[1] ?? 0n) + (last.type === 'BET' ? last.amount : 0n))
  })

  it('costs no more than the limit, and no more stays in memory', () => {
    const { read, written, hoursKept } = of(name)
    expect(read.keys).toBeLessThanOrEqual(READ_MAX.keys)
    expect(read.bytes).toBeLessThanOrEqual(READ_MAX.bytes)
    expect(written.keys).toBeLessThanOrEqual(WRITTEN_MAX.keys)
    expect(written.bytes).toBeLessThanOrEqual(WRITTEN_MAX.bytes)
    expect(hoursKept).toBeLessThanOrEqual(HOURS_KEPT_MAX)
  })

  it('takes so many bytes of the store for each transaction', () => {
    const { stored, all } = of(name)
    expect(stored.bytes / all.length).toBeLessThanOrEqual(STORED_BYTES_MAX)
  })
})

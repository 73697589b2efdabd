/**
 * A stranger works out every factor of every alert again, from the alert and a plain list of the player's transactions: the
 * window, the numbers, the thresholds and the transactions behind it are all that he needs.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { labelledRows } from '../../cli/generate/labelled.ts'
import type { AlertFactor, Transaction, TransactionType } from '../../avro/types.ts'
import { bruteRobust } from './testing/brute.ts'
import { Bench, testCodecs, testTransaction, units } from './testing/fixtures.ts'
import { DAY_MS, HOUR_MS } from './windows/nodes.ts'

const PLAY = { seed: 11, normal: 6, each: 4, startMs: Date.UTC(2026, 2, 2), days: 30 }
const BATCH = 500

/** One transaction as anyone may list it, the amount in whole units. */
interface Listed {
  id: string
  type: string
  amount: number
  atMs: number
}

interface Explained {
  own: Listed
  /** Of the same player, before it. */
  before: readonly Listed[]
  factor: AlertFactor
}

const isType = (type: string): type is TransactionType =>
  ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN'].includes(type)

const explained = new Map<string, Explained[]>()

beforeAll(async () => {
  const bench = new Bench(await testCodecs())
  const transactions: Transaction[] = labelledRows(PLAY).map(
    ({ ts = '', player_id = '', type = '', amount = '', currency = '' }) =>
      testTransaction({
        player_id,
        type: isType(type) ? type : expect.unreachable(),
        amount: units(amount),
        currency,
        created_at: Date.parse(ts),
      }),
  )
  transactions.push(
    testTransaction({
      player_id: 'whale',
      type: 'DEPOSIT',
      amount: units('12000'),
      created_at: PLAY.startMs,
    }),
  )
  for (let at = 0; at < transactions.length; at += BATCH) bench.process(...transactions.slice(at, at + BATCH))
  const listed = Map.groupBy(transactions, ({ player_id: player }) => player)
  for (const { data } of bench.sent.commands) {
    const all = (listed.get(data.player_id) ?? []).map(
      ({ transaction_id: id, type, amount, created_at }) => ({
        ...{ id, type, amount: Number(amount) / 10_000 },
        atMs: created_at,
      }),
    )
    const at = all.findIndex(({ id }) => id === data.finding?.transaction_id)
    const own = all[at] ?? expect.unreachable()
    for (const factor of data.finding?.factors ?? []) {
      const known = explained.get(factor.code) ?? []
      explained.set(factor.code, [...known, { own, before: all.slice(0, at), factor }])
    }
  }
})

const total = (all: readonly Listed[]): number => all.reduce((sum, { amount }) => sum + amount, 0)

/** What lies in the window that the factor names. */
const inWindow = ({ before, factor: { window_from: from, window_to: to } }: Explained): Listed[] =>
  before.filter(({ atMs }) => from !== null && to !== null && atMs > from && atMs <= to)

const since = ({ before, own }: Explained, lengthMs: number): Listed[] =>
  before.filter(({ atMs }) => atMs > own.atMs - lengthMs && atMs <= own.atMs)

/** A number of a factor. */
const number = ({ factor }: Explained, name: string): number =>
  factor.numbers[name] ?? expect.unreachable(`${factor.code} without ${name}`)

const near = (value: number, expected: number): void =>
  expect(Math.abs(value - expected)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(expected)))

const CHECKS: Readonly<Record<string, (each: Explained) => void>> = {
  LARGE_TRANSACTION: (each) => {
    expect(number(each, 'amount')).toBe(each.own.amount)
    expect(each.own.amount).toBeGreaterThanOrEqual(number(each, 'threshold'))
  },
  STRUCTURING: (each) => {
    const [from, to] = [number(each, 'near_from'), number(each, 'threshold')]
    const wanted = ({ type, amount }: Listed): boolean =>
      type === each.own.type && amount >= from && amount < to
    const counts = [DAY_MS, 2 * DAY_MS].map((ms) => since(each, ms).filter(wanted).length + 1)
    expect(counts).toEqual([number(each, 'count_24h'), number(each, 'count_48h')])
    const behind = [...inWindow(each).filter(wanted), each.own]
    expect(behind.map(({ id }) => id)).toEqual(each.factor.transaction_ids)
    near(number(each, 'sum'), total(behind))
    const [in24h = 0, in48h = 0] = counts
    expect(in24h >= number(each, 'count_24h_from') || in48h >= number(each, 'count_48h_from')).toBe(true)
  },
  LINKED_DEPOSITS: (each) => {
    const below = number(each, 'each_below')
    const linked = inWindow(each).filter(({ type, amount }) => type === 'DEPOSIT' && amount < below)
    expect([...linked, each.own].map(({ id }) => id)).toEqual(each.factor.transaction_ids)
    near(number(each, 'sum'), total(linked) + each.own.amount)
    expect(number(each, 'sum')).toBeGreaterThanOrEqual(number(each, 'limit'))
  },
  RAPID_MOVEMENT: (each) => {
    const of = (wanted: string): number =>
      total([...inWindow(each), each.own].filter(({ type }) => type === wanted))
    near(number(each, 'deposited'), of('DEPOSIT'))
    near(number(each, 'withdrawn'), of('WITHDRAWAL'))
    near(number(each, 'wagered'), of('BET'))
    near(number(each, 'withdrawn_ratio'), of('WITHDRAWAL') / of('DEPOSIT'))
    expect(number(each, 'withdrawn_ratio')).toBeGreaterThanOrEqual(number(each, 'withdrawn_ratio_from'))
    expect(number(each, 'wagered_ratio')).toBeLessThan(number(each, 'wagered_ratio_below'))
  },
  AMOUNT_DEVIATION: (each) => {
    const amounts = inWindow(each)
      .filter(({ type }) => type === each.own.type)
      .map(({ amount }) => amount)
    const n = amounts.length
    const mean = amounts.reduce((sum, amount) => sum + amount, 0) / n
    const variance = amounts.reduce((sum, amount) => sum + (amount - mean) ** 2, 0) / n
    const sigma = Math.max(Math.sqrt(variance), number(each, 'sigma_min'))
    expect(number(each, 'observations')).toBe(n)
    near(number(each, 'mean'), mean)
    near(number(each, 'sigma'), sigma)
    near(number(each, 'z_score'), (each.own.amount - mean) / sigma)
    const outside = each.own.amount < Math.min(...amounts) || each.own.amount > Math.max(...amounts)
    expect(number(each, 'out_of_range')).toBe(outside ? 1 : 0)
    const off = Math.log1p(each.own.amount) - number(each, 'log_median')
    const floored = Math.max(number(each, 'log_deviation'), number(each, 'log_deviation_min'))
    near(number(each, 'robust_z_score'), (0.6745 * off) / floored)
    // The median and its deviation are those of bins of 1/32, over whole days.
    const today = Math.floor(each.own.atMs / DAY_MS)
    const days = each.before.filter(
      ({ type, atMs }) => type === each.own.type && atMs >= (today - 29) * DAY_MS,
    )
    const robust = bruteRobust(days.map(({ amount }) => Math.log1p(amount)))
    expect(Math.abs(number(each, 'log_median') - robust.median)).toBeLessThanOrEqual(1 / 32)
    expect(Math.abs(number(each, 'log_deviation') - robust.deviation)).toBeLessThanOrEqual(2 / 32)
    const isHigh = number(each, 'z_score') > number(each, 'z_score_above')
    const isFar = number(each, 'robust_z_score') >= number(each, 'robust_z_score_from')
    expect(isHigh || outside || isFar).toBe(true)
  },
  FREQUENCY_DEVIATION: (each) => {
    checkRatios(each)
    expect(number(each, 'count_24h')).toBeGreaterThan(number(each, 'count_24h_above'))
  },
  FREQUENCY_SURGE: (each) => {
    checkRatios(each)
    const today = Math.floor(each.own.atMs / DAY_MS)
    const days = Map.groupBy(each.before, ({ atMs }) => Math.floor(atMs / DAY_MS))
    const whole = [...days].filter(([day]) => day >= today - 29 && day < today)
    expect(number(each, 'greatest_day')).toBe(Math.max(...whole.map(([, { length }]) => length)))
    expect(number(each, 'count_24h')).toBeGreaterThanOrEqual(
      number(each, 'day_ratio_from') * number(each, 'greatest_day'),
    )
  },
  TIME_DEVIATION: (each) => {
    const all = inWindow(each)
    const places: readonly [name: string, placeOf: (atMs: number) => number][] = [
      ['hour', (atMs) => new Date(atMs).getUTCHours()],
      ['weekday', (atMs) => (new Date(atMs).getUTCDay() + 6) % 7],
    ]
    expect(number(each, 'observations')).toBe(all.length)
    for (const [name, placeOf] of places) {
      const place = placeOf(each.own.atMs)
      expect(number(each, name)).toBe(place)
      near(
        number(each, `${name}_share`),
        all.filter(({ atMs }) => placeOf(atMs) === place).length / all.length,
      )
    }
    const shares = ['busier_hours_share', 'busier_weekdays_share'].map((name) => number(each, name))
    expect(Math.max(...shares)).toBeGreaterThanOrEqual(number(each, 'unusual_from_share'))
  },
  SUSTAINED_TIME_SHIFT: (each) => {
    const lately = inWindow(each)
    expect(number(each, 'count')).toBe(lately.length)
    expect(number(each, 'days')).toBe(new Set(lately.map(({ atMs }) => Math.floor(atMs / DAY_MS))).size)
    const far = number(each, 'far_from_usual') / number(each, 'count')
    expect(far).toBeGreaterThanOrEqual(number(each, 'far_share_from'))
    expect(number(each, 'days')).toBeGreaterThanOrEqual(number(each, 'days_from'))
  },
}

function checkRatios(each: Explained): void {
  const before24h = since(each, DAY_MS).length
  expect(number(each, 'count_24h')).toBe(before24h + 1)
  const historyDays = (each.own.atMs - (each.before[0]?.atMs ?? NaN)) / DAY_MS
  const daily30d = (inWindow(each).length - before24h) / (Math.min(historyDays, 30) - 1)
  near(number(each, 'daily_30d'), daily30d)
  near(number(each, 'ratio_30d'), (before24h + 1) / daily30d)
  const daily7d = (since(each, 7 * 24 * HOUR_MS).length - before24h) / 6
  if (daily7d > 0) near(number(each, 'daily_7d'), daily7d)
  expect(number(each, 'ratio_30d')).toBeGreaterThan(number(each, 'ratio_above'))
}

describe('a factor of an alert', () => {
  it.each(Object.entries(CHECKS))('%s can be worked out again', (code, check) => {
    const all = explained.get(code) ?? []
    expect(all.length).toBeGreaterThan(0)
    for (const each of all) check(each)
  })

  it('is one of these, or the combination of some', () => {
    expect([...explained.keys()].filter((code) => !(code in CHECKS))).toEqual(['COMBINATION'])
  })
})

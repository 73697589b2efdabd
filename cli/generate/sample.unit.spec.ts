import { createHash } from 'node:crypto'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { SAMPLE_DEFAULTS, writeSample } from '../generate.ts'
import { sampleRows } from './sample.ts'

const collect = async (seed: number, events: number): Promise<{ text: string; sha256: string }> => {
  const chunks: Buffer[] = []
  const out = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const sha256 = await writeSample({ ...SAMPLE_DEFAULTS, seed, events }, out)
  return { text: Buffer.concat(chunks).toString(), sha256 }
}

const SAMPLE = [...sampleRows({ ...SAMPLE_DEFAULTS, events: 12_000 })]

const count = (type: string): number => SAMPLE.filter((row) => row.type === type).length

describe('a generated sample', () => {
  it('is the same bytes for the same seed, and others for another', async () => {
    const first = await collect(7, 3_000)
    const second = await collect(7, 3_000)
    const other = await collect(8, 3_000)
    expect(second.text).toBe(first.text)
    expect(first.sha256).toBe(createHash('sha256').update(first.text).digest('hex'))
    expect(other.text).not.toBe(first.text)
  })

  it('has as many rows as asked, in order of time, under a header', async () => {
    const { text } = await collect(3, 500)
    const lines = text.trimEnd().split('\n')
    expect(lines[0]).toMatch(/^ts,player_id,type,amount,currency,/)
    expect(lines).toHaveLength(501)
    const times = SAMPLE.map((row) => row.ts ?? '')
    expect(times.toSorted()).toEqual(times)
  })

  it('holds every kind of event that the wallet knows from a partner', () => {
    for (const type of ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT'])
      expect(count(type), type).toBeGreaterThan(0)
    expect(new Set(SAMPLE.map((row) => row.currency)).size).toBeGreaterThanOrEqual(3)
    expect(SAMPLE.filter((row) => row.type === 'WIN' && row.amount === '0.00').length).toBeGreaterThan(0)
    expect(SAMPLE.filter((row) => row.win_type === 'FREE_ROUND').length).toBeGreaterThan(0)
  })

  it('holds repeated requests, and rollbacks on both sides of their bets', () => {
    const at = new Map<string, number>()
    let repeated = 0
    SAMPLE.forEach((row, index) => {
      const id = row.transaction_id_partner ?? ''
      if (at.has(id)) repeated++
      else at.set(id, index)
    })
    expect(repeated).toBeGreaterThan(10)
    const rollbacks = SAMPLE.filter((row) => row.type === 'ROLLBACK')
    const before = rollbacks.filter((row) => {
      const bet = at.get(row.reference_transaction_id_partner ?? '') ?? Infinity
      return (at.get(row.transaction_id_partner ?? '') ?? 0) < bet
    })
    expect(before.length).toBeGreaterThan(0)
    expect(before.length).toBeLessThan(rollbacks.length)
  })

  it('lets a few players play most, and less by night than in the evening', () => {
    const byPlayer = Map.groupBy(SAMPLE, (row) => row.player_id)
    const sizes = [...byPlayer.values()].map((rows) => rows.length).toSorted((a, b) => b - a)
    const top = sizes.slice(0, Math.ceil(sizes.length / 10)).reduce((sum, size) => sum + size, 0)
    expect(top / SAMPLE.length).toBeGreaterThan(0.25)
    const hour = (row: { ts?: string }): number => new Date(row.ts ?? '').getUTCHours()
    const within = (from: number, to: number): number =>
      SAMPLE.filter((row) => hour(row) >= from && hour(row) < to).length
    expect(within(18, 22)).toBeGreaterThan(2 * within(2, 6))
  })

  it('repeats favourite stakes', () => {
    const bets = Map.groupBy(
      SAMPLE.filter((row) => row.type === 'BET' && row.campaign_id === undefined),
      (row) => `${row.player_id} ${row.currency}`,
    )
    for (const rows of bets.values())
      expect(new Set(rows.map((row) => row.amount)).size).toBeLessThanOrEqual(3)
  })
})

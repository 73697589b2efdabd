import { describe, expect, it } from 'vitest'
import { lagOf, waitForSinks } from './catch-up.ts'
import type { Cut } from './kafka.ts'
import { showNothing } from './progress.ts'

describe('the wait for the sinks', () => {
  const ends: Cut = { log: [], balances: [10, 0] }

  it('adds up what is left to write', () => {
    expect(lagOf(ends, new Map([['wallet.balance/0', 4]]))).toBe(6)
    expect(lagOf(ends, new Map([['wallet.balance/0', 12]]))).toBe(0)
  })

  it('ends when all are there, though one was away for a while', async () => {
    let looks = 0
    const follower = {
      name: 'PostgreSQL',
      positions: () => {
        looks++
        return looks === 2
          ? Promise.reject(new Error('away'))
          : Promise.resolve(new Map([['wallet.balance/0', looks * 4]]))
      },
    }
    await waitForSinks({ ends, followers: [follower], silenceMsMax: 10_000, showProgress: showNothing })
    expect(looks).toBe(3)
  })

  it('fails where nothing moves any more', async () => {
    const follower = { name: 'ClickHouse', positions: () => Promise.resolve(new Map<string, number>()) }
    await expect(
      waitForSinks({ ends, followers: [follower], silenceMsMax: 300, showProgress: showNothing }),
    ).rejects.toMatchObject({ code: 'SINKS_BEHIND' })
  })
})

import { Registry } from '@prometheus-io/client'
import { describe, expect, it } from 'vitest'
import { assertLimits, DEFAULT_BYTES } from './limits.ts'
import { createSinkMetrics } from './metrics.ts'
import { readinessOf } from './process.ts'
import { lagOf, Session, updateLag } from './session.ts'

const aPlace = (partition: number, readTo: number, end: number) => ({
  topic: 't',
  partition,
  stored: readTo,
  readTo,
  end,
})

describe('a session', () => {
  it('is positioned once its places are known, until it ends', () => {
    const session = new Session({ t: [0, 1], u: [3] })
    expect(session.byTopic()).toEqual([
      { topic: 't', partitions: [0, 1] },
      { topic: 'u', partitions: [3] },
    ])
    expect(session.positioned).toBe(false)
    session.position([aPlace(0, 5, 9)])
    expect(session.positioned).toBe(true)
    expect(session.placeOf('t', 0)?.readTo).toBe(5)
    expect(session.placeOf('t', 7)).toBeUndefined()
    session.end()
    expect(session.positioned).toBe(false)
    expect(session.signal.aborted).toBe(true)
  })

  it('shows the lag against the newest end that was heard of', async () => {
    const registry = new Registry()
    const session = new Session({ t: [0, 1] })
    session.position([aPlace(0, 5, 9), aPlace(1, 5, 5)])
    updateLag(
      session,
      ({ partition }) => ({ low: 0, end: partition === 0 ? 8 : 12 }),
      createSinkMetrics(registry, 's'),
    )
    expect([...session.places].map(lagOf)).toEqual([4, 7])
    expect(await registry.metrics()).toMatch(/lag_records\{[^}]*partition="1"[^}]*\} 7/)
  })
})

describe('readiness', () => {
  const status = { positioned: true, partitions: 2, lagRecords: 3, lags: { 't/0': 3 } }
  const health = { failingSinceMs: undefined, lastError: undefined, lastWriteMs: 1_000 }

  it('is given while positions are known and attempts succeed', () => {
    expect(readinessOf(status, health)).toMatchObject({
      ready: true,
      parts: {
        lag: { records: 3, partitions: { 't/0': 3 } },
        store: { last_write_at: '1970-01-01T00:00:01.000Z' },
      },
    })
    expect(readinessOf({ ...status, positioned: false }, health).ready).toBe(false)
  })

  it('names the last error and since when attempts fail', () => {
    expect(readinessOf(status, { ...health, failingSinceMs: 2_000, lastError: 'refused' })).toMatchObject({
      ready: false,
      parts: {
        store: { available: false, failing_since: '1970-01-01T00:00:02.000Z', last_error: 'refused' },
      },
    })
  })
})

describe('the limits', () => {
  it('fit each other', () => {
    expect(() => assertLimits(DEFAULT_BYTES)).not.toThrow()
  })
})

import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import { createReconciliationMetrics } from './metrics.ts'
import type { Reconciliation } from './result.ts'
import { startSchedule } from './schedule.ts'

const SAME: Reconciliation = {
  ok: true,
  events: 7,
  transactions: 7,
  accepted: 7,
  rejectedByCode: {},
  money: [],
  moneyIn: new Map(),
  moneyOut: new Map(),
  lines: [],
  versionsSkipped: 0,
  walletsMoved: 0,
  differences: [],
  suspects: { buckets: [], cells: [] },
}
const DIFFERENT: Reconciliation = { ...SAME, ok: false, differences: [{ what: 'a wallet', where: 'there' }] }
const line = (currency: string, funds: bigint): Reconciliation['money'][number] => ({
  currency,
  moneyIn: 10n,
  moneyOut: 3n,
  funds,
  same: funds === 7n,
})

it('goes on after differences and failures, and says what the last one came to', async () => {
  const registry = new Registry()
  const results = [() => SAME, () => DIFFERENT, () => Promise.reject(new Error('away'))]
  const seen: (string | null)[] = []
  const schedule = startSchedule({
    reconcile: async () => {
      await Promise.resolve()
      seen.push(schedule.last())
      return (results.shift() ?? (() => SAME))()
    },
    intervalMs: 5,
    metrics: createReconciliationMetrics(registry),
    logger: pino({ level: 'silent' }),
    nowMs: () => 12_000,
  })
  await waitFor(() => seen.length >= 4, { what: 'four reconciliations' })
  await schedule.stop()
  expect(seen.slice(0, 4)).toEqual([null, 'same', 'different', 'failed'])
  const text = await registry.metrics()
  expect(text).toContain('stakestream_reconciliation_runs_total{result="different"} 1')
  expect(text).toContain('stakestream_reconciliation_runs_total{result="failed"} 1')
  expect(text).toContain('stakestream_reconciliation_differences 0')
  expect(text).toContain('stakestream_reconciliation_events 7')
  expect(text).toContain('stakestream_reconciliation_completed_timestamp_seconds 12')
})

it('counts the currencies out of balance', async () => {
  const registry = new Registry()
  const schedule = startSchedule({
    reconcile: () =>
      Promise.resolve({ ...DIFFERENT, money: [line('EUR', 7n), line('USD', 6n), line('SEK', 8n)] }),
    intervalMs: 60_000,
    metrics: createReconciliationMetrics(registry),
    logger: pino({ level: 'silent' }),
    nowMs: () => 12_000,
  })
  await waitFor(() => schedule.last() === 'different', { what: 'a reconciliation' })
  await schedule.stop()
  expect(await registry.metrics()).toContain('stakestream_reconciliation_unbalanced_currencies 2')
})

import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'
import { createReconciliationMetrics } from './metrics.ts'
import type { Reconciliation } from './result.ts'
import type { FileResult } from './rounds/folder.ts'
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

it('goes on after differences and failures, and says what the last one came to', async () => {
  const registry = new Registry()
  const results = [() => SAME, () => DIFFERENT, () => Promise.reject(new Error('away'))]
  const file = { reason: null, differences: [], differenceCount: 0 }
  const files: FileResult[][] = [
    [],
    [{ ...file, file: 'one', result: 'same' }],
    // The third one fails before it comes to the files.
    [
      { ...file, file: 'one', result: 'same' },
      { ...file, file: 'two', result: 'different', differenceCount: 7 },
      { ...file, file: 'three', result: 'refused', reason: 'line 3' },
    ],
  ]
  let afterFiles = ''
  const seen: (string | null)[] = []
  const schedule = startSchedule({
    reconcile: async () => {
      const text = await registry.metrics()
      seen.push(schedule.last())
      if (seen.length === 5) afterFiles = text
      return (results.shift() ?? (() => SAME))()
    },
    compareFiles: () => Promise.resolve(files.shift() ?? []),
    intervalMs: 5,
    metrics: createReconciliationMetrics(registry),
    logger: pino({ level: 'silent' }),
    nowMs: () => 12_000,
  })
  await waitFor(() => seen.length >= 6, { what: 'six reconciliations' })
  await schedule.stop()
  expect(seen.slice(0, 6)).toEqual([null, 'same', 'different', 'failed', 'different', 'same'])
  expect(afterFiles).toContain('stakestream_reconciliation_file_differences 7')
  for (const result of ['same', 'different', 'refused'])
    expect(afterFiles).toContain(`stakestream_reconciliation_files{result="${result}"} 1`)
  const text = await registry.metrics()
  expect(text).toContain('stakestream_reconciliation_runs_total{result="different"} 2')
  expect(text).toContain('stakestream_reconciliation_runs_total{result="failed"} 1')
  expect(text).toContain('stakestream_reconciliation_differences 0')
  expect(text).toContain('stakestream_reconciliation_events 7')
  expect(text).toContain('stakestream_reconciliation_completed_timestamp_seconds 12')
})

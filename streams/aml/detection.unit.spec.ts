/** How much of what is known to be suspicious the default rules find, and how often they cry without cause. */
import { beforeAll, expect, it, vi } from 'vitest'
import { LABELS, labelledPlayers, labelledRows } from '../../cli/generate/labelled.ts'
import type { Label, LabelledOptions } from '../../cli/generate/labelled.ts'
import type { TransactionType } from '../../avro/types.ts'
import { Bench, testCodecs, testTransaction, units } from './testing/fixtures.ts'

const OPTIONS: LabelledOptions = {
  seed: Number(process.env['DETECTION_SEED'] ?? 7),
  normal: Number(process.env['DETECTION_NORMAL'] ?? 200),
  each: Number(process.env['DETECTION_EACH'] ?? 40),
  startMs: Date.UTC(2026, 2, 2),
  days: 30,
}
const BATCH = 2_000
const RECALL_MIN = 0.95
const FALSE_ALARMS_MAX = 0.01

// A guard against hanging, not a measure.
vi.setConfig({ hookTimeout: 600_000 })

const TYPES: Readonly<Record<string, TransactionType>> = {
  DEPOSIT: 'DEPOSIT',
  WITHDRAWAL: 'WITHDRAWAL',
  BET: 'BET',
  WIN: 'WIN',
}

const alarmed = new Map<Label, number>()
const players = labelledPlayers(OPTIONS)

beforeAll(async () => {
  const bench = new Bench(await testCodecs())
  const transactions = labelledRows(OPTIONS).map(
    ({ ts = '', player_id = '', type = '', amount = '', currency = '' }) =>
      testTransaction({
        player_id,
        type: TYPES[type] ?? expect.unreachable(`no ${type} is generated`),
        amount: units(amount),
        currency,
        created_at: Date.parse(ts),
      }),
  )
  for (let at = 0; at < transactions.length; at += BATCH) bench.process(...transactions.slice(at, at + BATCH))
  const labelOf = new Map(players.map(({ playerId, label }) => [playerId, label]))
  for (const playerId of new Set(bench.sent.commands.map(({ data }) => data.player_id))) {
    const label = labelOf.get(playerId) ?? 'normal'
    alarmed.set(label, (alarmed.get(label) ?? 0) + 1)
  }
})

it.each(LABELS.filter((label) => label !== 'normal'))('finds players of %s', (label) => {
  expect((alarmed.get(label) ?? 0) / OPTIONS.each).toBeGreaterThanOrEqual(RECALL_MIN)
})

it('leaves players in peace who behave normally', () => {
  expect((alarmed.get('normal') ?? 0) / OPTIONS.normal).toBeLessThanOrEqual(FALSE_ALARMS_MAX)
})

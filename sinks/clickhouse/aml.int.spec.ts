/** Assessments and alerts in ClickHouse: they land, and no replay changes one. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AlertChanged, TransactionAssessed } from '../../avro/types.ts'
import {
  Bench as AlertsBench,
  assign,
  close,
  note,
  raise,
  testCodecs as alertsCodecs,
} from '../../streams/alerts/testing/fixtures.ts'
import { Bench as AmlBench, testCodecs as amlCodecs, START_MS } from '../../streams/aml/testing/fixtures.ts'
import { createScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import type { Batch, SinkRecord } from '../runtime/types.ts'
import type { ClickhouseSource } from './sources.ts'
import { createClickhouseStore } from './store.ts'

const DAY_MS = 86_400_000

let database: ScratchClickhouse
beforeAll(async () => {
  database = await createScratchClickhouse()
})
afterAll(() => database.drop())

/** Records at the offsets from `from` on; the assessments' time of writing is that of their records. */
const recordsOf = <T>(values: readonly T[], from: number): SinkRecord<T>[] =>
  values.map((value, at) => ({
    offset: from + at,
    value,
    raw: { offset: from + at, timestampMs: START_MS, key: null, value: null, headers: {} },
  }))

interface Events {
  assessed: TransactionAssessed[]
  created: AlertChanged[]
  updated: AlertChanged[]
}

/** What the processors send. */
async function events(): Promise<Events> {
  const aml = new AmlBench(await amlCodecs())
  for (const [day, amount] of [50_000_000n, 98_000_000n, 97_000_000n, 150_000_000n].entries())
    aml.assess({ amount, created_at: START_MS + day * DAY_MS })
  const alerts = new AlertsBench(await alertsCodecs())
  alerts.send(raise())
  const { alert_id: id } = alerts.alert()
  for (const step of [assign(id, 'ben'), note(id), close(id)]) expect(alerts.ask(step)).toBeNull()
  const [created, ...updated] = alerts.events
  return { assessed: aml.sent.assessed, created: created === undefined ? [] : [created], updated }
}

/** As they are read from the offsets `from` on. */
function placed({ assessed, created, updated }: Events, from: number): Batch<ClickhouseSource> {
  const at = <T>(topic: string, values: readonly T[]) => ({
    ...{ topic, partition: 0, from, next: from + values.length },
    records: recordsOf(values, from),
  })
  return [
    { source: 'aml.transaction.assessed', ...at('assessed', assessed) },
    { source: 'aml.alert.created', ...at('alerts', created) },
    { source: 'aml.alert.updated', ...at('changes', updated) },
  ]
}

/** A sink that has just started. */
async function write(batch: Batch<ClickhouseSource>): Promise<void> {
  const store = createClickhouseStore(database.client)
  await store.loadPositions(batch)
  await store.write(batch, { stillOurs: () => true })
}

const shown = (): Promise<unknown[]> =>
  Promise.all([
    database.rows("SELECT * EXCEPT ('kafka_.*|ingested_at') FROM aml_assessments FINAL ORDER BY ALL"),
    database.rows("SELECT * EXCEPT ('kafka_.*|ingested_at') FROM aml_alert_changes FINAL ORDER BY ALL"),
    database.rows('SELECT * FROM aml_alerts ORDER BY ALL'),
  ])
const raw = (): Promise<unknown[]> =>
  database.rows(
    `SELECT (SELECT count() FROM aml_assessments) AS assessments, (SELECT count() FROM aml_alert_changes) AS changes`,
  )

it('a replay from offset 0, or of a part at other offsets, leaves every row as it was', async () => {
  const sent = await events()
  await write(placed(sent, 0))
  const before = await shown()
  expect(await raw()).toEqual([{ assessments: 4, changes: 4 }])
  expect(before[2]).toMatchObject([
    { alert_status: 'CLOSED', assignee_id: 'ben', resolution_code: 'EXPLAINED' },
  ])
  await write(placed(sent, 0))
  expect(await raw()).toEqual([{ assessments: 4, changes: 4 }])
  expect(await shown()).toEqual(before)
  await write(placed(sent, 100))
  expect(await shown()).toEqual(before)
})

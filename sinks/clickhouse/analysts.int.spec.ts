/** What `docs/analysts.md` says: every query of it is run, and gives the result that stands below it. */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { knownPlay, landAssessments, landPartner, landPlay } from '../../tests/support/known-play.ts'
import { createScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import { aPartner } from '../testing/partner-events.ts'

const root = join(import.meta.dirname, '../..')
const document = readFileSync(join(root, 'docs/analysts.md'), 'utf8')
const WORKED = /```sql\n(?<query>[^`]*)```\n\n```csv\n(?<result>[^`]*)```/g
const worked = [...document.matchAll(WORKED)].map(({ groups = {} }) => ({
  query: groups['query'] ?? '',
  result: groups['result'] ?? '',
}))

const account = readFileSync(join(root, 'stack/compose/analyst.xml'), 'utf8')
const profile =
  /<profiles>\s*<analyst>(?<settings>[\s\S]*?)<constraints>/.exec(account)?.groups?.['settings'] ?? ''
/** The settings of the analysts' profile, as the file has them. */
const limits = Object.fromEntries(
  [...profile.matchAll(/<(\w+)>(\w+)<\/\w+>/g)].map(([, name = '', value = '']) => [name, value]),
)

let database: ScratchClickhouse
const partner = aPartner({
  commission_rates: [
    { rate: 1_000n, effective_from: Date.UTC(2026, 0, 1) },
    { rate: 2_000n, effective_from: Date.UTC(2026, 10, 2) },
  ],
})

beforeAll(async () => {
  database = await createScratchClickhouse()
  const play = knownPlay(partner.data.partner_id, randomUUID())
  await landPlay(database, play)
  await landAssessments(database, play)
  await landPartner(database, partner)
})
afterAll(() => database.drop())

async function resultOf(query: string, settings: Record<string, string> = {}): Promise<string> {
  const answer = await database.client.query({
    query,
    query_params: { partner: partner.data.partner_id },
    format: 'CSVWithNames',
    clickhouse_settings: settings,
  })
  return answer.text()
}

describe('the document for analysts', () => {
  it('has a result under every query', () => {
    expect(worked).toHaveLength(document.split('```sql').length - 1)
    expect(worked.length).toBeGreaterThan(10)
  })

  it.each(worked)('says what this gives: $query', async ({ query, result }) => {
    expect(await resultOf(query, limits)).toBe(result)
  })

  it('names every view', async () => {
    const views = await database.rows(
      `SELECT name FROM system.tables WHERE database = '${database.database}' AND engine = 'View'`,
    )
    expect(views.length).toBeGreaterThan(10)
    for (const { name } of views) expect(document).toContain(`\`${String(name)}\``)
  })
})

describe("the analysts' account", () => {
  it('has limits on rows, time and memory, and writes nothing', async () => {
    expect(Object.keys(limits)).toEqual([
      'readonly',
      'max_result_rows',
      'result_overflow_mode',
      'max_execution_time',
      'max_memory_usage',
    ])
    const written = resultOf("INSERT INTO partner_changes (name) VALUES ('x')", limits)
    await expect(written).rejects.toMatchObject({ type: 'READONLY' })
    await expect(resultOf('DROP VIEW movements', limits)).rejects.toMatchObject({ type: 'READONLY' })
    const many = resultOf(`SELECT number FROM numbers(${Number(limits['max_result_rows']) + 1})`, limits)
    await expect(many).rejects.toMatchObject({ type: 'TOO_MANY_ROWS_OR_BYTES' })
    const slow = resultOf('SELECT count() FROM system.numbers WHERE number % 7 = 9', {
      ...limits,
      max_execution_time: '1',
    })
    await expect(slow).rejects.toMatchObject({ type: 'TIMEOUT_EXCEEDED' })
  })
})

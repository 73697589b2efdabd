/** What a panel gets from ClickHouse when the known play is all that has happened, asked as Grafana asks, within the analysts' limits. */
import { afterAll, beforeAll } from 'vitest'
import { z } from 'zod'
import { aPartner } from '../../sinks/testing/partner-events.ts'
import { ANALYST_LIMITS } from '../../tests/support/analyst-limits.ts'
import { knownAlerts } from '../../tests/support/known-alerts.ts'
import {
  DAY_ONE,
  DAY_THREE,
  knownPlay,
  landAlerts,
  landBalances,
  landPartner,
  landPlay,
} from '../../tests/support/known-play.ts'
import { createScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import type { ScratchClickhouse } from '../../tests/support/scratch-databases.ts'
import { aBalance } from '../../tests/support/sink-events.ts'
import { expand } from './grafana.ts'

const answerSchema = z.object({
  meta: z.array(z.object({ name: z.string(), type: z.string() })),
  data: z.array(z.array(z.unknown())),
})
export type Answer = z.output<typeof answerSchema>

const rate = (share: bigint, from: string) => ({ rate: share, effective_from: Date.parse(`${from}Z`) })

const alpha = aPartner({
  name: 'Alpha',
  type: 'operator',
  commission_rates: [rate(1_000n, '2026-01-01T00:00'), rate(2_000n, '2026-11-02T00:00')],
})
const beta = aPartner({
  name: 'Beta',
  type: 'aggregator',
  status: 'suspended',
  commission_rates: [rate(500n, '2026-01-01T00:00'), rate(1_500n, '2026-06-01T00:00')],
})
export const ALPHA_ID = alpha.data.partner_id
export const BETA_ID = beta.data.partner_id

async function land(database: ScratchClickhouse): Promise<void> {
  await landPlay(database, knownPlay(ALPHA_ID, BETA_ID))
  await landAlerts(database, knownAlerts(ALPHA_ID, BETA_ID))
  await landPartner(database, alpha)
  await landPartner(database, beta)
  const wallet = { wallet_id: '0f5b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10' }
  await landBalances(database, [
    aBalance([wallet, { ...wallet, currency: 'USD' }], 'ben', ALPHA_ID),
    aBalance([wallet], 'anna', BETA_ID),
  ])
}

/** Sets the hooks of a spec file: the known play in a database of its own. */
export function usePanelResults() {
  let database: ScratchClickhouse
  beforeAll(async () => {
    database = await createScratchClickhouse()
    await land(database)
  })
  afterAll(() => database.drop())

  /** The answer to a query of a dashboard, for these partners, in euros, over the two days. */
  return async (sql: string, partners: readonly string[]): Promise<Answer> => {
    const answer = await database.client.query({
      query: expand(sql, {
        fromMs: Date.parse(`${DAY_ONE}T00:00Z`),
        toMs: Date.parse(`${DAY_THREE}T00:00Z`) - 1,
        variables: { partner: partners, currency: 'EUR' },
      }),
      format: 'JSONCompact',
      clickhouse_settings: { ...ANALYST_LIMITS },
    })
    return answerSchema.parse(await answer.json())
  }
}

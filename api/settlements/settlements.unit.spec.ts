/** What is made of a run for spreadsheets and for paper, and the way of a command. */
import { randomUUID } from 'node:crypto'
import { text as readText } from 'node:stream/consumers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SettlementCommand, SettlementReply } from '../../avro/types.ts'
import { formatAmount } from '../../domain/money.ts'
import { aSettlement } from '../../tests/support/settlements.ts'
import type { Principal } from '../access/principal.ts'
import type { Database } from '../reads/database.ts'
import type { SettlementDocument, SettlementLine } from '../reads/settlements.ts'
import { linesCsv, settlementsCsv } from './csv.ts'
import { createSettlementGateway } from './gateway.ts'
import { statementPage } from './statement-page.ts'

const line = (parts: Partial<SettlementLine> = {}): SettlementLine => ({
  code: 'FEE_TAX',
  label: 'Gaming tax',
  kind: 'PAYABLE',
  basis: 1_000_000n,
  rate: 500n,
  amount: -50_000n,
  ...parts,
})

it('lines as CSV keep numbers plain and quote the rest', () => {
  const csv = linesCsv([line(), line({ code: 'FEE_X', label: '=HYPERLINK("x"),1', basis: null, rate: null })])
  expect(csv.split('\r\n')).toEqual([
    'code,label,kind,basis,rate,amount',
    'FEE_TAX,Gaming tax,PAYABLE,100.0000,0.0500,-5.0000',
    `FEE_X,"'=HYPERLINK(""x""),1",PAYABLE,,,-5.0000`,
    '',
  ])
})

/** A run with a late day, as the API reads it: times are texts. */
const runWith = (parts: Partial<SettlementDocument> = {}): SettlementDocument => ({
  ...aSettlement({ partner_id: 'partner', seals: [{ partition: 0, next_offset: 7 }], late_entries: 1 }),
  from_at: '',
  to_at: '',
  chain_from_at: '',
  confirmed_at: null,
  paid_at: null,
  canceled_at: null,
  created_at: '2026-11-01T00:00:00.000Z',
  updated_at: '',
  days: [
    {
      date: '2026-09-30',
      late: true,
      rate: 1_550n,
      movements: 1,
      bets: 10_000n,
      wins: 0n,
      rollbacks: 0n,
      bonus_cost: 0n,
      ggr: 10_000n,
      ngr: 10_000n,
      commission: 1_550n,
      adjustments: 0n,
      adjustment_share: 0n,
      deposits: 0n,
      withdrawals: 0n,
    },
  ],
  ...parts,
})

it('the page shows every text escaped', () => {
  const run = runWith({ lines: [line({ label: '<script>alert("1")</script>' })] })
  const page = statementPage(run, "O'Hara & <Sons>")
  expect(page).toContain('O&#39;Hara &amp; &lt;Sons&gt;')
  expect(page).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;')
  expect(page).not.toContain('<script')
  expect(page).toContain('<td>2026-09-30 (late)</td><td>15.50 %</td>')
  expect(page).toContain('5.00 % of 100.00')
  expect(statementPage(run, undefined)).toContain('<p>partner<br>')
})

/** As PostgreSQL has it: amounts are texts. */
const stored = (run: SettlementDocument): unknown =>
  JSON.parse(
    JSON.stringify(run, (_name, value: unknown) => (typeof value === 'bigint' ? formatAmount(value) : value)),
  )

it('a list as CSV has every run once, of however many pages, and runs no formula', async () => {
  const all = Array.from({ length: 1_201 }, (_, number) =>
    runWith({ settlement_id: randomUUID(), payment_reference: number === 0 ? '=1+1' : null }),
  )
  const pages: unknown[][] = []
  const database: Database = {
    query: (row, _statement, values) => {
      pages.push([...values])
      const from = all.findIndex(({ settlement_id: id }) => id === values.at(-2)) + 1
      const page = all.slice(from, from + Number(values.at(-1)))
      return Promise.resolve(page.map((run) => row.parse({ document: stored(run) })))
    },
    state: () => 'up',
    close: () => Promise.resolve(),
  }
  const text = await readText(settlementsCsv(database, { partnerId: 'partner' }))
  const [names, ...rows] = text.trimEnd().split('\r\n')
  expect(names).toMatch(/^id,partner_id,currency,status,/)
  expect(rows.map((row) => row.split(',')[0])).toEqual(all.map(({ settlement_id: id }) => id))
  expect(rows[0]).toContain(",'=1+1,")
  expect(pages.map(([partnerId]) => partnerId)).toEqual(['partner', 'partner', 'partner'])
})

describe('the way of a command', () => {
  afterEach(() => void vi.useRealTimers())
  const principal: Principal = {
    keyId: 'key',
    partnerId: 'p',
    scopes: new Set(),
    limits: { autoApproveUnits: new Map(), rateLimits: {} },
  }
  const origin = { requestId: 'r', address: '' }
  const step = { action: 'CANCEL', partner_id: 'p', settlement_id: 's' } as const

  function gatewayWith(answer: Partial<SettlementReply> | undefined, connected = true) {
    const sent: SettlementCommand[] = []
    const gateway = createSettlementGateway({
      link: { connected: () => connected, send: () => Promise.reject(new Error('it may have landed')) },
      encode: (command) => {
        sent.push(command)
        const reply: SettlementReply = {
          command_id: command.event_id,
          partner_id: 'p',
          action: 'CANCEL',
          outcome: 'APPLIED',
          error_code: null,
          settlement_id: 's',
          version: 3,
          actor: null,
        }
        if (answer !== undefined) queueMicrotask(() => gateway.replied({ ...reply, ...answer }))
        return Buffer.alloc(0)
      },
      newId: () => 'c1',
      outcomeTimeoutMs: 10,
    })
    return { gateway, sent }
  }

  it('says who asked, and answers what was decided', async () => {
    const { gateway, sent } = gatewayWith({})
    expect(await gateway.submit(step, principal, origin)).toMatchObject({ version: 3 })
    expect(sent[0]?.data).toMatchObject({
      ...step,
      actor: { key_id: 'key', ip_address: null, request_id: 'r' },
      expected_version: null,
    })
  })

  it.each<[Partial<SettlementReply> | undefined, boolean, string]>([
    [{ outcome: 'REFUSED', error_code: 'SETTLEMENT_PERIOD_GAP' }, true, 'SETTLEMENT_PERIOD_GAP'],
    [{ outcome: 'REFUSED', error_code: 'VERSION_CONFLICT' }, true, 'VERSION_CONFLICT'],
    [{ outcome: 'REFUSED', error_code: 'OF_A_LATER_VERSION' }, true, 'INTERNAL_ERROR'],
    [{}, false, 'SERVICE_UNAVAILABLE'],
    [undefined, true, 'OUTCOME_UNKNOWN'],
  ])('%j, connected %s: %s', async (answer, connected, code) => {
    const { gateway } = gatewayWith(answer, connected)
    await expect(gateway.submit(step, principal, origin)).rejects.toMatchObject({ code })
  })
})

/**
 * A partner is settled on the running system: two months and a part of a third, a rate that changes amid the first, entries that come
 * late, a loss that is carried on. Every figure is held against plain loops over what was sent, and every run against the log.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { pino } from 'pino'
import { z } from 'zod'
import { asAdmin, bodyOf, codeOf, eventually, newId, request } from '../../api/testing/live.ts'
import { ISSUABLE_SCOPES } from '../../api/access/principal.ts'
import { run } from '../../cli/main.ts'
import { verifySettlement } from '../../cli/settlement/verify.ts'
import { PARTNER_ACCOUNT } from '../../domain/ids.ts'
import { create, testCommand } from '../../streams/partners/testing/fixtures.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import { createCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'

const ZONE = 'Europe/Berlin'
const partnerId = randomUUID()
const player = newId('player')
let headers: object

/** What was sent and what it is to a settlement, in units. */
interface Sent {
  atMs: number
  bets?: bigint
  wins?: bigint
  rollbacks?: bigint
  bonus?: bigint
  adjustments?: bigint
}
const sent: Sent[] = []

const whole = (units: bigint): string => `${units / 10_000n}.${String(units % 10_000n).padStart(4, '0')}`
const wholeOrNegative = (units: bigint): string => (units < 0n ? `-${whole(-units)}` : whole(units))

/** One partner command, as the API would send it; only so can a rate have changed in the past. */
async function createPartner(): Promise<void> {
  const broker = await connectKafkajs({
    brokers: brokersFromEnvironment(),
    clientId: `test-${partnerId}`,
    log: pino({ level: 'silent' }),
  })
  const source = registrySource({ url: required('SCHEMA_REGISTRY_URL') })
  const codec = await createCodec('partner.command', source)
  const commission_rates = [
    { rate: 1_000n, effective_from: Date.parse('2026-01-01T00:00:00Z') },
    { rate: 2_500n, effective_from: Date.parse('2026-09-16T10:00:00Z') },
  ]
  const parts = create({ name: 'Settled <Casino> & Sons', commission_rates }, partnerId)
  const command = testCommand(randomUUID(), Date.now(), parts)
  await broker.send('partner.command', [{ key: partnerId, value: codec.encode(command) }])
  await broker.close()
}

const batchAnswer = z.object({ results: z.array(z.looseObject({ status: z.unknown() })) })

async function play(commands: readonly object[]): Promise<void> {
  const all = commands.map((each) => ({ player_id: player, currency: 'EUR', ...each }))
  const answer = await request('POST', '/wallet/batch', { commands: all }, headers)
  const { results } = bodyOf(batchAnswer, answer)
  expect(results.filter(({ status }) => status !== 200).map((each) => JSON.stringify(each))).toEqual([])
}

/** A round of play: a bet, and what becomes of it. */
function round(
  atMs: number,
  stake: bigint,
  end: 'lost' | 'won' | 'bonus' | 'rolled back',
  gain = 0n,
): object[] {
  const game = { game_id: 'slots', round_id: newId('round'), created_at: new Date(atMs).toISOString() }
  const bet = newId('bet')
  sent.push({ atMs, bets: stake })
  const first = { ...game, type: 'BET', amount: whole(stake), transaction_id_partner: bet }
  const of = { ...game, transaction_id_partner: newId('end'), reference_transaction_id_partner: bet }
  if (end === 'lost') return [first]
  if (end === 'rolled back') {
    sent.push({ atMs, rollbacks: stake })
    const { created_at, transaction_id_partner, reference_transaction_id_partner } = of
    return [first, { type: 'ROLLBACK', created_at, transaction_id_partner, reference_transaction_id_partner }]
  }
  sent.push(end === 'won' ? { atMs, wins: gain } : { atMs, bonus: gain })
  const type = end === 'won' ? {} : { win_type: 'BONUS' }
  return [first, { ...of, ...type, type: 'WIN', amount: whole(gain) }]
}

function adjust(atMs: number, direction: 'CREDIT' | 'DEBIT', units: bigint): object {
  sent.push({ atMs, adjustments: direction === 'DEBIT' ? units : -units })
  return {
    type: 'ADJUSTMENT',
    amount: whole(units),
    direction,
    reason: 'a correction',
    transaction_id_partner: newId('adj'),
    created_at: new Date(atMs).toISOString(),
  }
}

const dateOf = (atMs: number): string => new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(atMs)

/** Half to even, in a way of its own: by hand from the remainder. */
function share(units: bigint, rate: bigint): bigint {
  const negative = units < 0n
  const product = (negative ? -units : units) * rate
  let result = product / 10_000n
  const rest = product - result * 10_000n
  if (rest > 5_000n || (rest === 5_000n && result % 2n === 1n)) result += 1n
  return negative ? -result : result
}

/** What a run of these movements comes to. The new rate came into force amid the 16th, and so holds from the 17th on. */
function expected(list: readonly Sent[], carried: bigint, taxRate: bigint) {
  const days = new Map<string, { ggr: bigint; ngr: bigint; adjustments: bigint }>()
  for (const { atMs, bets = 0n, wins = 0n, rollbacks = 0n, bonus = 0n, adjustments = 0n } of list) {
    const day = days.get(dateOf(atMs)) ?? { ggr: 0n, ngr: 0n, adjustments: 0n }
    day.ggr += bets - wins - rollbacks
    day.ngr += bets - wins - rollbacks - bonus
    day.adjustments += adjustments
    days.set(dateOf(atMs), day)
  }
  let [ggr, ngr, commission, adjustments] = [0n, 0n, 0n, 0n]
  for (const [date, day] of days) {
    const rate = date >= '2026-09-17' ? 2_500n : 1_000n
    ggr += day.ggr
    ngr += day.ngr
    commission += share(day.ngr, rate)
    adjustments += share(day.adjustments, rate)
  }
  const tax = ggr > 0n ? -share(ggr, taxRate) : 0n
  return { ggr, ngr, commission, adjustments, tax, result: commission + adjustments + carried + tax }
}

const made = z.object({ id: z.string(), version: z.number() })
const amountText = z.number().transform(String)
const runAnswer = z.looseObject({
  id: z.string(),
  status: z.string(),
  net_payable: amountText,
  carried_forward: amountText,
  late_entries: z.number(),
  hash: z.string().nullable(),
  commission_id: z.string().nullable(),
  previous_id: z.string().nullable(),
  version: z.number(),
})
const linesAnswer = z.object({
  lines: z.array(z.looseObject({ code: z.string(), amount: amountText })),
  days: z.array(z.looseObject({ date: z.string(), late: z.boolean() })),
})
const lateAnswer = z.object({
  data: z.array(z.looseObject({ transaction_id: z.string(), type: z.string() })),
  next_cursor: z.string().nullable(),
})

const runOf = async (id: string) =>
  bodyOf(runAnswer, await request('GET', `/settlements/${id}`, undefined, headers))

/** Asks for a run, and waits until it is counted. */
async function draft(from: string, to: string): Promise<z.output<typeof runAnswer>> {
  const body = { currency: 'EUR', from, to }
  const { id } = bodyOf(made, await request('POST', '/settlements', body, headers))
  return eventually(async () => {
    const found = await runOf(id)
    return found.status === 'DRAFT' ? found : undefined
  })
}

async function expectLines(id: string, figures: ReturnType<typeof expected>, carried: bigint): Promise<void> {
  const answer = await request('GET', `/settlements/${id}/lines`, undefined, headers)
  const { lines } = bodyOf(linesAnswer, answer)
  const amounts = Object.fromEntries(lines.map(({ code, amount }) => [code, Number(amount)]))
  const wanted = {
    GGR: figures.ggr,
    NGR: figures.ngr,
    COMMISSION: figures.commission,
    ADJUSTMENTS: figures.adjustments,
    CARRY_OVER: carried,
    FEE_TAX: figures.tax,
    NET_PAYABLE: figures.result > 0n ? figures.result : 0n,
    CARRIED_FORWARD: figures.result < 0n ? figures.result : 0n,
  }
  const asNumbers = Object.entries(wanted).map(([code, units]) => [code, Number(wholeOrNegative(units))])
  expect(amounts).toMatchObject(Object.fromEntries(asNumbers))
}

/** `settlement verify` finds it as it is in the log. */
async function expectVerified(id: string): Promise<void> {
  let said = ''
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text)
    return true
  })
  const code = await run(['settlement', 'verify', id, '--no-progress']).finally(() => spy.mockRestore())
  expect([code, said]).toEqual([0, expect.stringContaining(`settlement ${id} is what the log says`)])
}

const confirm = (id: string) => request('POST', `/settlements/${id}/confirm`, {}, asAdmin)

beforeAll(async () => {
  await createPartner()
  await eventually(async () => {
    const { status } = await request('GET', `/partners/${partnerId}`, undefined, asAdmin)
    return status === 200 ? true : undefined
  })
  const key = await request('POST', `/partners/${partnerId}/api-keys`, { scopes: ISSUABLE_SCOPES }, asAdmin)
  headers = { 'x-api-key': bodyOf(z.looseObject({ key: z.string() }), key).key }
  const terms = {
    time_zone: ZONE,
    schedule: 'NONE',
    currencies: ['EUR'],
    fees: [{ code: 'TAX', label: 'Gaming tax', basis: 'GGR', rate: 0.0333 }],
  }
  const path = `/partners/${partnerId}/settlement-terms`
  bodyOf(
    z.object({ partner_id: z.string(), version: z.literal(1) }),
    await request('PUT', path, terms, asAdmin),
  )
  // Long before the first period: not settled at all.
  const deposit = { type: 'DEPOSIT', amount: 100_000, transaction_id_partner: newId('dep') }
  await play([{ ...deposit, created_at: '2026-03-01T12:00:00Z' }])
})
afterAll(async () => {
  await request(
    'PUT',
    `/partners/${partnerId}/settlement-terms`,
    { time_zone: ZONE, schedule: 'NONE', currencies: [] },
    asAdmin,
  )
})

const at = (text: string): number => Date.parse(text)

describe('a partner that is settled', () => {
  let september: z.output<typeof runAnswer>
  let october: z.output<typeof runAnswer>
  let counted = 0

  /** What was sent since the last run, of the periods up to a moment. */
  const since = (fromMs: number, toMs: number): Sent[] => {
    const list = sent.slice(counted).filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    counted = sent.length
    return list
  }

  it('has a first month with two rates, to the cent of a plain calculation', async () => {
    const commands: object[] = []
    const startMs = at('2026-08-31T22:00:00Z')
    for (let number = 0; number < 120; number++) {
      const end = (['lost', 'won', 'lost', 'bonus', 'rolled back', 'won'] as const)[number % 6] ?? 'lost'
      const atMs = startMs + number * 21_570_000 + (number % 7) * 977
      commands.push(...round(atMs, BigInt(100_003 + number * 7_919), end, BigInt(31_337 + number * 4_001)))
    }
    commands.push(adjust(at('2026-09-16T21:59:59.999Z'), 'DEBIT', 50_005n))
    commands.push(adjust(at('2026-09-16T22:00:00.000Z'), 'CREDIT', 20_002n))
    await play(commands)
    september = await draft('2026-09-01', '2026-10-01')
    const figures = expected(since(startMs, at('2026-09-30T22:00:00Z')), 0n, 333n)
    await expectLines(september.id, figures, 0n)
    expect(september).toMatchObject({ late_entries: 0, previous_id: null, version: 2 })
    await expectVerified(september.id)
  })

  it('is paid once it is confirmed, by one transaction on its account', async () => {
    expect(codeOf(await request('POST', `/settlements/${september.id}/confirm`, {}, headers))).toBe(
      'FORBIDDEN',
    )
    expect(codeOf(await request('POST', `/settlements/${september.id}/pay`, {}, asAdmin))).toBe(
      'SETTLEMENT_TRANSITION_ILLEGAL',
    )
    const wrong = await request(
      'POST',
      `/settlements/${september.id}/confirm`,
      { expected_version: 1 },
      asAdmin,
    )
    expect(codeOf(wrong)).toBe('VERSION_CONFLICT')
    expect((await confirm(september.id)).status).toBe(200)
    expect(codeOf(await confirm(september.id))).toBe('SETTLEMENT_TRANSITION_ILLEGAL')
    const wallet = z.looseObject({ balance: amountText, version: z.number() })
    const account = await eventually(async () => {
      const path = `/wallet/${PARTNER_ACCOUNT}?currency=EUR`
      const answer = await request('GET', path, undefined, headers)
      return answer.status === 200 ? bodyOf(wallet, answer) : undefined
    })
    expect(account).toMatchObject({ balance: september.net_payable, version: 1 })
    const paid = await request(
      'POST',
      `/settlements/${september.id}/pay`,
      { payment_reference: '=SEPA-1' },
      asAdmin,
    )
    expect(paid.status).toBe(200)
    const settled = await eventually(async () => {
      const found = await runOf(september.id)
      return found.status === 'PAID' ? found : undefined
    })
    expect(settled.hash).toBe(september.hash)
    const transaction = `/transactions/${settled.commission_id}`
    expect((await request('GET', transaction, undefined, headers)).text).toContain('"COMMISSION"')
  })

  it('has what came late in its next month, by its id and at the rate of its own day, and a loss', async () => {
    const late = [
      ...round(at('2026-09-10T12:00:00Z'), 77_777n, 'lost'),
      ...round(at('2026-09-30T21:59:59.999Z'), 5n, 'lost'),
    ]
    const own = round(at('2026-10-25T00:30:00Z'), 10_000n, 'won', 90_000_000n)
    await play([...late, ...own])
    october = await draft('2026-10-01', '2026-11-01')
    const figures = expected(since(0, at('2026-10-31T23:00:00Z')), 0n, 333n)
    expect(figures.result).toBeLessThan(0n)
    await expectLines(october.id, figures, 0n)
    expect(october).toMatchObject({ late_entries: 2, previous_id: september.id, net_payable: '0' })
    const path = `/settlements/${october.id}/late-entries`
    const first = bodyOf(lateAnswer, await request('GET', `${path}?limit=1`, undefined, headers))
    const second = bodyOf(
      lateAnswer,
      await request('GET', `${path}?limit=1&cursor=${first.next_cursor}`, undefined, headers),
    )
    expect([first, second].map(({ data }) => data.map(({ type }) => type))).toEqual([['BET'], ['BET']])
    expect(second.next_cursor).toBeNull()
    await expectVerified(october.id)
    // The first run is what it was, though the log has more by now.
    await expectVerified(september.id)
  })

  it('carries the loss to the run after', async () => {
    expect((await confirm(october.id)).status).toBe(200)
    await play(round(at('2026-11-03T12:00:00Z'), 20_000_000n, 'lost'))
    const november = await draft('2026-11-01', '2026-11-15')
    const carried = BigInt(Math.round(Number(october.carried_forward) * 10_000))
    expect(carried).toBeLessThan(0n)
    const figures = expected(since(0, at('2026-11-14T23:00:00Z')), carried, 333n)
    await expectLines(november.id, figures, carried)
    await expectVerified(november.id)
    expect((await request('POST', `/settlements/${november.id}/cancel`, {}, headers)).status).toBe(200)
  })

  it('is asked for nothing that is settled, in the future, or no period', async () => {
    const ask = (from: string, to: string, more: object = {}) =>
      request('POST', '/settlements', { currency: 'EUR', from, to, ...more }, headers).then(codeOf)
    expect(await ask('2026-10-01', '2026-11-01')).toBe('SETTLEMENT_PERIOD_OVERLAPS')
    expect(await ask('2026-11-02', '2026-11-03')).toBe('SETTLEMENT_PERIOD_GAP')
    expect(await ask('2026-11-01', '2026-11-01')).toBe('SETTLEMENT_PERIOD_INVALID')
    expect(await ask('2026-11-01', '2027-01-01')).toBe('SETTLEMENT_PERIOD_INVALID')
    expect(await ask('2026-02-30', '2026-03-01')).toBe('VALIDATION_FAILED')
    expect(await ask('2026-11-01', '2026-11-02', { partner_id: randomUUID() })).toBe('FORBIDDEN')
    const nobody = { currency: 'EUR', from: '2026-10-01', to: '2026-11-01', partner_id: randomUUID() }
    expect(codeOf(await request('POST', '/settlements', nobody, asAdmin))).toBe('SETTLEMENT_TERMS_NOT_FOUND')
  })

  it('has its lines as CSV and its statement as a page', async () => {
    const csv = await request('GET', `/settlements/${september.id}/lines.csv`, undefined, headers)
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(csv.text).toMatch(/^code,label,kind,basis,rate,amount\r\n/)
    expect(csv.text).toContain('FEE_TAX,Gaming tax,PAYABLE')
    const page = await request('GET', `/settlements/${september.id}/statement`, undefined, headers)
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(page.text).toContain('Settled &lt;Casino&gt; &amp; Sons')
    expect(page.text).toContain(september.hash)
  })

  it('finds its own settlements alone, page by page', async () => {
    const list = z.object({ data: z.array(runAnswer), next_cursor: z.string().nullable() })
    const page = bodyOf(list, await request('GET', '/settlements?limit=2', undefined, headers))
    const rest = bodyOf(
      list,
      await request('GET', `/settlements?cursor=${page.next_cursor}`, undefined, headers),
    )
    expect([...page.data, ...rest.data].map(({ status }) => status)).toEqual([
      'CANCELED',
      'CONFIRMED',
      'PAID',
    ])
    const other = await request('GET', `/settlements?partner_id=${randomUUID()}`, undefined, headers)
    expect(codeOf(other)).toBe('FORBIDDEN')
    expect(codeOf(await request('GET', `/settlements/${randomUUID()}`, undefined, headers))).toBe(
      'SETTLEMENT_NOT_FOUND',
    )
  })

  it('is settled by itself where its terms say so', async () => {
    const terms = { time_zone: ZONE, schedule: 'MONTHLY', schedule_from: '2026-10-01', currencies: ['USD'] }
    await request('PUT', `/partners/${partnerId}/settlement-terms`, terms, asAdmin)
    const list = z.object({ data: z.array(z.looseObject({ ...runAnswer.shape, requested_by: z.null() })) })
    const scheduled = await eventually(async () => {
      const { data } = bodyOf(list, await request('GET', '/settlements?currency=USD', undefined, headers))
      return data.find(({ status }) => status === 'DRAFT')
    })
    expect(scheduled).toMatchObject({ period_from: '2026-10-01', period_to: '2026-11-01', net_payable: '0' })
    await expectVerified(scheduled.id)
  })

  it('is told where a run is not what the log says', async () => {
    await expect(verifySettlement(randomUUID(), false)).rejects.toThrow('there is no settlement')
    expect((await verifySettlement(september.id, false)).differences).toEqual([])
  })
})

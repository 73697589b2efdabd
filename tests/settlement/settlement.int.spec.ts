/**
 * A partner is settled on the running system: two months and a part of a third, a rate that changes amid the first, entries that come
 * late, a loss that is carried on. Every figure is held against plain loops over what was sent, and every run against the log.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { asAdmin, bodyOf, codeOf, eventually, newId, request } from '../../api/testing/live.ts'
import { run } from '../../cli/main.ts'
import { verifySettlement } from '../../cli/settlement/verify.ts'
import { PARTNER_ACCOUNT } from '../../domain/ids.ts'
import { amountText, expectLines, openDesk, runAnswer, unitsOf } from './desk.ts'
import type { Desk, RunAnswer, Terms } from './desk.ts'
import { expected } from './plain.ts'
import type { Contract } from './plain.ts'

const TERMS: Terms = {
  name: 'Settled <Casino> & Sons',
  zone: 'Europe/Berlin',
  currency: 'EUR',
  rates: [
    [1_000n, '2026-01-01T00:00:00Z'],
    [2_500n, '2026-09-16T10:00:00Z'],
  ],
  taxRate: 0.0333,
}
/** The same as the plain calculation reads it: the new rate came into force amid the 16th, and so holds from the 17th on. */
const CONTRACT: Contract = {
  zone: TERMS.zone,
  rates: [
    ['2026-01-01', 1_000n],
    ['2026-09-17', 2_500n],
  ],
  taxRate: 333n,
}
const player = newId('player')
let desk: Desk

const lateAnswer = z.object({
  data: z.array(z.looseObject({ transaction_id: z.string(), type: z.string() })),
  next_cursor: z.string().nullable(),
})

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

beforeAll(async () => {
  desk = await openDesk(TERMS)
  await desk.deposit(player)
})
afterAll(async () => {
  await request(
    'PUT',
    `/partners/${desk.partnerId}/settlement-terms`,
    { time_zone: TERMS.zone, schedule: 'NONE', currencies: [] },
    asAdmin,
  )
})

const at = (text: string): number => Date.parse(text)

describe('a partner that is settled', () => {
  let september: RunAnswer
  let october: RunAnswer

  it('has a first month with two rates, to the cent of a plain calculation', async () => {
    const commands: object[] = []
    const startMs = at('2026-08-31T22:00:00Z')
    for (let number = 0; number < 120; number++) {
      const end = (['lost', 'won', 'lost', 'bonus', 'rolled back', 'won'] as const)[number % 6] ?? 'lost'
      const atMs = startMs + number * 21_570_000 + (number % 7) * 977
      commands.push(
        ...desk.round(atMs, BigInt(100_003 + number * 7_919), end, BigInt(31_337 + number * 4_001)),
      )
    }
    commands.push(desk.adjust(at('2026-09-16T21:59:59.999Z'), 'DEBIT', 50_005n))
    commands.push(desk.adjust(at('2026-09-16T22:00:00.000Z'), 'CREDIT', 20_002n))
    await desk.play(player, commands)
    september = await desk.draft('2026-09-01', '2026-10-01')
    const figures = expected(desk.covered(at('2026-09-30T22:00:00Z'), startMs), 0n, CONTRACT)
    await expectLines(desk, september.id, figures, 0n)
    expect(september).toMatchObject({ late_entries: 0, previous_id: null, version: 2 })
    await expectVerified(september.id)
  })

  it('is paid once it is confirmed, by one transaction on its account', async () => {
    expect(codeOf(await request('POST', `/settlements/${september.id}/confirm`, {}, desk.headers))).toBe(
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
    expect((await desk.confirm(september.id)).status).toBe(200)
    expect(codeOf(await desk.confirm(september.id))).toBe('SETTLEMENT_TRANSITION_ILLEGAL')
    const wallet = z.looseObject({ balance: amountText, version: z.number() })
    const account = await eventually(async () => {
      const path = `/wallet/${PARTNER_ACCOUNT}?currency=EUR`
      const answer = await request('GET', path, undefined, desk.headers)
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
      const found = await desk.runOf(september.id)
      return found.status === 'PAID' ? found : undefined
    })
    expect(settled.hash).toBe(september.hash)
    const transaction = `/transactions/${settled.commission_id}`
    expect((await request('GET', transaction, undefined, desk.headers)).text).toContain('"COMMISSION"')
  })

  it('has what came late in its next month, by its id and at the rate of its own day, and a loss', async () => {
    const late = [
      ...desk.round(at('2026-09-10T12:00:00Z'), 77_777n, 'lost'),
      ...desk.round(at('2026-09-30T21:59:59.999Z'), 5n, 'lost'),
    ]
    const own = desk.round(at('2026-10-25T00:30:00Z'), 10_000n, 'won', 90_000_000n)
    await desk.play(player, [...late, ...own])
    october = await desk.draft('2026-10-01', '2026-11-01')
    const figures = expected(desk.covered(at('2026-10-31T23:00:00Z')), 0n, CONTRACT)
    expect(figures.result).toBeLessThan(0n)
    await expectLines(desk, october.id, figures, 0n)
    expect(october).toMatchObject({ late_entries: 2, previous_id: september.id, net_payable: '0' })
    const path = `/settlements/${october.id}/late-entries`
    const first = bodyOf(lateAnswer, await request('GET', `${path}?limit=1`, undefined, desk.headers))
    const second = bodyOf(
      lateAnswer,
      await request('GET', `${path}?limit=1&cursor=${first.next_cursor}`, undefined, desk.headers),
    )
    expect([first, second].map(({ data }) => data.map(({ type }) => type))).toEqual([['BET'], ['BET']])
    expect(second.next_cursor).toBeNull()
    const csv = await request('GET', `${path}.csv`, undefined, desk.headers)
    expect(csv.headers.get('content-disposition')).toContain('late-entries-2026-10-01-2026-11-01-EUR.csv')
    const inBoth = [first, second].flatMap(({ data }) => data.map(({ transaction_id: id }) => id))
    const rows = csv.text.trimEnd().split('\r\n')
    expect(rows).toHaveLength(3)
    // Neighbours in the log may lie in two partitions, whose order is not that of time.
    expect(rows.slice(1).map((row) => row.split(',')[0])).toEqual(inBoth)
    const withoutIds = rows.slice(1).map((row) => row.replace(/^[^,]+,/, ''))
    expect(withoutIds.toSorted()).toEqual([
      expect.stringMatching(/^BET,2026-09-10T12:00:00.000Z,HOUSE,7.7777,\d+,\d+$/),
      expect.stringMatching(/^BET,2026-09-30T21:59:59.999Z,HOUSE,0.0005,\d+,\d+$/),
    ])
    await expectVerified(october.id)
    // The first run is what it was, though the log has more by now.
    await expectVerified(september.id)
  })

  it('carries the loss to the run after', async () => {
    expect((await desk.confirm(october.id)).status).toBe(200)
    await desk.play(player, desk.round(at('2026-11-03T12:00:00Z'), 20_000_000n, 'lost'))
    const november = await desk.draft('2026-11-01', '2026-11-15')
    const carried = unitsOf(october.carried_forward)
    expect(carried).toBeLessThan(0n)
    const figures = expected(desk.covered(at('2026-11-14T23:00:00Z')), carried, CONTRACT)
    await expectLines(desk, november.id, figures, carried)
    await expectVerified(november.id)
    expect((await request('POST', `/settlements/${november.id}/cancel`, {}, desk.headers)).status).toBe(200)
  })

  it('is asked for nothing that is settled, in the future, or no period', async () => {
    const ask = (from: string, to: string, more: object = {}) =>
      request('POST', '/settlements', { currency: 'EUR', from, to, ...more }, desk.headers).then(codeOf)
    expect(await ask('2026-10-01', '2026-11-01')).toBe('SETTLEMENT_PERIOD_OVERLAPS')
    expect(await ask('2026-11-02', '2026-11-03')).toBe('SETTLEMENT_PERIOD_GAP')
    expect(await ask('2026-11-01', '2026-11-01')).toBe('SETTLEMENT_PERIOD_INVALID')
    expect(await ask('2026-11-01', '2027-01-01')).toBe('SETTLEMENT_PERIOD_INVALID')
    expect(await ask('2026-02-30', '2026-03-01')).toBe('VALIDATION_FAILED')
    expect(await ask('2026-11-01', '2026-11-02', { partner_id: randomUUID() })).toBe('FORBIDDEN')
    // A line is of one currency, and of one that there is.
    for (const currency of [['EUR', 'USD'], 'EUR,USD', 'eur', 'XXX', null]) {
      const mixed = await ask('2026-11-01', '2026-11-15', { currency })
      expect(mixed, String(currency)).toBe('VALIDATION_FAILED')
    }
    const nobody = { currency: 'EUR', from: '2026-10-01', to: '2026-11-01', partner_id: randomUUID() }
    expect(codeOf(await request('POST', '/settlements', nobody, asAdmin))).toBe('SETTLEMENT_TERMS_NOT_FOUND')
    const terms = { time_zone: TERMS.zone, schedule: 'NONE', currencies: ['EUR'] }
    const putFor = (id: string, more: object = {}) =>
      request('PUT', `/partners/${id}/settlement-terms`, { ...terms, ...more }, asAdmin).then(codeOf)
    expect(await putFor(randomUUID())).toBe('PARTNER_NOT_FOUND')
    expect(await putFor(desk.partnerId, { time_zone: 'Mars/Olympus' })).toBe('VALIDATION_FAILED')
    expect(await putFor(desk.partnerId, { expected_version: 7 })).toBe('VERSION_CONFLICT')
  })

  it('has its lines as CSV and its statement as a page', async () => {
    const csv = await request('GET', `/settlements/${september.id}/lines.csv`, undefined, desk.headers)
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(csv.text).toMatch(/^code,label,kind,basis,rate,amount\r\n/)
    expect(csv.text).toContain('FEE_TAX,Gaming tax,PAYABLE')
    const page = await request('GET', `/settlements/${september.id}/statement`, undefined, desk.headers)
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    expect(page.text).toContain('Settled &lt;Casino&gt; &amp; Sons')
    expect(page.text).toContain(september.hash)
  })

  it('finds its own settlements alone, page by page', async () => {
    const list = z.object({ data: z.array(runAnswer), next_cursor: z.string().nullable() })
    const page = bodyOf(list, await request('GET', '/settlements?limit=2', undefined, desk.headers))
    const rest = bodyOf(
      list,
      await request('GET', `/settlements?cursor=${page.next_cursor}`, undefined, desk.headers),
    )
    expect([...page.data, ...rest.data].map(({ status }) => status)).toEqual([
      'CANCELED',
      'CONFIRMED',
      'PAID',
    ])
    const csv = await request('GET', '/settlements.csv', undefined, desk.headers)
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/)
    expect(csv.text.trimEnd().split('\r\n')).toEqual([
      expect.stringMatching(/^id,partner_id,currency,status,period_from,period_to,/),
      ...[...page.data, ...rest.data].map(({ id, status }) =>
        expect.stringContaining(`${id},${desk.partnerId},EUR,${status},2026-`),
      ),
    ])
    const paid = await request('GET', '/settlements.csv?status=PAID', undefined, desk.headers)
    expect(paid.text.trimEnd().split('\r\n')).toHaveLength(2)
    for (const path of ['/settlements', '/settlements.csv']) {
      const other = await request('GET', `${path}?partner_id=${randomUUID()}`, undefined, desk.headers)
      expect(codeOf(other)).toBe('FORBIDDEN')
    }
    expect(codeOf(await request('GET', `/settlements/${randomUUID()}`, undefined, desk.headers))).toBe(
      'SETTLEMENT_NOT_FOUND',
    )
  })

  it('is settled once for a period, of whatever many drafts', async () => {
    // More than the loss that is carried over.
    await desk.play(player, desk.round(at('2026-11-04T12:00:00Z'), 400_000_000n, 'lost'))
    const drafts = await Promise.all([1, 2].map(() => desk.draft('2026-11-01', '2026-11-08')))
    const answers = await Promise.all(drafts.map(({ id }) => desk.confirm(id)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const refused = answers.find(({ status }) => status === 409)
    expect(refused === undefined ? undefined : codeOf(refused)).toBe('SETTLEMENT_PERIOD_OVERLAPS')
    const confirmed = await eventually(async () => {
      const runs = await Promise.all(drafts.map(({ id }) => desk.runOf(id)))
      return runs.find(({ status }) => status === 'CONFIRMED')
    })
    const account = `/wallet/${PARTNER_ACCOUNT}/transactions?currency=EUR`
    await eventually(async () => {
      const { text } = await request('GET', account, undefined, desk.headers)
      return text.includes(`settlement/${confirmed.id}`) ? true : undefined
    })
    const { text } = await request('GET', account, undefined, desk.headers)
    for (const { id } of drafts) expect(text.includes(`settlement/${id}`)).toBe(id === confirmed.id)
  })

  it('is settled by itself where its terms say so', async () => {
    const terms = {
      time_zone: TERMS.zone,
      schedule: 'MONTHLY',
      schedule_from: '2026-10-01',
      currencies: ['USD'],
    }
    await request('PUT', `/partners/${desk.partnerId}/settlement-terms`, terms, asAdmin)
    const list = z.object({ data: z.array(z.looseObject({ ...runAnswer.shape, requested_by: z.null() })) })
    const scheduled = await eventually(async () => {
      const { data } = bodyOf(
        list,
        await request('GET', '/settlements?currency=USD', undefined, desk.headers),
      )
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

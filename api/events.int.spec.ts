/** The event feed on the running system: read by small pages while bets go on, across a restart, by type, and by its webhook. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { API_START_MS, startApi } from '../tests/support/api-instance.ts'
import { waitFor } from '../tests/support/wait.ts'
import { ISSUABLE_SCOPES } from './access/principal.ts'
import { eventsAnswer } from './schemas/events.ts'
import { asAdmin, bodyOf, codeOf, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

type Page = z.output<typeof eventsAnswer>
type Event = Page['data'][number]

const issued = z.object({ key: z.string() })
const moved = z.object({ transaction_id: z.string() })

let partnerId: string
let headers: object
beforeEach(async () => {
  partnerId = randomUUID()
  const partner = { id: partnerId, name: newId('Casino'), type: 'operator' }
  await request('POST', '/partners', partner, asAdmin)
  const key = { scopes: ISSUABLE_SCOPES }
  headers = {
    'x-api-key': bodyOf(issued, await request('POST', `/partners/${partnerId}/api-keys`, key, asAdmin)).key,
  }
})

const ask = (query: string, base = ''): Promise<Answer> =>
  request('GET', `${base}/events?${query}`, undefined, headers)

async function pageAt(cursor: string | undefined, query = 'limit=3', base = ''): Promise<Page> {
  const answer = await ask(cursor === undefined ? query : `${query}&cursor=${cursor}`, base)
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  return bodyOf(eventsAnswer, answer)
}

/** Reads on from a cursor until so many events have come. */
async function readOn(
  count: number,
  from: { cursor?: string | undefined; query?: string; base?: string } = {},
): Promise<{ events: Event[]; cursor: string }> {
  const events: Event[] = []
  let { cursor } = from
  await waitFor(
    async () => {
      const page = await pageAt(cursor, from.query, from.base)
      cursor = page.next_cursor
      events.push(...page.data)
      return events.length >= count
    },
    { timeoutMs: 50_000, what: `${count} events` },
  )
  return { events, cursor: cursor ?? '' }
}

/** Asks again where the outcome is not known, as a caller would. */
async function move(player: string, kind: string, fields: object = {}): Promise<string> {
  const body = { amount: 1, currency: 'USD', transaction_id_partner: newId(kind), ...fields }
  const answer = await waitFor(async () => {
    const got = await request('POST', `/wallet/${player}/${kind}`, body, headers)
    return got.status === 200 ? got : undefined
  })
  return bodyOf(moved, answer).transaction_id
}
const bet = (player: string): Promise<string> =>
  move(player, 'bet', { game_id: 'slots', round_id: newId('round') })

const idsOf = (events: readonly Event[]): string[] => events.map(({ data }) => data.id)

describe('the feed', () => {
  it('has every event once, and a player’s in their order, read by small pages while bets go on', async () => {
    const players = Array.from({ length: 8 }, () => newId('player'))
    const made = new Map<string, string[]>()
    const play = async (player: string): Promise<void> => {
      const ids = [await move(player, 'deposit', { amount: 100 })]
      made.set(player, ids)
      for (let round = 0; round < 12; round++) ids.push(await bet(player))
    }
    const [, { events, cursor }] = await Promise.all([
      Promise.all(players.map(play)),
      readOn(players.length * 13, { query: 'limit=2&wait_ms=200' }),
    ])
    for (const player of players)
      expect(idsOf(events.filter(({ data }) => data.player_id === player))).toEqual(made.get(player))
    expect(new Set(idsOf(events)).size).toBe(events.length)
    expect(events).toHaveLength(players.length * 13)
    expect(await pageAt(cursor)).toMatchObject({ data: [], has_more: false })
    // The same by one large page, from the beginning.
    const whole = await pageAt(undefined, 'limit=500')
    expect(new Set(idsOf(whole.data))).toEqual(new Set(idsOf(events)))
    expect(whole.has_more).toBe(false)
  })

  it(
    'goes on from a cursor at another instance, and after that one’s restart',
    async () => {
      const player = newId('player')
      const ids = [await move(player, 'deposit', { amount: 100 })]
      const first = await readOn(1)
      const seen = [...first.events]
      let { cursor } = first
      for (let start = 0; start < 2; start++) {
        ids.push(await bet(player), await bet(player))
        const { url, stop } = await startApi()
        const known = async (): Promise<boolean> => (await ask('limit=1', url)).status === 200
        await waitFor(known, { what: 'the key at the instance' })
        const next = await readOn(2, { cursor, base: url })
        await stop()
        seen.push(...next.events)
        cursor = next.cursor
      }
      expect(idsOf(seen)).toEqual(ids)
    },
    API_START_MS * 3,
  )

  it('tells the steps of a withdrawal apart by type', async () => {
    const player = newId('player')
    await move(player, 'deposit', { amount: 100 })
    const id = await move(player, 'withdrawal', { amount: 40 })
    for (const step of ['approve', 'complete'])
      await waitFor(
        async () => (await request('POST', `/withdrawals/${id}/${step}`, {}, headers)).status === 200,
      )
    const { events } = await readOn(4)
    expect(events.map(({ type, data }) => [type, data.type, data.status])).toEqual([
      ['transaction.created', 'DEPOSIT', 'COMPLETED'],
      ['transaction.created', 'WITHDRAWAL', 'PENDING'],
      ['transaction.updated', 'WITHDRAWAL', 'PROCESSING'],
      ['transaction.updated', 'WITHDRAWAL', 'COMPLETED'],
    ])
    const updates = await pageAt(undefined, 'types=transaction.updated')
    expect(updates).toMatchObject({ data: events.slice(2), has_more: false })
    const both = await pageAt(undefined, 'limit=9&types=transaction.updated,transaction.created')
    expect(both.data).toEqual(events)
    const wrong = await ask('types=transaction.updated,nonsense')
    expect([wrong.status, codeOf(wrong)]).toEqual([400, 'VALIDATION_FAILED'])
  })

  it('lets a call wait for the next event', async () => {
    await move(newId('player'), 'deposit')
    const { cursor } = await readOn(1)
    const waiting = pageAt(cursor, 'wait_ms=10000')
    const id = await move(newId('player'), 'deposit')
    expect(idsOf((await waiting).data)).toEqual([id])
  })
})

describe('a cursor', () => {
  it('that was not given out, or not to this partner, is refused', async () => {
    const own = headers
    const { next_cursor: cursor } = await pageAt(undefined)
    const texts = ['x', `${cursor}A`, `A${cursor.slice(1)}`, 'x'.repeat(8_001)]
    const stranger = { scopes: ISSUABLE_SCOPES }
    const otherId = randomUUID()
    await request('POST', '/partners', { id: otherId, name: newId('Other'), type: 'operator' }, asAdmin)
    const { key } = bodyOf(issued, await request('POST', `/partners/${otherId}/api-keys`, stranger, asAdmin))
    for (const [text, by] of [
      ...texts.map((each) => [each, own] as const),
      [cursor, { 'x-api-key': key }] as const,
    ]) {
      const answer = await request('GET', `/events?cursor=${text}`, undefined, by)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED'])
    }
  })
})

describe('an event', () => {
  const received: string[] = []
  const receiver = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      received.push(Buffer.concat(chunks).toString())
      response.end()
    })
  })
  beforeAll(() => new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve)))
  afterAll(() => {
    receiver.closeAllConnections()
    receiver.close()
  })

  it('is to the byte what a webhook endpoint is sent, back-dated or not', async () => {
    const { port } = receiver.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/`
    expect((await request('POST', `/partners/${partnerId}/webhooks`, { url }, headers)).status).toBe(201)
    const player = newId('player')
    const metadata = { exact: 1.5, 'quo"te': '€' }
    await move(player, 'deposit', { amount: '10.0001', metadata })
    await move(player, 'deposit', { amount: 1, created_at: '2024-02-29T00:00:00Z' })
    await readOn(2)
    await waitFor(() => received.length >= 2, { what: 'the webhooks' })
    const { text } = await ask('')
    expect(text.startsWith(`{"data":[${received.slice(0, 2).join(',')}],"next_cursor":"`)).toBe(true)
    expect(text).toContain('"created_at":"2024-02-29T00:00:00.000Z"')
  })
})

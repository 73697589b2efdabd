/** From a call of the wallet to a call of the partner's endpoint: API, Kafka, wallet, sink-webhooks, and back. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ISSUABLE_SCOPES } from './access/principal.ts'
import { deliveryAnswer, newWebhookAnswer, webhookAnswer } from './schemas/webhooks.ts'
import { asAdmin, bodyOf, codeOf, eventually, newId, request } from './testing/live.ts'

interface Received {
  path: string
  headers: IncomingHttpHeaders
  text: string
}

const issued = z.object({ key: z.string() })
const page = z.object({ data: z.array(webhookAnswer) })
const auditEntry = z.object({ action: z.string(), actor_key_id: z.string(), after: z.json() })
const audit = z.object({ data: z.array(auditEntry) })
const deliveries = z.object({ data: z.array(deliveryAnswer), next_cursor: z.string().nullable() })
const replayed = z.object({ replayed: z.number(), next_from: z.string().nullable() })
const moved = z.object({ transaction_id: z.string() })

const received: Received[] = []
/** What the receiver answers, by path. */
const answers = new Map<string, number>()
const receiver = createServer((incoming, response) => {
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  incoming.on('end', () => {
    const { url: path = '', headers } = incoming
    received.push({ path, headers, text: Buffer.concat(chunks).toString() })
    response.statusCode = answers.get(path) ?? 204
    response.end()
  })
})

let partnerId: string
let asPartner: object
let origin: string
let path: string
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
})
afterAll(() => {
  receiver.closeAllConnections()
  receiver.close()
})
beforeEach(async () => {
  partnerId = randomUUID()
  path = `/partners/${partnerId}/webhooks`
  const partner = { id: partnerId, name: newId('Casino'), type: 'operator' }
  await request('POST', '/partners', partner, asAdmin)
  const key = { scopes: ISSUABLE_SCOPES }
  const answer = await request('POST', `/partners/${partnerId}/api-keys`, key, asAdmin)
  asPartner = { 'x-api-key': bodyOf(issued, answer).key }
})

async function newWebhook(at: string, change: object = {}): Promise<z.output<typeof newWebhookAnswer>> {
  const answer = await request('POST', path, { url: origin + at, ...change }, asPartner)
  return bodyOf(newWebhookAnswer, answer)
}

async function deposit(player: string, amount: string): Promise<string> {
  const body = { amount, currency: 'USD', transaction_id_partner: newId('dep') }
  return bodyOf(moved, await request('POST', `/wallet/${player}/deposit`, body, asPartner)).transaction_id
}

const callsTo = (at: string): Received[] => received.filter((call) => call.path === at)
const untilCalled = (at: string, count: number): Promise<Received[]> =>
  eventually(() => {
    const calls = callsTo(at)
    return Promise.resolve(calls.length >= count ? calls : undefined)
  })

describe('an event', () => {
  it('is told at once to an endpoint that has just been created, signed with the secret of the answer', async () => {
    const at = `/${randomUUID()}`
    const { secret, id } = await newWebhook(at)
    const player = newId('player')
    const transactions = [await deposit(player, '10.0001'), await deposit(player, '5')]
    const calls = await untilCalled(at, 2)
    for (const [nth, { headers, text }] of calls.entries()) {
      const entries = Object.entries(headers).map(([name, value]) => [name, String(value)])
      const body = new Verifier(secret).verify(text, Object.fromEntries(entries))
      expect(body).toMatchObject({
        type: 'transaction.created',
        data: { id: transactions[nth], player_id: player, partner_id: partnerId },
      })
    }
    expect(calls[0]?.text).toContain('"amount":10.0001,')
    expect(id).not.toBe(calls[0]?.headers['webhook-id'])
  })

  it('is told to nobody whose types it is not of, nor to another partner', async () => {
    const [all, updates, other] = [`/${randomUUID()}`, `/${randomUUID()}`, `/${randomUUID()}`]
    await newWebhook(all)
    await newWebhook(updates, { event_types: ['transaction.updated'] })
    const otherId = randomUUID()
    await request('POST', '/partners', { id: otherId, name: newId('Other'), type: 'operator' }, asAdmin)
    await request('POST', `/partners/${otherId}/webhooks`, { url: origin + other }, asAdmin)
    await deposit(newId('player'), '1')
    await untilCalled(all, 1)
    expect([callsTo(updates), callsTo(other)]).toEqual([[], []])
  })
})

describe('an endpoint that is gone', () => {
  it('is disabled, with an entry in the audit trail, and sent what waited when it is active again', async () => {
    const at = `/${randomUUID()}`
    answers.set(at, 410)
    const { id } = await newWebhook(at)
    await deposit(newId('player'), '1')
    const disabled = await eventually(async () => {
      const { data } = bodyOf(page, await request('GET', path, undefined, asPartner))
      return data.find(({ status }) => status === 'disabled')
    })
    expect(disabled).toMatchObject({ id, disabled_reason: 'ENDPOINT_GONE', version: 2 })
    const actor = await eventually(async () => {
      const answer = await request('GET', `/audit?subject_id=${id}`, undefined, asAdmin)
      return bodyOf(audit, answer).data.find(({ action }) => action === 'UPDATE_WEBHOOK')?.actor_key_id
    })
    expect(actor).toBe('sink-webhooks')
    expect(callsTo(at)).toHaveLength(1)
    answers.set(at, 204)
    await request('PATCH', `${path}/${id}`, { status: 'active' }, asPartner)
    const calls = await untilCalled(at, 2)
    expect(new Set(calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })
})

describe('deliveries', () => {
  const idsOf = (calls: readonly Received[]): string[] =>
    calls.map(({ headers }) => String(headers['webhook-id']))

  it('are listed page by page and by status, sent again one by one, and replayed in their order', async () => {
    const at = `/${randomUUID()}`
    const { id } = await newWebhook(at)
    const player = newId('player')
    const startedAt = new Date().toISOString()
    for (let nth = 1; nth <= 3; nth++) await deposit(player, '1')
    const order = idsOf(await untilCalled(at, 3))
    const list = async (query: string): Promise<z.output<typeof deliveries>> =>
      bodyOf(deliveries, await request('GET', `${path}/${id}/deliveries?${query}`, undefined, asPartner))
    await eventually(async () => {
      const { data } = await list('status=delivered')
      return data.length === 3 ? data : undefined
    })
    const first = await list('limit=2')
    const rest = await list(`limit=2&cursor=${first.next_cursor}`)
    expect([...first.data, ...rest.data].map((delivery) => delivery.id)).toEqual(order.toReversed())
    expect([rest.next_cursor, (await list('status=dead')).data]).toEqual([null, []])

    const [, second = ''] = order
    const resent = await request('POST', `${path}/${id}/deliveries/${second}/resend`, undefined, asPartner)
    expect([resent.status, bodyOf(deliveryAnswer, resent).status]).toEqual([202, 'pending'])
    expect(idsOf(await untilCalled(at, 4)).at(-1)).toBe(second)

    const answer = await request('POST', `${path}/${id}/replay`, { from: startedAt }, asPartner)
    expect([answer.status, bodyOf(replayed, answer)]).toEqual([202, { replayed: 3, next_from: null }])
    expect(idsOf(await untilCalled(at, 7)).slice(4)).toEqual(order)
    const later = { from: new Date(Date.now() + 60_000).toISOString() }
    const none = await request('POST', `${path}/${id}/replay`, later, asPartner)
    expect(bodyOf(replayed, none)).toEqual({ replayed: 0, next_from: null })

    const entries = await eventually(async () => {
      const trail = await request('GET', `/audit?subject_id=${id}`, undefined, asPartner)
      const { data } = bodyOf(audit, trail)
      return data.length === 4 ? data : undefined
    })
    expect(entries.map(({ action, after }) => [action, after])).toEqual([
      ['REPLAY_DELIVERIES', { replay_from: later.from }],
      ['REPLAY_DELIVERIES', { replay_from: startedAt }],
      ['RESEND_DELIVERY', { delivery_id: second }],
      ['CREATE_WEBHOOK', expect.objectContaining({ webhook_id: id })],
    ])
    expect(new Set(entries.map(({ actor_key_id: who }) => who)).size).toBe(1)
  })

  it('that are not there, or of another endpoint, are not sent again', async () => {
    const at = `/${randomUUID()}`
    const one = await newWebhook(at)
    const other = await newWebhook(`/${randomUUID()}`)
    await deposit(newId('player'), '1')
    const [delivery] = idsOf(await untilCalled(at, 1))
    const resend = (webhook: string, which?: string) =>
      request('POST', `${path}/${webhook}/deliveries/${which}/resend`, undefined, asPartner)
    expect(codeOf(await resend(other.id, delivery))).toBe('NOT_FOUND')
    expect(codeOf(await resend(one.id, randomUUID()))).toBe('NOT_FOUND')
    expect(codeOf(await resend(randomUUID(), delivery))).toBe('WEBHOOK_NOT_FOUND')
    const bad = await request('POST', `${path}/${one.id}/replay`, { from: 'yesterday' }, asPartner)
    expect([bad.status, codeOf(bad)]).toEqual([400, 'VALIDATION_FAILED'])
  })
})

/** Walks every route of the OpenAPI document with the key of another partner: nothing of the first one's may show. */
import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { required } from '../tests/support/environment.ts'
import { ISSUABLE_SCOPES } from './access/principal.ts'
import { asAdmin, bodyOf, eventually, get, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

const openApi = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        security: z.array(z.unknown()).optional(),
        requestBody: z
          .object({ content: z.object({ 'application/json': z.object({ example: z.unknown() }) }) })
          .optional(),
      }),
    ),
  ),
})

const created = z.object({ id: z.string() })
const issued = z.object({ id: z.string(), key: z.string() })
const hooked = z.object({ id: z.string() })
const moved = z.object({ transaction_id: z.string() })
const launched = z.object({ session_id: z.string() })

/** A game provider, which no partner may see. */
const PROVIDER_ID = `secret-${randomUUID()}`

/** A web address that occurs nowhere else. */
const WEBHOOK_URL = `https://secret-${randomUUID()}.example/`

/** An amount that occurs nowhere else. */
const BALANCE = '7771234.5678'
const DAY_MS = 86_400_000

interface Partner {
  id: string
  keyId: string
  headers: object
}

async function newPartner(name: string): Promise<Partner> {
  const partner = bodyOf(created, await request('POST', '/partners', { name, type: 'operator' }, asAdmin))
  const body = { scopes: ISSUABLE_SCOPES }
  const key = bodyOf(issued, await request('POST', `/partners/${partner.id}/api-keys`, body, asAdmin))
  return { id: partner.id, keyId: key.id, headers: { 'x-api-key': key.key } }
}

/** A fee that is called by the name of the first partner. */
const FEE = { code: 'FEE', basis: 'GGR', rate: 0.5 }

let first: Partner
let other: Partner
let player: string
let transactionId: string
let webhookId: string
let alertId: string
let settlementId: string
let sessionId: string
const name = `Secret ${randomUUID()}`

beforeAll(async () => {
  first = await newPartner(name)
  other = await newPartner('The other one')
  const hook = await request('POST', `/partners/${first.id}/webhooks`, { url: WEBHOOK_URL }, first.headers)
  webhookId = bodyOf(hooked, hook).id
  const provider = {
    name: PROVIDER_ID,
    api_endpoint: WEBHOOK_URL,
    integration_type: 'rest',
    supported_currencies: ['EUR'],
  }
  bodyOf(created, await request('PUT', `/games/providers/${PROVIDER_ID}`, provider, asAdmin))
  const game = {
    provider_id: PROVIDER_ID,
    game_code: 'one',
    name: 'One',
    launch_url_template: 'https://play.example/one',
  }
  bodyOf(created, await request('PUT', `/games/${PROVIDER_ID}`, game, asAdmin))
  player = newId('player')
  const launch = { player_id: player, currency: 'EUR' }
  const play = await request('POST', `/games/${PROVIDER_ID}/launch`, launch, first.headers)
  sessionId = bodyOf(launched, play).session_id
  const deposit = { amount: BALANCE, currency: 'USD', transaction_id_partner: newId('dep') }
  await request('POST', `/wallet/${player}/deposit`, deposit, first.headers)
  const withdrawal = { amount: 1, currency: 'USD', transaction_id_partner: newId('wd') }
  const answer = await request('POST', `/wallet/${player}/withdrawal`, withdrawal, first.headers)
  transactionId = bodyOf(moved, answer).transaction_id
  const alert = { player_id: player, alert_severity: 'HIGH', description: name }
  alertId = bodyOf(created, await request('POST', '/aml/alerts', alert, first.headers)).id
  const terms = { time_zone: 'UTC', schedule: 'NONE', currencies: [], fees: [{ ...FEE, label: name }] }
  await request('PUT', `/partners/${first.id}/settlement-terms`, terms, asAdmin)
  const period = { currency: 'USD', from: '2026-10-01', to: '2026-11-01' }
  settlementId = bodyOf(created, await request('POST', '/settlements', period, first.headers)).id
  await eventually(async () => {
    const paths = [
      `/transactions/${transactionId}`,
      `/aml/alerts/${alertId}`,
      `/settlements/${settlementId}?min_version=2`,
    ]
    const answers = await Promise.all(paths.map((path) => request('GET', path, undefined, first.headers)))
    const books = await request('GET', '/reports/trial-balance', undefined, first.headers)
    return answers.every(({ status }) => status === 200) && books.text.includes(BALANCE) ? true : undefined
  })
})

const fill = (path: string): string =>
  path
    .replace('{player_id}', player)
    .replace('{partner_id}', first.id)
    .replace('{key_id}', first.keyId)
    .replace('{webhook_id}', webhookId)
    .replace('{delivery_id}', transactionId)
    .replace('{provider_id}', PROVIDER_ID)
    .replace('{game_id}', PROVIDER_ID)
    .replace('{session_id}', sessionId)
    .replace('{round_id}', 'round-1')
    .replace('{call}', 'round-result')
    .replace('{alert_id}', alertId)
    .replace('{settlement_id}', settlementId)
    .replace('{alert_type}', 'THRESHOLD')
    .replace('{version}', '1')
    .replace(/^\/(transactions|withdrawals)\/\{[a-z_]+\}/, `/$1/${transactionId}`)

const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10)

/** What a route does not answer without. */
function queryOf(path: string): string {
  if (path === '/wallet/{player_id}') return '?currency=USD'
  if (path === '/rounds/{round_id}') return `?player_id=${player}`
  const isReport = /^\/reports\/(daily|hourly|games|top-wins|transactions)$/.test(path)
  return isReport ? `?from=${dayOf(Date.now() - DAY_MS)}&to=${dayOf(Date.now() + DAY_MS)}` : ''
}

async function operations(): Promise<{ method: string; path: string; body: unknown; id: string }[]> {
  const { paths } = bodyOf(openApi, await get('/openapi.json'))
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, requestBody }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      body: requestBody?.content['application/json'].example,
    })),
  )
}

/** The example of a body, each movement under an id of its own: examples share them, and an id of two players is a difference to the books. */
const asBody = (value: unknown): object | undefined => {
  const text = JSON.stringify(value, (field, part: unknown) =>
    field === 'transaction_id_partner' ? newId('example') : part,
  )
  const parsed = z.looseObject({}).safeParse(text === undefined ? undefined : JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}

/** What would give the first partner away. The ids that the call itself names may come back. */
const givesAway = ({ text }: Answer): boolean =>
  [name, BALANCE, WEBHOOK_URL, '7771233.5678', required('STAKESTREAM_PARTNER_KEY')].some((secret) =>
    text.includes(secret),
  )

describe('another partner’s key', () => {
  it('finds nothing of a partner on any route, and changes nothing of it', async () => {
    const all = await operations()
    expect(all.length).toBeGreaterThan(25)
    const seen: string[] = []
    for (const { id, method, path, body } of all) {
      const filled = fill(path)
      expect(filled, `${id} has a path parameter that this test does not fill`).not.toContain('{')
      const answer = await request(method, filled + queryOf(path), asBody(body), other.headers)
      expect(answer.status, `${id} ${answer.text}`).not.toBe(500)
      if (givesAway(answer)) seen.push(`${id}: ${answer.text}`)
      if (path.startsWith('/partners/{partner_id}') || path.startsWith('/games/providers'))
        expect(answer.status, id).toBe(403)
      if (path === '/games/sessions/{session_id}' || path === '/rounds/{round_id}')
        expect(answer.status, id).toBe(404)
      if (path.startsWith('/settlements/{settlement_id}')) expect([403, 404], id).toContain(answer.status)
      if (path.startsWith('/settlements')) expect(answer.text, id).not.toContain(first.id)
      if (path.startsWith('/aml/alerts/{alert_id}')) expect([400, 404], id).toContain(answer.status)
      // An id of a moment ago that is not there may still be on its way: pending, or "ask again".
      if (path.includes('/transactions/{') || path.startsWith('/withdrawals/'))
        expect([202, 404, 503], `${id} ${answer.text}`).toContain(answer.status)
    }
    expect(seen).toEqual([])
    const wallet = await request('GET', `/wallet/${player}?currency=USD`, undefined, first.headers)
    expect(wallet.text).toContain('"balance":7771233.5678,"held":1.00,"status":"active","version":2')
    const key = await request('GET', `/partners/${first.id}/api-keys`, undefined, first.headers)
    expect([key.status, key.text]).toEqual([200, expect.stringContaining('"status":"active"')])
    const webhook = await request('GET', `/partners/${first.id}/webhooks`, undefined, first.headers)
    expect(webhook.text).toContain('"status":"active"')
    expect(webhook.text).toContain('"version":1')
    const alert = await request('GET', `/aml/alerts/${alertId}`, undefined, first.headers)
    expect(JSON.parse(alert.text)).toMatchObject({ alert_status: 'NEW', version: 1 })
  })

  it('is refused for a partner that is not there as for one that is', async () => {
    const [there, nowhere] = await Promise.all(
      [first.id, randomUUID()].map((id) => request('GET', `/partners/${id}`, undefined, other.headers)),
    )
    expect([there?.status, nowhere?.status]).toEqual([403, 403])
  })

  it('sees itself alone in the list of partners', async () => {
    const list = await request('GET', '/partners', undefined, other.headers)
    expect(list.text).toContain(other.id)
    expect(list.text).not.toContain(first.id)
  })
})

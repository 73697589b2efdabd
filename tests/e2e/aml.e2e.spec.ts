/** From a bet to an alert in every place where one is looked for, and through the work on it. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAdmin, bodyOf, eventually, request } from '../../api/testing/live.ts'
import type { Alert } from '../../avro/types.ts'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { connectClickhouse } from '../../service/clickhouse.ts'
import { createCodec } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { callApi as callApiWith } from '../support/e2e.ts'
import type { ApiAnswer } from '../support/e2e.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'

const DAY_MS = 86_400_000
/** With the platform's key, which may do what officers do and back-date. */
const callApi = (method: 'GET' | 'POST', path: string, body?: object): Promise<ApiAnswer> =>
  callApiWith(method, path, body, 'STAKESTREAM_ADMIN_KEY')
const kafka = createKafka({
  brokers: brokersFromEnvironment(),
  clientId: 'aml-e2e',
  log: pino({ level: 'silent' }),
})
const consumer = kafka.consumer({ groupId: `aml-e2e-${randomUUID()}` })
const clickhouse = connectClickhouse({
  url: required('CLICKHOUSE_URL'),
  database: required('CLICKHOUSE_DATABASE'),
  requestTimeoutMs: 10_000,
})

/** What a plain consumer has read of aml.alert.created. */
const created: Alert[] = []

beforeAll(async () => {
  const codec = await createCodec(
    'aml.alert.created',
    registrySource({ url: required('SCHEMA_REGISTRY_URL') }),
  )
  await consumer.connect()
  await consumer.subscribe({ topic: 'aml.alert.created', fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      if (message.value !== null) created.push(codec.decode(message.value).data)
      return Promise.resolve()
    },
  })
}, 60_000)
afterAll(async () => {
  await consumer.disconnect()
  await clickhouse.close()
})

interface Move {
  type: string
  amount: number
  atMs?: number
  country?: string
}

/** Plays through the batch endpoint; back-dated where a time is given. */
async function play(player: string, moves: readonly Move[]): Promise<void> {
  const commands = moves.map(({ type, amount, atMs, country }) => ({
    player_id: player,
    type,
    amount,
    currency: 'USD',
    transaction_id_partner: randomUUID(),
    ...(type === 'BET' ? { game_id: 'slots_game_001', round_id: randomUUID() } : {}),
    ...(atMs === undefined ? {} : { created_at: new Date(atMs).toISOString() }),
    ...(country === undefined ? {} : { country }),
  }))
  const answer = await callApi('POST', '/wallet/batch', { commands })
  expect(answer.status).toBe(200)
}

const page = z.object({ data: z.array(z.object({ id: z.string(), alert_type: z.string() }).loose()) })

async function listed(player: string, type: string) {
  const { body } = await callApi('GET', `/aml/alerts?player_id=${player}&alert_type=${type}`)
  return page.parse(body).data
}

/** Waits until an alert is everywhere: topic, API (PostgreSQL) and ClickHouse. Answers its id. */
async function alertEverywhere(player: string, type: string): Promise<string> {
  let id = ''
  await waitFor(async () => {
    const [alert] = await listed(player, type)
    id = alert?.id ?? ''
    return id !== ''
  })
  await waitFor(() => created.some(({ alert_id }) => alert_id === id))
  await waitFor(async () => {
    const result = await clickhouse.query({
      query: 'SELECT alert_type FROM aml_alerts WHERE alert_id = {id:UUID}',
      query_params: { id },
      format: 'JSONEachRow',
    })
    return (await result.json<{ alert_type: string }>()).some(({ alert_type }) => alert_type === type)
  })
  return id
}

const made = z.object({ id: z.string() }).loose()
const inForceFrom = z.object({ effective_at: z.string() }).loose()
const issued = z.object({ key: z.string() }).loose()
const anyBody = z.record(z.string(), z.unknown())

/** A key of a partner whose withdrawals are approved at once, but for players with a CRITICAL alert. */
async function blockingPartner(): Promise<{ 'x-api-key': string }> {
  const fields = { name: `Blocking ${randomUUID()}`, type: 'operator', auto_approvals: { USD: 1_000 } }
  const { id } = bodyOf(made, await request('POST', '/partners', fields, asAdmin))
  const scopes = ['wallet:read', 'wallet:write', 'aml:read', 'aml:write']
  const answer = await request('POST', `/partners/${id}/api-keys`, { scopes }, asAdmin)
  const key = { 'x-api-key': bodyOf(issued, answer).key }
  const rules = { ...DEFAULT_RULES, alerts: { ...DEFAULT_RULES.alerts, blocks_withdrawals: true } }
  const version = await eventually(async () => {
    const published = await request('PUT', '/aml/rules', { rules, expected_version: 0, note: 'a test' }, key)
    return published.status < 300 ? bodyOf(inForceFrom, published) : undefined
  })
  await waitFor(() => Date.now() > Date.parse(version.effective_at))
  return key
}

const analysed = z.object({
  windows: z.array(
    z.object({ hours: z.number(), type: z.string(), transactions: z.number(), total: z.string() }).loose(),
  ),
  activity: z.object({ hours: z.array(z.number()), weekdays: z.array(z.number()) }),
  factors: z.array(z.object({ code: z.string() }).loose()),
  gravest: z.array(z.object({ risk_score: z.number() }).loose()),
})

const newPlayer = (): string => `aml-${randomUUID()}`

describe('an alert reaches the topic, PostgreSQL, ClickHouse and the API', () => {
  it.each<[string, readonly Move[]]>([
    ['THRESHOLD', [{ type: 'DEPOSIT', amount: 12_000 }]],
    [
      'STRUCTURING',
      [
        { type: 'DEPOSIT', amount: 9_000 },
        { type: 'DEPOSIT', amount: 8_500 },
        { type: 'DEPOSIT', amount: 9_900 },
      ],
    ],
    [
      'RAPID_MOVEMENT',
      [
        { type: 'DEPOSIT', amount: 1_000 },
        { type: 'BET', amount: 20 },
        { type: 'WITHDRAWAL', amount: 900 },
      ],
    ],
    ['COUNTRY', [{ type: 'DEPOSIT', amount: 100, country: 'KP' }]],
    [
      'PATTERN',
      [
        { type: 'DEPOSIT', amount: 5_000, atMs: Date.now() - 21 * DAY_MS },
        ...Array.from({ length: 60 }, (_, at) => ({
          type: 'BET',
          amount: 10,
          atMs: Date.now() - (20 - Math.floor(at / 3)) * DAY_MS + (at % 3) * 1_000,
        })),
        ...Array.from({ length: 60 }, (_, at) => ({
          type: 'BET',
          amount: 10,
          atMs: Date.now() - 3_600_000 + at * 1_000,
        })),
      ],
    ],
  ])('of type %s', { timeout: 120_000 }, async (type, moves) => {
    const player = newPlayer()
    await play(player, moves)
    const id = await alertEverywhere(player, type)
    const { body } = await callApi('GET', `/aml/alerts/${id}`)
    expect(body).toMatchObject({
      alert_status: 'NEW',
      player_id: player,
      history: expect.arrayContaining([expect.objectContaining({ action: 'RAISED', version: 1 })]),
    })
  })
})

describe('a player who is on a watchlist', () => {
  it('raises an alert everywhere, until the match is cleared', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    // Somebody of the stack's own list of invented people.
    const person = { name: 'Zoltrav Kendrimov', date_of_birth: '1961-04-02', country: 'MT' }
    expect(await request('PUT', `/players/${player}`, person)).toMatchObject({ status: 200 })
    const id = await alertEverywhere(player, 'WATCHLIST')
    const { body: alert } = await callApi('GET', `/aml/alerts/${id}`)
    expect(alert).toMatchObject({
      alert_severity: 'CRITICAL',
      matches: [{ list: 'sample', entry_name: 'Zoltrav Kendrimov' }],
    })
    const { body: profile } = await callApi('GET', `/aml/profiles/${player}`)
    expect(profile).toMatchObject({ is_sanctioned: true })
  })
})

describe('withdrawals of a player with a CRITICAL alert', () => {
  it(
    'are approved by a person, where the rules say so, until it is closed',
    { timeout: 120_000 },
    async () => {
      const key = await blockingPartner()
      const call = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> => {
        const { status, text } = await request(method, path, body, key)
        expect([status, text]).toEqual([200, text])
        return anyBody.parse(JSON.parse(text))
      }
      const player = newPlayer()
      const deposit = (amount: number, country: string): Promise<object> =>
        call('POST', `/wallet/${player}/deposit`, {
          ...{ amount, country, currency: 'USD' },
          transaction_id_partner: randomUUID(),
        })
      const withdrawn = async (): Promise<unknown> => {
        const body = { amount: 1, currency: 'USD', transaction_id_partner: randomUUID() }
        return (await call('POST', `/wallet/${player}/withdrawal`, body))['status']
      }
      await deposit(100, 'MT')
      expect(await withdrawn()).toBe('PROCESSING')
      // Large, and from a country of high risk.
      await deposit(12_000, 'KP')
      const isBlocked = async (): Promise<unknown> =>
        (await call('GET', `/aml/profiles/${player}`))['withdrawals_blocked']
      await waitFor(async () => (await isBlocked()) === true)
      expect(await withdrawn()).toBe('PENDING')
      for (const { id } of page.parse(await call('GET', `/aml/alerts?player_id=${player}`)).data) {
        await call('POST', `/aml/alerts/${id}/investigate`, {})
        await call('POST', `/aml/alerts/${id}/close`, {
          resolution_code: 'EXPLAINED',
          note: 'Seen the papers.',
        })
      }
      await waitFor(async () => (await isBlocked()) === false)
      expect(await withdrawn()).toBe('PROCESSING')
    },
  )
})

describe('a player who is looked at on demand', () => {
  it(
    'is shown with all windows, at any moment, without what was given back',
    { timeout: 120_000 },
    async () => {
      const player = newPlayer()
      const nowMs = Date.now()
      await play(player, [
        { type: 'DEPOSIT', amount: 100, atMs: nowMs - 20 * DAY_MS },
        { type: 'DEPOSIT', amount: 300, atMs: nowMs - 3 * DAY_MS },
        { type: 'DEPOSIT', amount: 12_000, atMs: nowMs - 60_000 },
        { type: 'BET', amount: 10, atMs: nowMs - 30_000 },
      ])
      const analysis = async (at = ''): Promise<z.output<typeof analysed>> =>
        analysed.parse((await callApi('GET', `/aml/players/${player}/analysis${at}`)).body)
      const { windows, factors, gravest } = await waitFor(async () => {
        const found = await analysis()
        return found.windows.filter(({ hours }) => hours === 720).length === 2 && found
      })
      const deposits = windows.filter(({ type }) => type === 'DEPOSIT')
      expect(deposits.map(({ hours, transactions, total }) => [hours, transactions, Number(total)])).toEqual([
        [24, 1, 12_000],
        [48, 1, 12_000],
        [168, 2, 12_300],
        [720, 3, 12_400],
      ])
      expect(deposits.at(-1)).toMatchObject({ mean: 12_400 / 3, least: '100', greatest: '12000' })
      expect(factors.map(({ code }) => code)).toContain('LARGE_TRANSACTION')
      expect(gravest[0]?.risk_score).toBeGreaterThanOrEqual(40)
      const before = await analysis(`?at=${new Date(nowMs - DAY_MS).toISOString()}`)
      expect(before.windows.map(({ hours, total }) => [hours, Number(total)])).toEqual([
        [168, 300],
        [720, 400],
      ])
      expect(before.activity.hours.reduce((sum, each) => sum + each, 0)).toBe(2)
    },
  )

  it('is not found before anything was assessed', async () => {
    expect(await callApi('GET', `/aml/players/${newPlayer()}/analysis`)).toMatchObject({
      status: 404,
      body: { code: 'PLAYER_NOT_FOUND' },
    })
  })
})

describe('the work on an alert', () => {
  it('goes from NEW to CLOSED, and says who did what', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    await play(player, [{ type: 'DEPOSIT', amount: 15_000 }])
    const id = await alertEverywhere(player, 'THRESHOLD')
    const step = (name: string, body: object) => callApi('POST', `/aml/alerts/${id}/${name}`, body)
    expect(await step('assign', { assignee_id: 'ann', officer: 'ann' })).toMatchObject({ status: 200 })
    expect(await step('report', { report_reference: 'SAR-1', officer: 'ann' })).toMatchObject({
      status: 409,
      body: { code: 'ALERT_TRANSITION_ILLEGAL' },
    })
    expect(await step('investigate', { officer: 'ann' })).toMatchObject({ status: 200 })
    expect(await step('close', { officer: 'ann' })).toMatchObject({ status: 400 })
    const closed = await step('close', {
      officer: 'ann',
      resolution_code: 'EXPLAINED',
      note: 'Sold a house.',
    })
    expect(closed).toMatchObject({ status: 200, body: { id, version: 4 } })
    const { body } = await callApi('GET', `/aml/alerts/${id}?min_version=4`)
    expect(body).toMatchObject({
      alert_status: 'CLOSED',
      resolution_code: 'EXPLAINED',
      reviewed_by: 'ann',
      review_notes: 'Sold a house.',
      history: [
        { action: 'RAISED', to_status: 'NEW' },
        { action: 'ASSIGNED', actor: 'ann' },
        { action: 'INVESTIGATED', to_status: 'INVESTIGATING' },
        { action: 'CLOSED', from_status: 'INVESTIGATING', to_status: 'CLOSED' },
      ],
    })
  })

  it('begins by hand, and is done for many at once', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    const raised = await callApi('POST', '/aml/alerts', {
      player_id: player,
      alert_severity: 'HIGH',
      description: 'Reported by the payments team.',
    })
    expect(raised).toMatchObject({ status: 201, body: { version: 1 } })
    const id = await alertEverywhere(player, 'MANUAL')
    const unknown = randomUUID()
    const bulk = await callApi('POST', '/aml/alerts/bulk', {
      action: 'assign',
      alert_ids: [id, unknown],
      assignee_id: 'bob',
    })
    expect(bulk.body).toEqual({
      results: [
        { id, version: 2, code: null },
        { id: unknown, version: null, code: 'ALERT_NOT_FOUND' },
      ],
    })
  })

  it('keeps a rule quiet for a player, and shows what it held back', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    const until = new Date(Date.now() + DAY_MS).toISOString()
    const snooze = { alert_type: 'THRESHOLD', until, note: 'Known high roller.', officer: 'ann' }
    expect(await callApi('POST', `/aml/players/${player}/snoozes`, snooze)).toMatchObject({ status: 200 })
    await play(player, [{ type: 'DEPOSIT', amount: 20_000 }])
    await waitFor(async () => {
      const { body } = await callApi('GET', `/aml/profiles/${player}`)
      return JSON.stringify(body['snoozes']).includes('"suppressed":1')
    })
    expect(await listed(player, 'THRESHOLD')).toEqual([])
    const { body } = await callApi('GET', `/aml/profiles/${player}`)
    expect(body).toMatchObject({ assessments: 1, overall_risk_score: 0.7 * 30 + 0.3 * 40 })
  })
})

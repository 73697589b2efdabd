/** From a bet to an alert in every place where one is looked for. */
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { request } from '../../api/testing/live.ts'
import type { Alert } from '../../avro/types.ts'
import { connectClickhouse } from '../../service/clickhouse.ts'
import { createCodec } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { alertsPage, callApi, callWith, listed, newPlayer, partnerWith, play } from '../support/aml.ts'
import type { Move } from '../support/aml.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'

const DAY_MS = 86_400_000
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

const analysed = z.object({
  windows: z.array(
    z.object({ hours: z.number(), type: z.string(), transactions: z.number(), total: z.string() }).loose(),
  ),
  activity: z.object({ hours: z.array(z.number()), weekdays: z.array(z.number()) }),
  factors: z.array(z.object({ code: z.string() }).loose()),
  gravest: z.array(z.object({ risk_score: z.number() }).loose()),
})

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
      const key = await partnerWith({ blocks_withdrawals: true })
      const call = (method: string, path: string, body?: object) => callWith(key, method, path, body)
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
      for (const { id } of alertsPage.parse(await call('GET', `/aml/alerts?player_id=${player}`)).data) {
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

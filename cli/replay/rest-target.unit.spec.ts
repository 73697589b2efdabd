import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { PartnerId, PlayerId } from '../../domain/ids.ts'
import { aCommand, PARTNER } from '../../tests/support/replay.ts'
import type { Outcome } from './outcome.ts'
import { readAnswer, readBatch, readStatus, requestBody } from './rest-api.ts'
import { OTHER_PARTNER, openRestTarget } from './rest-target.ts'
import type { ReplayCommand } from './row.ts'

interface Asked {
  method: string
  url: string
  body: unknown
}

interface Scripted {
  status: number
  body?: object
  headers?: Record<string, string>
}

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** An API that answers as the script says; 'reset' breaks the connection. */
async function api(answer: (asked: Asked, turn: number) => Scripted | 'reset') {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString()
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        body: text === '' ? undefined : JSON.parse(text),
      }
      asked.push(one)
      const scripted = answer(one, asked.length)
      if (scripted === 'reset') return void request.socket.destroy()
      response.writeHead(scripted.status, { 'content-type': 'application/json', ...scripted.headers })
      response.end(JSON.stringify(scripted.body ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => void server.close())
  const { port } = server.address() as AddressInfo
  const target = openRestTarget({
    baseUrl: `http://127.0.0.1:${port}`,
    apiKey: 'sk_test',
    partnerId: PARTNER,
    concurrency: 4,
    backoff: { initialDelay: 1, maxDelay: 5 },
  })
  closers.push(() => target.close())
  const send = async (...commands: ReplayCommand[]): Promise<Outcome[]> => {
    const outcomes: Outcome[] = []
    for (const command of commands) await target.submit(command, (outcome) => outcomes.push(outcome))
    await target.drain()
    return outcomes
  }
  return { asked, send }
}

const OK: Scripted = { status: 200 }

interface Sent {
  player_id?: string | undefined
  transaction_id_partner: string
}

const commandsOf = (body: unknown): Sent[] => (body as { commands: Sent[] }).commands

describe('a command over REST', () => {
  it('is posted to the route of its type with its event time', async () => {
    const { asked, send } = await api(() => OK)
    expect(await send(aCommand({ playerId: 'p 1?' as PlayerId }))).toEqual([
      { outcome: 'APPLIED', code: null },
    ])
    expect(asked).toEqual([
      {
        method: 'POST',
        url: '/wallet/p%201%3F/bet',
        body: {
          currency: 'EUR',
          amount: '2.5000',
          transaction_id_partner: 'b-1',
          created_at: '2026-03-01T00:00:00.000Z',
          game_id: 'crash',
          round_id: 'r1',
        },
      },
    ])
  })

  it('is sent again, unchanged, after a broken connection and after 503', async () => {
    const { asked, send } = await api((_, turn) => (turn === 1 ? 'reset' : turn === 2 ? { status: 503 } : OK))
    expect(await send(aCommand())).toEqual([{ outcome: 'APPLIED', code: null }])
    expect(asked).toHaveLength(3)
    expect(new Set(asked.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  })

  const accepted = (acknowledged: boolean): Scripted => ({
    status: 202,
    body: { transaction_id: 't1', status: 'PENDING', acknowledged, status_url: '/transactions/t1' },
  })

  it('whose outcome comes later is asked for at its status URL', async () => {
    const { asked, send } = await api((one, turn) => {
      if (one.method === 'POST') return accepted(true)
      return turn < 4 ? { status: 404 } : { status: 200, body: { data: [{ id: 't1', status: 'COMPLETED' }] } }
    })
    expect(await send(aCommand())).toEqual([{ outcome: 'APPLIED', code: null }])
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /wallet/p1/bet',
      'GET /transactions/t1',
      'GET /transactions/t1',
      'GET /transactions/t1',
    ])
  })

  it('that may not have reached Kafka, or that the read side never shows, is sent again', async () => {
    const replayed: Scripted = { status: 200, headers: { 'idempotent-replayed': 'true' } }
    const { asked, send } = await api((one, turn) => {
      if (one.method === 'GET') return { status: 503 }
      return turn === 1 ? accepted(false) : turn === 2 ? accepted(true) : replayed
    })
    expect(await send(aCommand())).toEqual([{ outcome: 'REPLAYED', code: null }])
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'POST', ...Array(6).fill('GET'), 'POST'])
  })

  it('keeps the order of its player while others go on; what waits of a player goes together', async () => {
    const { asked, send } = await api(({ url, body }) => {
      if (url !== '/wallet/batch') return OK
      const results = commandsOf(body).map(() => ({ status: 200, body: {} }))
      return { status: 200, body: { results } }
    })
    const commands = Array.from({ length: 240 }, (_, index) =>
      aCommand({ playerId: `p${index % 3}` as PlayerId, transactionIdPartner: String(index) }),
    )
    expect(await send(...commands)).toHaveLength(240)
    for (const player of ['p0', 'p1', 'p2']) {
      const ids = asked
        .flatMap(({ url, body }) =>
          url === '/wallet/batch' ? commandsOf(body) : [{ ...(body as Sent), player_id: url.split('/')[2] }],
        )
        .filter(({ player_id }) => player_id === player)
        .map(({ transaction_id_partner }) => Number(transaction_id_partner))
      expect(ids).toHaveLength(80)
      expect(ids).toEqual(ids.toSorted((a, b) => a - b))
    }
    expect(asked.length).toBeLessThan(30)
  })

  it('of a batch that has no outcome is asked for by itself, in its turn', async () => {
    const { asked, send } = await api(({ url, method, body }) => {
      if (method === 'GET') return { status: 200, body: { id: 't1', status: 'COMPLETED' } }
      if (url !== '/wallet/batch') return OK
      const results: object[] = commandsOf(body).map(() => ({
        status: 200,
        body: {},
        idempotent_replayed: true,
      }))
      results[0] = accepted(true)
      results[1] = { status: 503, problem: { code: 'SERVICE_UNAVAILABLE' } }
      results[2] = { status: 400, problem: { code: 'INSUFFICIENT_FUNDS' } }
      return { status: 200, body: { results } }
    })
    const commands = Array.from({ length: 5 }, (_, index) =>
      aCommand({ transactionIdPartner: String(index) }),
    )
    const outcomes = await send(...commands)
    expect(outcomes).toEqual([
      { outcome: 'APPLIED', code: null },
      { outcome: 'APPLIED', code: null },
      { outcome: 'APPLIED', code: null },
      { outcome: 'REJECTED', code: 'INSUFFICIENT_FUNDS' },
      { outcome: 'REPLAYED', code: null },
    ])
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /wallet/p1/bet',
      'POST /wallet/batch',
      'GET /transactions/t1',
      'POST /wallet/p1/bet',
    ])
  })

  it('of a batch that breaks off is sent by itself', async () => {
    const { asked, send } = await api(({ url }) => (url === '/wallet/batch' ? 'reset' : OK))
    const commands = Array.from({ length: 3 }, (_, index) =>
      aCommand({ transactionIdPartner: String(index) }),
    )
    expect(await send(...commands)).toHaveLength(3)
    expect(asked).toHaveLength(4)
  })

  it('of another partner than the key’s is not sent', async () => {
    const { asked, send } = await api(() => OK)
    const other = aCommand({ partnerId: '00000000-0000-4000-8000-000000000000' as PartnerId })
    expect(await send(other)).toEqual([{ outcome: 'REJECTED', code: OTHER_PARTNER }])
    expect(asked).toEqual([])
  })

  it('under a wrong key ends the replay', async () => {
    const { send } = await api(() => ({ status: 401, body: { code: 'UNAUTHENTICATED', detail: 'No.' } }))
    await expect(send(aCommand())).rejects.toMatchObject({ code: 'UNAUTHENTICATED', exitCode: 2 })
  })
})

describe('an answer', () => {
  const answer = (status: number, body: object = {}, headers: Record<string, string> = {}) =>
    readAnswer({ status, headers, text: JSON.stringify(body) })

  it('says whether the command was new, known or refused', () => {
    const replayed = { 'idempotent-replayed': 'true' }
    expect(answer(200)).toEqual({ outcome: 'APPLIED', code: null })
    expect(answer(200, {}, replayed)).toEqual({ outcome: 'REPLAYED', code: null })
    expect(answer(400, { code: 'INSUFFICIENT_FUNDS' })).toEqual({
      outcome: 'REJECTED',
      code: 'INSUFFICIENT_FUNDS',
    })
    expect(answer(400, { code: 'INSUFFICIENT_FUNDS' }, replayed)).toEqual({
      outcome: 'REPLAYED',
      code: 'INSUFFICIENT_FUNDS',
    })
    expect(readAnswer({ status: 418, headers: {}, text: 'teapot' })).toEqual({
      outcome: 'REJECTED',
      code: 'HTTP_418',
    })
    expect(answer(403, { code: 'WALLET_FROZEN' })).toEqual({ outcome: 'REJECTED', code: 'WALLET_FROZEN' })
  })

  it('to a batch is one reading per command, or none at all', () => {
    const batch = (status: number, body: object) =>
      readBatch({ status, headers: {}, text: JSON.stringify(body) }, 2)
    expect(batch(200, { results: [{ status: 200 }, { status: 202, body: {} }] })).toEqual([
      { outcome: 'APPLIED', code: null },
      { accepted: undefined },
    ])
    expect(batch(200, { results: [] })).toBeUndefined()
    expect(batch(503, {})).toBeUndefined()
    expect(batch(413, { code: 'PAYLOAD_TOO_LARGE' })).toEqual([
      { outcome: 'REJECTED', code: 'PAYLOAD_TOO_LARGE' },
      { outcome: 'REJECTED', code: 'PAYLOAD_TOO_LARGE' },
    ])
  })

  it('of a status URL tells what the command did from what an earlier one did', () => {
    const status = (body: object) =>
      readStatus({ status: 200, headers: {}, text: JSON.stringify(body) }, 't1')
    expect(status({ id: 't1', status: 'PENDING' })).toEqual({ outcome: 'APPLIED', code: null })
    expect(status({ data: [{ id: 't1', status: 'FAILED', error_code: 'ROUND_CLOSED' }] })).toEqual({
      outcome: 'REJECTED',
      code: 'ROUND_CLOSED',
    })
    expect(status({ data: [{ id: 't0', status: 'COMPLETED' }] })).toEqual({ outcome: 'REPLAYED', code: null })
    expect(status({ data: [] })).toBeUndefined()
    expect(status({})).toBeUndefined()
  })
})

describe('the body of a request', () => {
  it('holds what the route of the type takes, and no more', () => {
    const win = aCommand({
      type: 'WIN',
      winType: 'STANDARD',
      roundClosed: true,
      referenceTransactionIdPartner: 'b-0',
    })
    expect(requestBody(win)).toMatchObject({ win_type: 'STANDARD', round_closed: true })
    const rollback = aCommand({ type: 'ROLLBACK', amount: null, referenceTransactionIdPartner: 'b-0' })
    expect(Object.keys(requestBody(rollback)).toSorted()).toEqual([
      'created_at',
      'currency',
      'reference_transaction_id_partner',
      'transaction_id_partner',
    ])
    const adjustment = aCommand({ type: 'ADJUSTMENT', direction: 'DEBIT' })
    expect(requestBody(adjustment)).toMatchObject({ direction: 'DEBIT', reason: expect.any(String) })
    expect(requestBody(aCommand({ type: 'DEPOSIT' }))).not.toHaveProperty('game_id')
  })
})

/** Deliveries on a real PostgreSQL and to a real receiver: signatures, order, tries, and what a kill leaves. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { Webhook as Verifier } from 'standardwebhooks'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../../avro/types.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { aTransaction } from '../../tests/support/sink-events.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { CALLS_PER_ENDPOINT_MAX } from './limits.ts'
import { deliveryId } from './payload.ts'
import { answerAfter, answerOk, startReceiver } from './testing/receiver.ts'
import type { Answering, Received, Receiver } from './testing/receiver.ts'
import { anEndpoint, cipher, createRig, SECRET } from './testing/rig.ts'
import type { Rig, RigOptions } from './testing/rig.ts'

let database: ScratchPostgres
let rig: Rig
let receiver: Receiver
let webhookId: string

beforeAll(async () => {
  database = await createScratchPostgres()
})
afterAll(() => database.drop())
beforeEach(async () => {
  await database.rows('TRUNCATE webhook_deliveries, webhook_lanes, webhook_positions')
  webhookId = randomUUID()
})
afterEach(async () => {
  await rig.stop()
  await receiver.close()
})

async function start(answer: Answering, options: Partial<RigOptions> = {}): Promise<void> {
  receiver = await startReceiver(answer)
  rig = createRig({ databaseUrl: database.url, ...options })
  rig.endpoints.apply(anEndpoint({ webhook_id: webhookId, url: receiver.url }))
  rig.start()
}

/** An event of a player, now. */
const event = (player_id: string, change: object = {}): TransactionCreated =>
  aTransaction({ player_id, timestamp: Date.now(), processed_at: Date.now(), ...change })

const until = (what: string, holds: () => boolean | Promise<boolean>): Promise<unknown> =>
  waitFor(async () => ((await holds()) ? true : undefined), { timeoutMs: 20_000, what })
const untilReceived = (count: number): Promise<unknown> =>
  until(`${count} calls`, () => receiver.received.length >= count)
const statuses = async (): Promise<unknown[]> =>
  (await database.rows('SELECT status FROM webhook_deliveries ORDER BY log_offset')).map(
    ({ status }) => status,
  )
const untilStatuses = (...expected: string[]): Promise<unknown> =>
  until(expected.join(), async () => (await statuses()).join() === expected.join())
const transactionsOf = (player: string): string[] =>
  receiver.received.filter(({ playerId }) => playerId === player).map(({ transactionId }) => transactionId)
const ids = (events: readonly TransactionCreated[]): string[] => events.map(({ data }) => data.transaction_id)

const isVerified = (call: Received, secret: string): boolean => {
  try {
    new Verifier(secret).verify(call.text, call.headers)
    return true
  } catch {
    return false
  }
}

describe('a delivery', () => {
  it('is signed by the specification, names the event, and holds exact amounts', async () => {
    await start(answerOk)
    const one = event('anna', { amount: 99_999_999_999_999_99991n, metadata: '{"a": 1.10}' })
    await rig.write([one])
    await untilReceived(1)
    const [call] = receiver.received
    if (call === undefined) throw new Error('nothing was received')
    expect(call.id).toBe(deliveryId(webhookId, one.event_id))
    expect(call.headers['content-type']).toBe('application/json')
    expect(isVerified(call, SECRET)).toBe(true)
    expect(isVerified(call, `whsec_${Buffer.alloc(32, 2).toString('base64')}`)).toBe(false)
    expect(isVerified({ ...call, text: call.text.replace('anna', 'otto') }, SECRET)).toBe(false)
    expect(call.text).toContain('"type":"transaction.created"')
    expect(call.text).toContain('"amount":999999999999999.9991,')
    expect(call.text).toContain('"metadata":{"a":1.10}')
    await untilStatuses('delivered')
    const [row] = await database.rows('SELECT * FROM webhook_deliveries')
    expect(row).toMatchObject({ attempts: 1, last_status: 200, last_error: null, next_attempt_at: null })
    expect(String(row?.['body'])).not.toContain('anna')
  })

  it('carries two signatures while a rotated secret still counts', async () => {
    await start(answerOk)
    const other = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
    const ended = `whsec_${Buffer.alloc(32, 4).toString('base64')}`
    const secretOf = (text: string, expires_at: number | null) => ({
      sealed: cipher.encrypt(text),
      created_at: 0,
      expires_at,
    })
    const secrets = [secretOf(other, null), secretOf(SECRET, Date.now() + 60_000), secretOf(ended, 1)]
    rig.endpoints.apply(anEndpoint({ webhook_id: webhookId, url: receiver.url, version: 2, secrets }))
    await rig.write([event('anna')])
    await untilReceived(1)
    const [call] = receiver.received
    if (call === undefined) throw new Error('nothing was received')
    expect(call.headers['webhook-signature']?.split(' ')).toHaveLength(2)
    expect([other, SECRET, ended].map((secret) => isVerified(call, secret))).toEqual([true, true, false])
  })

  it('goes to the endpoints that it concerns, once, however often the log is read', async () => {
    await start(answerOk)
    const updates = randomUUID()
    const later = randomUUID()
    const at = (id: string, change: object) =>
      rig.endpoints.apply(anEndpoint({ webhook_id: id, url: receiver.url, ...change }))
    at(updates, { event_types: ['transaction.updated'] })
    at(later, { created_at: Date.now() + 60_000 })
    at(randomUUID(), { partner_id: randomUUID() })
    const events = [event('anna'), event('anna', { event_type: 'transaction.updated' })]
    await rig.write(events, 0)
    await untilReceived(3)
    await untilStatuses('delivered', 'delivered', 'delivered')
    await database.rows('DELETE FROM webhook_positions')
    await rig.write(events, 0)
    await rig.write([event('otto', { timestamp: Date.now() - 31 * 86_400_000 })])
    expect(await statuses()).toHaveLength(3)
    expect(receiver.received).toHaveLength(3)
    const [first, second] = events.map((each) => each.event_id)
    expect(receiver.received.map(({ id }) => id).toSorted()).toEqual(
      [
        deliveryId(webhookId, first ?? ''),
        deliveryId(webhookId, second ?? ''),
        deliveryId(updates, second ?? ''),
      ].toSorted(),
    )
  })
})

describe('the deliveries of a player', () => {
  it('wait for an earlier one that fails, and those of others do not', async () => {
    const anna = Array.from({ length: 5 }, () => event('anna'))
    const [first = event('')] = anna
    let failures = 3
    await start(
      ({ transactionId }, response) => {
        if (transactionId === first.data.transaction_id && failures-- > 0) response.statusCode = 500
        response.end()
      },
      { retryDelaysMs: [0, 100, 100, 100, 100] },
    )
    const otto = Array.from({ length: 5 }, () => event('otto'))
    await rig.write([...anna, ...otto])
    await untilReceived(13)
    const expected = ids(anna)
    expect(transactionsOf('anna')).toEqual([...Array.from({ length: 3 }, () => expected[0]), ...expected])
    expect(transactionsOf('otto')).toEqual(ids(otto))
    const lastOfOtto = receiver.received.findLastIndex(({ playerId }) => playerId === 'otto')
    const secondOfAnna = receiver.received.findIndex(({ transactionId }) => transactionId === expected[1])
    expect(lastOfOtto).toBeLessThan(secondOfAnna)
  })

  it('keep their order with two senders at once', async () => {
    await start(answerAfter(({ playerId }) => playerId.length % 3))
    const second = createRig({ databaseUrl: database.url })
    second.endpoints.apply(anEndpoint({ webhook_id: webhookId, url: receiver.url }))
    second.start()
    const players = Array.from({ length: 10 }, (_, at) => 'p'.repeat(at + 1))
    const events = Array.from({ length: 10 }, () => players.map((player) => event(player))).flat()
    await rig.write(events)
    await untilReceived(events.length)
    await until('all notes', async () => (await statuses()).every((status) => status === 'delivered'))
    await second.stop()
    expect(receiver.received).toHaveLength(events.length)
    for (const player of players)
      expect(transactionsOf(player)).toEqual(ids(events.filter(({ data }) => data.player_id === player)))
  })

  it('go on after one that is dead', async () => {
    const dead = event('anna')
    await start(({ transactionId }, response) => {
      if (transactionId === dead.data.transaction_id) response.statusCode = 503
      response.end()
    })
    const next = event('anna')
    await rig.write([dead, next])
    await untilStatuses('dead', 'delivered')
    expect(transactionsOf('anna')).toEqual(ids([dead, dead, dead, dead, next]))
    const [row] = await database.rows("SELECT * FROM webhook_deliveries WHERE status = 'dead'")
    expect(row).toMatchObject({ attempts: 4, last_status: 503, last_error: 'HTTP_503' })
    const metrics = await rig.registry.metrics()
    expect(metrics).toContain('stakestream_webhook_tries_total{outcome="dead"} 1')
    expect(metrics).toContain('stakestream_webhook_tries_total{outcome="failed"} 3')
  })
})

describe('a receiver', () => {
  it('that answers too late is tried again', async () => {
    await start(
      (_call, response, nth) => {
        if (nth > 1) response.end()
      },
      { timeoutMs: 200 },
    )
    await rig.write([event('anna')])
    await untilReceived(1)
    await until('the note', async () => {
      const [row] = await database.rows('SELECT last_error FROM webhook_deliveries')
      return row?.['last_error'] === 'TIMEOUT'
    })
    await untilStatuses('delivered')
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
  })

  it('whose answer has no end is answered for by its status', async () => {
    await start((_call, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      }
      response.on('drain', more)
      more()
    })
    await rig.write([event('anna')])
    await untilStatuses('delivered')
    expect(receiver.received).toHaveLength(1)
  })

  it('that redirects is not followed', async () => {
    await start((_call, response) => {
      response.writeHead(307, { location: receiver.url }).end()
    })
    await rig.write([event('anna')])
    await untilStatuses('dead')
    const [row] = await database.rows('SELECT last_error FROM webhook_deliveries')
    expect([row?.['last_error'], receiver.received.length]).toEqual(['HTTP_307', 4])
  })

  it('that is gone is disabled once, sent nothing more, and sent what waits when it is there again', async () => {
    let isGone = true
    const other = randomUUID()
    await start(({ text }, response) => {
      response.statusCode = isGone && !text.includes(other) ? 410 : 204
      response.end()
    })
    rig.endpoints.apply(anEndpoint({ webhook_id: randomUUID(), partner_id: other, url: receiver.url }))
    await rig.write([event('anna')])
    await until('the disabling', () => rig.disabled.length > 0)
    await rig.write([event('otto'), event('anna')])
    // What is due elsewhere is found and sent, again and again; nothing else is.
    for (let round = 1; round <= 3; round++) {
      await rig.write([event(`other-${round}`, { partner_id: other })])
      await untilReceived(1 + round)
    }
    expect([transactionsOf('anna').length, transactionsOf('otto').length]).toEqual([1, 0])
    expect(rig.disabled).toHaveLength(1)
    isGone = false
    rig.endpoints.apply(anEndpoint({ webhook_id: webhookId, url: receiver.url, version: 3 }))
    await until('all notes', async () => (await statuses()).every((status) => status === 'delivered'))
  })

  it('gets no more calls at a time than are meant for one endpoint', async () => {
    await start(answerAfter(() => 30))
    await rig.write(Array.from({ length: 40 }, (_, at) => event(`player-${at}`)))
    await untilReceived(40)
    expect(receiver.openMax()).toBeLessThanOrEqual(CALLS_PER_ENDPOINT_MAX)
    expect(receiver.openMax()).toBeGreaterThan(1)
  })
})

describe('many endpoints', () => {
  it('are all sent theirs, whatever the others have to be sent', async () => {
    await start(answerOk)
    const others = Array.from({ length: 30 }, () => randomUUID())
    for (const id of others) rig.endpoints.apply(anEndpoint({ webhook_id: id, url: receiver.url }))
    const events = Array.from({ length: 10 }, (_, at) => event(`player-${at}`))
    await rig.write(events)
    await until('all notes', async () => (await statuses()).every((status) => status === 'delivered'))
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(310)
    expect(receiver.received).toHaveLength(310)
  })
})

describe('a process that is killed between a call and its note', () => {
  it('leaves the delivery to the next one, which sends it under the same id', async () => {
    const events = [event('anna'), event('anna')]
    receiver = await startReceiver((_call, response, nth) => {
      // The first call is never answered: the process is killed while it waits.
      if (nth > 1) response.end()
    })
    rig = createRig({ databaseUrl: database.url })
    rig.endpoints.apply(anEndpoint({ webhook_id: webhookId, url: receiver.url }))
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'testing/main.ts'), database.url, webhookId, receiver.url, '1000'],
      { stdio: 'inherit' },
    )
    await rig.write(events)
    await untilReceived(1)
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await statuses()).toEqual(['pending', 'pending'])
    rig.start()
    await untilStatuses('delivered', 'delivered')
    const [first = '', second = ''] = events.map(({ event_id }) => deliveryId(webhookId, event_id))
    expect(receiver.received.map(({ id }) => id)).toEqual([first, first, second])
  })
})

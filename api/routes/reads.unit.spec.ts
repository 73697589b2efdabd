/** What the reads answer, given what PostgreSQL says. */
import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import {
  pendingTransaction,
  problemAnswer,
  transactionAnswer,
  transactionPage,
  walletAnswer,
} from '../schemas/answers.ts'
import { PARTNER_ID, fakeDatabase } from '../testing/app.ts'
import type { FakeRows } from '../testing/app.ts'
import { bodyOf, get } from '../testing/requests.ts'

describe('reads', () => {
  const wallet = { balance: '89.5000', held: '0.0000', version: '3', status: 'active' }

  it('answers a balance', async () => {
    const answer = await get(
      { database: fakeDatabase(() => [wallet]) },
      '/wallet/p?currency=USD&min_version=3',
    )
    expect(answer.text).toBe(
      '{"player_id":"p","currency":"USD","balance":89.50,"held":0.00,"status":"active","version":3}',
    )
    bodyOf(walletAnswer, answer)
  })

  it('waits for the version that is asked for', async () => {
    let version = 0
    const database = fakeDatabase(() => [{ ...wallet, version: String(++version) }])
    const answer = await get({ database }, '/wallet/p?currency=USD&min_version=3')
    expect([answer.status, bodyOf(walletAnswer, answer).version]).toEqual([200, 3])
  })

  it('says that the version is not there in time', async () => {
    const answer = await get(
      { database: fakeDatabase(() => [wallet]) },
      '/wallet/p?currency=USD&min_version=4',
    )
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1'])
    expect(bodyOf(problemAnswer, answer).code).toBe('VERSION_NOT_REACHED')
  })

  it('looks again for a wallet that may just have been opened, then says 404', async () => {
    let reads = 0
    const answer = await get(
      { database: fakeDatabase(() => (++reads < 3 ? [] : [wallet])) },
      '/wallet/p?currency=USD',
    )
    expect(answer.status).toBe(200)
    const missing = await get({ database: fakeDatabase() }, '/wallet/p?currency=USD')
    expect([missing.status, bodyOf(problemAnswer, missing).code]).toEqual([404, 'WALLET_NOT_FOUND'])
  })

  it('answers a balance of the past', async () => {
    const rows: FakeRows = (_text, values) =>
      values[3] instanceof Date
        ? [{ balance_after: '1.0000', held_after: '2.0000', wallet_version: '1' }]
        : []
    const answer = await get(
      { database: fakeDatabase(rows) },
      '/wallet/p?currency=USD&at=2026-01-01T00:00:00Z',
    )
    expect(bodyOf(walletAnswer, answer)).toEqual({
      player_id: 'p',
      currency: 'USD',
      balance: 1,
      held: 2,
      status: null,
      version: 1,
    })
  })

  const row = (id: string, createdAtMs: number): Record<string, unknown> => ({
    id,
    wallet_id: '3f1c0a52-6d1e-5b59-8f0a-0d6a3f8a7c11',
    player_id: 'p',
    partner_id: PARTNER_ID,
    type: 'BET',
    _encrypted_amount: '105000',
    currency: 'USD',
    direction: null,
    balance_before: '100.0000',
    balance_after: '89.5000',
    held_after: '0.0000',
    wallet_version: '2',
    status: 'COMPLETED',
    game_id: 'g',
    round_id: 'r',
    campaign_id: null,
    transaction_id_partner: 't',
    reference_transaction_id_partner: null,
    reference_transaction_id: null,
    win_type: null,
    round_closed: false,
    hold_expires_at: null,
    error_code: null,
    reason: null,
    ip_address: null,
    user_agent: null,
    country: null,
    created_at: new Date(createdAtMs),
    processed_at: new Date(createdAtMs),
    updated_at: new Date(createdAtMs),
    metadata: '{"a": 1.10}',
  })

  it('answers a transaction, with its amount opened and its metadata to the digit', async () => {
    const id = uuidv7()
    const answer = await get({ database: fakeDatabase(() => [row(id, 1)]) }, `/transactions/${id}`)
    expect(bodyOf(transactionAnswer, answer)).toMatchObject({ id, amount: 10.5, balance_after: 89.5 })
    expect(answer.text).toContain('"amount":10.50')
    expect(answer.text).toContain('"metadata":{"a":1.10}')
    expect(answer.text).not.toContain('_encrypted_amount')
  })

  it('answers 202 for a recent id, 404 for an old one and for one that was never given out', async () => {
    const recent = uuidv7()
    const answer = await get({}, `/transactions/${recent}?wait_ms=50`)
    expect([answer.status, bodyOf(pendingTransaction, answer).transaction_id]).toEqual([202, recent])
    for (const id of [uuidv7({ msecs: Date.now() - 120_000 }), '0f0e0d0c-0b0a-4908-8706-050403020100']) {
      const missing = await get({}, `/transactions/${id}`)
      expect([missing.status, bodyOf(problemAnswer, missing).code]).toEqual([404, 'TRANSACTION_NOT_FOUND'])
    }
  })

  it('pages through a history', async () => {
    const ids = [uuidv7(), uuidv7(), uuidv7()]
    const all = ids.map((id, at) => row(id, 5_000 - at))
    const seen: (readonly unknown[])[] = []
    const rows: FakeRows = (_text, values) => {
      seen.push(values)
      const limit = Number(values.at(-1))
      const after = values.find((value) => ids.some((id) => id === value))
      const start = after === undefined ? 0 : ids.findIndex((id) => id === after) + 1
      return all.slice(start, start + limit)
    }
    const path = '/wallet/p/transactions?limit=2&type=BET&from=2026-01-01T00:00:00Z'
    const first = await get({ database: fakeDatabase(rows) }, path)
    const { data, next_cursor: cursor } = bodyOf(transactionPage, first)
    expect(data.map(({ id }) => id)).toEqual(ids.slice(0, 2))
    expect(seen[0]).toEqual([PARTNER_ID, 'p', 'BET', new Date('2026-01-01T00:00:00Z'), 3])
    const second = await get({ database: fakeDatabase(rows) }, `${path}&cursor=${cursor}`)
    const last = bodyOf(transactionPage, second)
    expect([last.data.map(({ id }) => id), last.next_cursor]).toEqual([ids.slice(2), undefined])
    expect(second.text).not.toContain('next_cursor')
  })

  it('finds by the partner’s id, waiting where asked', async () => {
    let reads = 0
    const rows: FakeRows = () => (++reads < 3 ? [] : [row(uuidv7(), 1)])
    const answer = await get(
      { database: fakeDatabase(rows) },
      '/transactions?transaction_id_partner=t&wait_ms=1000',
    )
    expect(bodyOf(transactionPage, answer).data).toHaveLength(1)
  })
})

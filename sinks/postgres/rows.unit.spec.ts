import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { BalanceUpdated, TransactionCreated } from '../../avro/types.ts'
import { createCipher } from '../../service/encryption.ts'
import { aBalance, aTransaction, aWithdrawal } from '../../tests/support/sink-events.ts'
import type { Batch, RawRecord } from '../runtime/types.ts'
import { rowsOf } from './rows.ts'

const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
const raw: RawRecord = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }
const place = { topic: 't', partition: 0, from: 0, next: 100 }
const WALLET_ID = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a11'

const ofTransactions = (...values: TransactionCreated[]): Batch => [
  {
    ...place,
    source: 'wallet.transaction.created',
    records: values.map((value, offset) => ({ offset, value, raw })),
  },
]
const ofBalances = (...values: BalanceUpdated[]): Batch => [
  { ...place, source: 'wallet.balance', records: values.map((value, offset) => ({ offset, value, raw })) },
]

describe('the rows of a batch', () => {
  it('hold a transaction once, as first recorded with its newest status', () => {
    const deposit = aTransaction()
    const [held, approved, paid] = aWithdrawal(deposit)
    if (held === undefined || approved === undefined || paid === undefined) throw new Error('three steps')
    const rows = rowsOf(ofTransactions(deposit, held, approved, paid), cipher)
    expect(rows.transactions).toHaveLength(2)
    expect(rows.transactions[1]).toMatchObject({
      id: held.data.transaction_id,
      status: 'COMPLETED',
      reason: 'paid',
      wallet_version: 2,
      status_version: 4,
      status_offset: 3,
      balance_before: '10.0000',
      balance_after: '6.0000',
      held_after: '4.0000',
      processed_at: new Date(held.data.processed_at).toISOString(),
      updated_at: new Date(paid.data.processed_at).toISOString(),
    })
    expect(rows.transactionUpdates.map(({ event_id }) => event_id)).toEqual([
      approved.event_id,
      paid.event_id,
    ])
    expect(rows.derivedWallets).toMatchObject([
      { id: deposit.data.wallet_id, version: 4, balance: '6.0000', held: '0.0000' },
    ])
  })

  it('hold a wallet once, in its newest version, and in the order of the ids', () => {
    const other = '00000000-0a3c-4f0e-9a52-7d4c9c1f3a11'
    const newer = aBalance([{ wallet_id: WALLET_ID, version: 9, balance: 1n }], 'p')
    const older = aBalance(
      [
        { wallet_id: WALLET_ID, version: 8 },
        { wallet_id: other, currency: 'USD' },
      ],
      'p',
    )
    const rows = rowsOf(ofBalances(newer, older), cipher)
    expect(rows.wallets.map(({ id, version, balance }) => [id, version, balance])).toEqual([
      [other, 1, '10.0000'],
      [WALLET_ID, 9, '0.0001'],
    ])
    expect(rows.placeholders).toHaveLength(1)
    expect(rows.partners).toEqual([])
  })

  it('refer to no wallet where there is none', () => {
    const none = { balance_before: null, balance_after: null, held_after: null, version: 0 }
    const rows = rowsOf(ofTransactions(aTransaction({ ...none, status: 'FAILED' })), cipher)
    expect(rows.transactions).toMatchObject([{ wallet_id: null, balance_after: null }])
    expect(rows.derivedWallets).toEqual([])
  })

  it('name each month once, by its first moment in UTC', () => {
    const times = [Date.UTC(2026, 0, 31, 23, 59, 59, 999), Date.UTC(2026, 0, 1), Date.UTC(2026, 1, 1)]
    const rows = rowsOf(ofTransactions(...times.map((created_at) => aTransaction({ created_at }))), cipher)
    expect([...rows.months]).toEqual(['2026-01-01T00:00:00.000Z', '2026-02-01T00:00:00.000Z'])
  })

  it('hold amounts sealed', () => {
    const [row] = rowsOf(ofTransactions(aTransaction({ amount: 123_4567n })), cipher).transactions
    expect(row?._encrypted_amount).not.toContain('123')
    expect(cipher.decryptAmount(row?._encrypted_amount ?? '')).toBe(123_4567n)
  })
})

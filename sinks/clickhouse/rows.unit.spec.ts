import { describe, expect, it } from 'vitest'
import { aBalance, aFullTransaction, aTransaction } from '../../tests/support/sink-events.ts'
import type { RawRecord } from '../runtime/types.ts'
import { aPartner } from '../testing/partner-events.ts'
import { balanceRows, ledgerRows, partnerRow, TABLES, timeOf, transactionRow } from './rows.ts'

const raw: RawRecord = { offset: 7, timestampMs: 0, key: null, value: null, headers: {} }
const from = { topic: 't', partition: 3 }

describe('a row', () => {
  it('has a cell for every column of its table', () => {
    const record = { offset: 7, value: aFullTransaction(), raw }
    const row = transactionRow(record, from)
    expect(row).toHaveLength(TABLES.transactions.length)
    const named = Object.fromEntries(TABLES.transactions.map((name, at) => [name, row[at]]))
    expect(named).toMatchObject({
      amount: '999999999999999.9999',
      balance_before: '0.0005',
      hold_expires_at: '2026-11-23 12:30:15.123',
      kafka_topic: 't',
      kafka_partition: 3,
      kafka_offset: 7,
    })
    expect(ledgerRows(record, from).map((entry) => entry.length)).toEqual([
      TABLES.ledger_entries.length,
      TABLES.ledger_entries.length,
    ])
    const balance = { offset: 7, value: aBalance([{ wallet_id: 'w' }, { wallet_id: 'x' }], 'p'), raw }
    expect(balanceRows(balance, from).map((cells) => cells.length)).toEqual([
      TABLES.wallet_balance_updates.length,
      TABLES.wallet_balance_updates.length,
    ])
  })

  it('of an entry is signed; there is none where no money moved', () => {
    const rows = ledgerRows({ offset: 1, value: aTransaction(), raw }, from)
    expect(rows.map((row) => row.slice(1, 4))).toEqual([
      [0, 'PLAYER', '10.0000'],
      [1, 'CASH', '-10.0000'],
    ])
    expect(ledgerRows({ offset: 1, value: aTransaction({ entries: [] }), raw }, from)).toEqual([])
  })

  it('of a partner has its rates in order, and the end of 2299 for what lies beyond', () => {
    const value = aPartner({
      commission_rates: [
        { rate: 10_000n, effective_from: Date.UTC(9999, 0, 1) },
        { rate: 1_250n, effective_from: 0 },
      ],
    })
    const row = partnerRow({ offset: 7, value, raw }, from)
    const named = Object.fromEntries(TABLES.partner_changes.map((name, at) => [name, row[at]]))
    expect(named).toMatchObject({
      partner_id: value.data.partner_id,
      rates: ['0.1250', '1.0000'],
      rates_from: ['1970-01-01 00:00:00.000', '2299-12-31 23:59:59.999'],
      kafka_offset: 7,
    })
  })

  it('has times to the millisecond in UTC', () => {
    expect(timeOf(0)).toBe('1970-01-01 00:00:00.000')
    expect(timeOf(Date.UTC(2199, 11, 31, 23, 59, 59, 999))).toBe('2199-12-31 23:59:59.999')
  })
})

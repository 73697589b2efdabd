import { describe, expect, it } from 'vitest'
import { aBalance, aFullTransaction, aTransaction } from '../../tests/support/sink-events.ts'
import type { RawRecord, SinkRecord } from '../runtime/types.ts'
import { aPartner } from '../testing/partner-events.ts'
import { addBalances, addEntries, createTables } from './rows.ts'
import { readRows } from './testing/read-rows.ts'

const raw: RawRecord = { offset: 7, timestampMs: 0, key: null, value: null, headers: {} }
const from = { topic: 't', partition: 3 }
const recordOf = <T>(value: T): SinkRecord<T> => ({ offset: 7, value, raw })
const SOURCE = { kafka_topic: 't', kafka_partition: 3, kafka_offset: 7 }

describe('a row', () => {
  it('of a transaction has all of its fields, and where it was read', () => {
    const event = aFullTransaction()
    const tables = createTables()
    tables.transactions.add({ record: recordOf(event), from })
    const { entries: _, ...data } = event.data
    const { event_id, event_type, timestamp } = event
    expect(readRows(tables.transactions)).toEqual([
      { event_id, event_type, event_timestamp: timestamp, ...data, ...SOURCE },
    ])
  })

  it('of an entry is signed; there is none where no money moved', () => {
    const tables = createTables()
    addEntries(tables, recordOf(aTransaction()), from)
    expect(readRows(tables.ledger_entries)).toMatchObject([
      { entry: 0, account: 'PLAYER', amount: 100_000n, ...SOURCE },
      { entry: 1, account: 'CASH', amount: -100_000n, ...SOURCE },
    ])
    const none = createTables()
    addEntries(none, recordOf(aTransaction({ entries: [] })), from)
    expect(none.ledger_entries.count).toBe(0)
    expect(readRows(none.ledger_entries)).toEqual([])
  })

  it('of a balance is there for each wallet of the player', () => {
    const ids = ['018f0000-0000-7000-8000-000000000001', '018f0000-0000-7000-8000-000000000002']
    const tables = createTables()
    const value = aBalance(
      ids.map((wallet_id) => ({ wallet_id })),
      'p',
    )
    addBalances(tables, recordOf(value), from)
    expect(readRows(tables.wallet_balance_updates)).toEqual(
      value.data.wallets.map((wallet) => ({
        partner_id: value.data.partner_id,
        player_id: 'p',
        ...wallet,
        ...SOURCE,
      })),
    )
  })

  it('of a partner has its rates in order, and the end of 2299 for what lies beyond', () => {
    const value = aPartner({
      commission_rates: [
        { rate: 10_000n, effective_from: Date.UTC(9999, 0, 1) },
        { rate: 1_250n, effective_from: 0 },
      ],
    })
    const tables = createTables()
    tables.partner_changes.add({ record: recordOf(value), from })
    expect(readRows(tables.partner_changes)).toMatchObject([
      {
        partner_id: value.data.partner_id,
        rates: [1_250n, 10_000n],
        rates_from: [0, Date.UTC(2300, 0, 1) - 1],
        ...SOURCE,
      },
    ])
  })
})

import { describe, expect, it } from 'vitest'
import type { Transaction, TransactionCreated } from '../avro/types.ts'
import { locate } from './locate.ts'
import type { Contents } from './locate.ts'
import { LogAudit } from './log-audit.ts'
import { reconcileViews } from './result.ts'
import type { Reconciliation, Views } from './result.ts'
import { addMovements, addSum, bucketOf, unitsOf } from './view.ts'
import type { WalletFigures } from './view.ts'

const WALLET = '11111111-1111-5111-8111-111111111111'
const id = (number: number): string => `00000000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`

const TRANSACTION: Transaction = {
  transaction_id: id(1),
  command_id: id(1),
  wallet_id: WALLET,
  partner_id: '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10',
  player_id: 'p1',
  type: 'DEPOSIT',
  status: 'COMPLETED',
  amount: 100n,
  currency: 'EUR',
  direction: null,
  balance_before: 0n,
  balance_after: 100n,
  held_after: 0n,
  version: 1,
  game_id: null,
  round_id: null,
  campaign_id: null,
  transaction_id_partner: 'd-1',
  reference_transaction_id_partner: null,
  reference_transaction_id: null,
  win_type: null,
  round_closed: false,
  hold_expires_at: null,
  error_code: null,
  retryable: false,
  reason: null,
  entries: [
    { account: 'PLAYER', amount: 100n },
    { account: 'CASH', amount: -100n },
  ],
  created_at: 1,
  processed_at: 1,
  ip_address: null,
  user_agent: null,
  country: null,
  player_country: null,
  metadata: null,
}

const event = (change: Partial<Transaction>, type = 'transaction.created'): TransactionCreated => ({
  event_id: id(99),
  event_type: type,
  timestamp: 1,
  data: { ...TRANSACTION, ...change },
})

/** Deposit 100, bet 30, withdrawal 20 held, then paid out, and a rejected bet. */
const HISTORY: TransactionCreated[] = [
  event({}),
  event({
    transaction_id: id(2),
    type: 'BET',
    amount: 30n,
    balance_before: 100n,
    balance_after: 70n,
    version: 2,
    entries: [
      { account: 'HOUSE', amount: 30n },
      { account: 'PLAYER', amount: -30n },
    ],
  }),
  event({
    transaction_id: id(3),
    type: 'WITHDRAWAL',
    status: 'PENDING',
    amount: 20n,
    balance_before: 70n,
    balance_after: 50n,
    held_after: 20n,
    version: 3,
    entries: [
      { account: 'PLAYER_HELD', amount: 20n },
      { account: 'PLAYER', amount: -20n },
    ],
  }),
  event({
    transaction_id: id(4),
    type: 'BET',
    status: 'FAILED',
    error_code: 'INSUFFICIENT_FUNDS',
    amount: 900n,
    balance_before: 50n,
    balance_after: 50n,
    held_after: 20n,
    version: 3,
    entries: [],
  }),
  event(
    {
      transaction_id: id(3),
      type: 'WITHDRAWAL',
      amount: 20n,
      balance_before: 50n,
      balance_after: 50n,
      version: 4,
      entries: [
        { account: 'CASH', amount: 20n },
        { account: 'PLAYER_HELD', amount: -20n },
      ],
    },
    'transaction.updated',
  ),
]

const audit = (events: readonly TransactionCreated[]): LogAudit => {
  const log = new LogAudit()
  events.forEach((one, offset) => log.add(one, 2, offset))
  return log
}

const FIGURES: WalletFigures = { currency: 'EUR', balance: 50n, held: 0n, version: 4 }

/** Views that all agree with the history. */
function views(): Views {
  const log = audit(HISTORY)
  const copy = () => ({
    counts: new Map(log.counts),
    balanceChanges: new Map(log.balanceChanges),
    buckets: log.buckets.slice(),
    days: new Map([...log.days].map(([name, movements]) => [name, { ...movements }])),
  })
  return {
    kafka: {
      log,
      balances: new Map([[WALLET, { ...FIGURES, partition: 2, offset: 7 }]]),
    },
    postgres: { transactions: copy(), wallets: new Map([[WALLET, FIGURES]]), doubled: [] },
    clickhouse: {
      transactions: copy(),
      wallets: new Map([[WALLET, FIGURES]]),
      accounts: new Map(log.accounts),
      doubled: [],
      shared: [],
    },
    moved: new Set<string>(),
  }
}

const whats = ({ differences }: Reconciliation): string[] => differences.map(({ what }) => what)

describe('the audit of the log', () => {
  it('counts each transaction once, in its newest status, and tells money in from money out', () => {
    const log = audit(HISTORY)
    expect(log.faults).toEqual([])
    expect(Object.fromEntries([...log.counts].filter(([, count]) => count > 0))).toEqual({
      'DEPOSIT COMPLETED': 1,
      'BET COMPLETED': 1,
      'BET FAILED': 1,
      'WITHDRAWAL COMPLETED': 1,
    })
    expect(Object.fromEntries(log.moneyIn)).toEqual({ 'DEPOSIT EUR': 100n })
    expect(Object.fromEntries(log.moneyOut)).toEqual({ 'BET EUR': 30n, 'WITHDRAWAL EUR': 20n })
    expect(log.wallets.get(WALLET)).toMatchObject({ balance: 50n, held: 0n, version: 4, offset: 4 })
    expect([...log.accounts.values()].reduce((sum, units) => sum + units, 0n)).toBe(0n)
  })

  it.each<[string, TransactionCreated[], string, number]>([
    [
      'an event that came twice',
      [...HISTORY.slice(0, 2), HISTORY[1] ?? event({})],
      'begins here with 0.0100',
      2,
    ],
    [
      'an event that is missing',
      [HISTORY[0] ?? event({}), HISTORY[2] ?? event({})],
      'begins here with 0.0070',
      1,
    ],
    [
      'entries that are not zero',
      [event({ entries: [{ account: 'PLAYER', amount: 100n }] })],
      'the entries sum to',
      0,
    ],
    [
      'entries that are not the difference',
      [event({ balance_after: 90n })],
      'do not differ by the entries',
      0,
    ],
    [
      'a version that falls',
      [event({ version: 5 }), event({ ...HISTORY[3]?.data, balance_before: 100n, balance_after: 100n })],
      'falls from version 5',
      1,
    ],
    [
      'money without a version',
      [event({}), event({ transaction_id: id(5), version: 1, balance_before: 100n, balance_after: 200n })],
      'without a new version',
      1,
    ],
    ['money without a wallet', [event({ balance_before: null, balance_after: null })], 'without a wallet', 0],
    ['a change of what was not open', [event({}, 'transaction.updated')], 'was not open', 0],
    [
      'an open transaction made twice',
      [HISTORY[2] ?? event({}), HISTORY[2] ?? event({})],
      'is created twice',
      1,
    ],
  ])('names %s with its place', (_, events, what, offset) => {
    const fault = audit(events).faults.find((one) => one.what.includes(what))
    expect(fault?.where).toBe(`topic wallet.transaction.created, partition 2, offset ${offset}`)
  })

  it('counts versions that no transaction took', () => {
    const log = audit([
      event({}),
      event({ transaction_id: id(5), version: 4, balance_before: 100n, balance_after: 200n }),
    ])
    expect(log).toMatchObject({ versionsSkipped: 2, faultCount: 0 })
  })
})

describe('the comparison of the stores', () => {
  it('finds nothing where all agree', () => {
    const result = reconcileViews(views())
    expect(result).toMatchObject({
      ok: true,
      transactions: 4,
      accepted: 3,
      rejectedByCode: { INSUFFICIENT_FUNDS: 1 },
      money: [{ currency: 'EUR', moneyIn: 100n, moneyOut: 50n, funds: 50n, same: true }],
      differences: [],
    })
    expect(result.lines.every(({ same }) => same)).toBe(true)
  })

  it('names a balance that differs, with the place of its record', () => {
    const changed = views()
    changed.postgres.wallets.set(WALLET, { ...FIGURES, balance: 51n })
    const result = reconcileViews(changed)
    expect(result.ok).toBe(false)
    expect(result.differences).toEqual([
      {
        what: `wallet ${WALLET}: 0.0050 + 0.0000 held in Kafka, 0.0051 + 0.0000 held in PostgreSQL`,
        where: 'topic wallet.balance, partition 2, offset 7',
      },
    ])
    expect(result.lines.find(({ figure }) => figure.startsWith('balances'))?.same).toBe(false)
  })

  it('names versions, missing wallets and wallets of nowhere', () => {
    const changed = views()
    changed.postgres.wallets.set(WALLET, { ...FIGURES, version: 3 })
    changed.clickhouse.wallets.delete(WALLET)
    changed.clickhouse.wallets.set(id(77), FIGURES)
    expect(whats(reconcileViews(changed))).toEqual([
      `wallet ${WALLET}: version 4 in Kafka, 3 in PostgreSQL`,
      `wallet ${WALLET} is missing in ClickHouse`,
      `wallet ${id(77)} is in ClickHouse alone`,
    ])
  })

  it('names counts, sums and accounts that differ, and where to look', () => {
    const changed = views()
    changed.postgres.transactions.counts.set('BET COMPLETED', 2)
    changed.postgres.transactions.buckets[bucketOf(id(2))] = 2
    addSum(changed.clickhouse.transactions.balanceChanges, 'BET EUR', -1n)
    addSum(changed.clickhouse.accounts, 'HOUSE EUR', 1n)
    const result = reconcileViews(changed)
    expect(whats(result)).toEqual([
      'transactions BET COMPLETED: 1 in the log, 2 in PostgreSQL',
      'change of balances by BET EUR: -0.0030 in the log, -0.0031 in ClickHouse',
      'ledger account HOUSE EUR: 0.0030 in the log, 0.0031 in ClickHouse',
    ])
    expect(result.suspects).toEqual({ buckets: [{ store: 'PostgreSQL', bucket: 2 }], cells: [] })
  })

  it('names the day on which the movements of wallets differ, though all else agrees', () => {
    const changed = views()
    addMovements(changed.clickhouse.transactions.days, '0/11', { count: 0, units: -1n })
    addMovements(changed.postgres.transactions.days, '3/11', { count: 1, units: 0n })
    expect(reconcileViews(changed).suspects).toEqual({
      buckets: [],
      cells: [
        { store: 'PostgreSQL', cell: { day: 3, digits: '11' } },
        { store: 'ClickHouse', cell: { day: 0, digits: '11' } },
      ],
    })
  })

  it('leaves out the balances of wallets that moved meanwhile, and nothing else', () => {
    const changed = views()
    changed.moved = new Set([WALLET])
    changed.kafka.balances.clear()
    changed.postgres.wallets.set(WALLET, { ...FIGURES, balance: 51n })
    changed.clickhouse.wallets.set(WALLET, { ...FIGURES, version: 9 })
    expect(reconcileViews(changed)).toMatchObject({ ok: true, walletsMoved: 1, differences: [] })
    changed.postgres.transactions.counts.set('BET COMPLETED', 2)
    expect(reconcileViews(changed).ok).toBe(false)
  })

  it('names ids that stand for two players', () => {
    const changed = views()
    const shared = { what: 'the id x stands for transactions of 2 players', where: 'offset 7' }
    changed.clickhouse.shared.push(shared)
    expect(reconcileViews(changed)).toMatchObject({ ok: false, differences: [shared] })
  })

  it('names money that came from nowhere', () => {
    const changed = views()
    changed.kafka.balances.set(WALLET, { ...FIGURES, balance: 60n, partition: 2, offset: 7 })
    expect(whats(reconcileViews(changed))).toContain('EUR: 0.0100 in less 0.0050 out is not the 0.0060 there')
  })
})

describe('the search for what differs', () => {
  const contents: Contents = {
    idsOfBucket: () => Promise.resolve([id(2 + 4096)]),
    walletsOfCell: () => Promise.resolve(new Map([[id(0x11), { count: 1, units: 5n }]])),
  }
  const readLog: Parameters<typeof locate>[2] = (onRecord) => {
    HISTORY.forEach((one, offset) => onRecord(one, 2, offset))
    return Promise.resolve()
  }

  it('finds the transaction that a store lacks, and the one that it made up', async () => {
    const suspects = { buckets: [{ store: 'ClickHouse', bucket: bucketOf(id(2)) }], cells: [] } as const
    expect(await locate(suspects, contents, readLog)).toEqual([
      {
        what: `transaction ${id(2)} is missing in ClickHouse`,
        where: 'topic wallet.transaction.created, partition 2, offset 1',
      },
      { what: `transaction ${id(2 + 4096)} is in ClickHouse without its event`, where: 'ClickHouse' },
    ])
  })

  it('finds the wallets whose day differs, with the last record of the day', async () => {
    const suspects = {
      buckets: [],
      cells: [{ store: 'PostgreSQL', cell: { day: 0, digits: '11' } }],
    } as const
    expect(await locate(suspects, contents, readLog)).toEqual([
      {
        what: `movements of wallet ${id(0x11)} on 1970-01-01: 0 of 0.0000 in all in the log, 1 of 0.0005 in all in PostgreSQL`,
        where: 'PostgreSQL',
      },
      {
        what: `movements of wallet ${WALLET} on 1970-01-01: 5 of 0.0050 in all in the log, 0 of 0.0000 in all in PostgreSQL`,
        where: 'topic wallet.transaction.created, partition 2, offset 4',
      },
    ])
  })

  it('reads nothing where nothing is suspect', async () => {
    const never = (): Promise<void> => Promise.reject(new Error('read'))
    expect(await locate({ buckets: [], cells: [] }, contents, never)).toEqual([])
  })
})

describe('a decimal of a store', () => {
  it.each([
    ['1', 10_000n],
    ['-0.5', -5_000n],
    ['123456789012345678.1234', 1_234_567_890_123_456_781_234n],
  ])('%s is exact', (text, units) => {
    expect(unitsOf(text)).toBe(units)
  })

  it('with more than four places is refused', () => {
    expect(() => unitsOf('1.00001')).toThrow('no decimal')
  })
})

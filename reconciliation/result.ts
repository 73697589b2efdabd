/** Lays the stores' figures side by side and names every difference: pure. */
import { formatAmount } from '../domain/money.ts'
import {
  compareCounts,
  compareSums,
  compareWallets,
  differingBuckets,
  differingCells,
  fundsByCurrency,
} from './compare.ts'
import type { ClickhouseView } from './clickhouse.ts'
import type { KafkaView } from './kafka.ts'
import type { Suspects } from './locate.ts'
import type { PostgresView } from './postgres.ts'
import { coordinates } from './view.ts'
import type { Counts, Difference, Sums, WalletFigures, WalletView } from './view.ts'

/** One line of the comparison: a figure in each store. */
export interface Line {
  figure: string
  kafka: string
  postgres: string
  clickhouse: string
  same: boolean
}

/** One currency's money: what came in less what went out must be what is there. */
export interface MoneyLine {
  currency: string
  moneyIn: bigint
  moneyOut: bigint
  funds: bigint
  same: boolean
}

export interface Reconciliation {
  ok: boolean
  /** Events in the log of transactions. */
  events: number
  transactions: number
  accepted: number
  rejectedByCode: Readonly<Record<string, number>>
  /** By currency. */
  money: MoneyLine[]
  /** By "TYPE CURRENCY". */
  moneyIn: Sums
  moneyOut: Sums
  lines: Line[]
  versionsSkipped: number
  /** Wallets that changed while the stores were read; their balances are not compared, their transactions are. */
  walletsMoved: number
  differences: Difference[]
  /** Where a store has others than the log. */
  suspects: Suspects
}

export interface Views {
  kafka: KafkaView
  postgres: PostgresView
  clickhouse: ClickhouseView
  /** Wallets with records behind the place at which the log was cut. */
  moved: ReadonlySet<string>
}

const total = (counts: Counts): number => [...counts.values()].reduce((sum, count) => sum + count, 0)

/** Wallets that have not moved. */
function* resting(wallets: WalletView, moved: ReadonlySet<string>): Generator<[string, WalletFigures]> {
  for (const entry of wallets) if (!moved.has(entry[0])) yield entry
}

const walletViews = ({ kafka, postgres, clickhouse, moved }: Views): WalletView[] =>
  [kafka.balances, postgres.wallets, clickhouse.wallets].map((wallets) => new Map(resting(wallets, moved)))

function countLines(views: Views, wallets: readonly WalletView[]): Line[] {
  const { kafka, postgres, clickhouse } = views
  const counted = [kafka.log.counts, postgres.transactions.counts, clickhouse.transactions.counts] as const
  const names = [...new Set(counted.flatMap((counts) => [...counts.keys()]))].toSorted()
  const line = (figure: string, numbers: readonly [number, number, number]): Line => ({
    figure,
    kafka: numbers[0].toLocaleString('en-US'),
    postgres: numbers[1].toLocaleString('en-US'),
    clickhouse: numbers[2].toLocaleString('en-US'),
    same: numbers.every((number) => number === numbers[0]),
  })
  const named = (name: string): [number, number, number] => [
    counted[0].get(name) ?? 0,
    counted[1].get(name) ?? 0,
    counted[2].get(name) ?? 0,
  ]
  return [
    line('transactions', [total(counted[0]), total(counted[1]), total(counted[2])]),
    ...names
      .filter((name) => named(name).some((count) => count > 0))
      .map((name) => line(`  ${name}`, named(name))),
    line('wallets', [wallets[0]?.size ?? 0, wallets[1]?.size ?? 0, wallets[2]?.size ?? 0]),
  ]
}

function fundLines(wallets: readonly WalletView[]): Line[] {
  const sums = wallets.map(fundsByCurrency)
  const currencies = [...new Set(sums.flatMap((sum) => [...sum.keys()]))].toSorted()
  return currencies.map((currency) => {
    const [kafka = 0n, postgres = 0n, clickhouse = 0n] = sums.map((sum) => sum.get(currency) ?? 0n)
    return {
      figure: `balances + held ${currency}`,
      kafka: formatAmount(kafka),
      postgres: formatAmount(postgres),
      clickhouse: formatAmount(clickhouse),
      same: kafka === postgres && kafka === clickhouse,
    }
  })
}

/** What is there of a wallet that has moved is what the log said of it at the cut. */
function moneyLines({ log, balances }: KafkaView, moved: ReadonlySet<string>): MoneyLine[] {
  const sumOf = (sums: Sums, currency: string): bigint =>
    [...sums].reduce((sum, [name, units]) => (name.endsWith(` ${currency}`) ? sum + units : sum), 0n)
  const atCut = [...log.wallets].filter(([id]) => moved.has(id))
  const funds = fundsByCurrency(new Map([...resting(balances, moved), ...atCut]))
  const currencies = new Set([
    ...funds.keys(),
    ...[...log.accounts.keys()].map((name) => name.split(' ')[1] ?? ''),
  ])
  return [...currencies].toSorted().map((currency) => {
    const moneyIn = sumOf(log.moneyIn, currency)
    const moneyOut = sumOf(log.moneyOut, currency)
    const there = funds.get(currency) ?? 0n
    return { currency, moneyIn, moneyOut, funds: there, same: moneyIn - moneyOut === there }
  })
}

const whereIn =
  (topic: string, places: ReadonlyMap<string, { partition: number; offset: number }>) =>
  (walletId: string): string => {
    const place = places.get(walletId)
    return place === undefined ? `no record in ${topic}` : coordinates(topic, place.partition, place.offset)
  }

function walletDifferences({ kafka, postgres, clickhouse, moved }: Views): Difference[] {
  const { log, balances } = kafka
  const inLog = whereIn('wallet.transaction.created', log.wallets)
  const inBalances = whereIn('wallet.balance', balances)
  const stores: [string, WalletView][] = [
    ['PostgreSQL', postgres.wallets],
    ['ClickHouse', clickhouse.wallets],
  ]
  return [
    ...compareWallets(log.wallets, balances, {
      versions: false,
      whereOf: inLog,
      store: 'wallet.balance',
      moved,
    }),
    ...stores.flatMap(([store, wallets]) =>
      compareWallets(balances, wallets, { versions: true, whereOf: inBalances, store, moved }),
    ),
  ]
}

function transactionDifferences({ kafka: { log }, postgres, clickhouse }: Views): Difference[] {
  const stores = [
    ['PostgreSQL', postgres.transactions],
    ['ClickHouse', clickhouse.transactions],
  ] as const
  return [
    ...stores.flatMap(([store, { counts, balanceChanges }]) => [
      ...compareCounts(log.counts, counts, store, 'transactions'),
      ...compareSums(log.balanceChanges, balanceChanges, store, 'change of balances by'),
    ]),
    ...compareSums(log.accounts, clickhouse.accounts, 'ClickHouse', 'ledger account'),
  ]
}

function moneyDifferences(money: readonly MoneyLine[]): Difference[] {
  return money
    .filter(({ same }) => !same)
    .map(({ currency, moneyIn, moneyOut, funds }) => ({
      what: `${currency}: ${formatAmount(moneyIn)} in less ${formatAmount(moneyOut)} out is not the ${formatAmount(funds)} there`,
      where: 'wallet.transaction.created against wallet.balance',
    }))
}

/** The whole comparison. */
export function reconcileViews(views: Views): Reconciliation {
  const { kafka, postgres, clickhouse, moved } = views
  const { log } = kafka
  const money = moneyLines(kafka, moved)
  const wallets = walletViews(views)
  const differences = [
    ...log.faults,
    ...moneyDifferences(money),
    ...transactionDifferences(views),
    ...walletDifferences(views),
    ...postgres.doubled,
    ...clickhouse.doubled,
    ...clickhouse.shared,
  ]
  const transactions = total(log.counts)
  const rejected = total(log.rejectionsByCode)
  return {
    ok: differences.length === 0,
    events: log.events,
    transactions,
    accepted: transactions - rejected,
    rejectedByCode: Object.fromEntries([...log.rejectionsByCode].toSorted(([a], [b]) => a.localeCompare(b))),
    money,
    moneyIn: log.moneyIn,
    moneyOut: log.moneyOut,
    lines: [...countLines(views, wallets), ...fundLines(wallets)],
    versionsSkipped: log.versionsSkipped,
    walletsMoved: moved.size,
    differences,
    suspects: suspectsOf(views),
  }
}

function suspectsOf({ kafka: { log }, postgres, clickhouse }: Views): Suspects {
  const stores = [
    ['PostgreSQL', postgres.transactions],
    ['ClickHouse', clickhouse.transactions],
  ] as const
  return {
    buckets: stores.flatMap(([store, { buckets }]) =>
      differingBuckets(log.buckets, buckets).map((bucket) => ({ store, bucket })),
    ),
    cells: stores.flatMap(([store, { days }]) =>
      differingCells(log.days, days).map((cell) => ({ store, cell })),
    ),
  }
}

/**
 * The books as the log of transactions keeps them: pure, one event at a time, in memory one entry per wallet and one
 * per open withdrawal, and 256 cells per day. Finds what contradicts itself, with its coordinates.
 */
import type { Transaction, TransactionCreated } from '../avro/types.ts'
import { formatAmount } from '../domain/money.ts'
import {
  BUCKET_COUNT,
  addCount,
  addMovements,
  addSum,
  bucketOf,
  cellName,
  cellOf,
  coordinates,
} from './view.ts'
import type { Counts, DayCells, Difference, Sums, TransactionView, WalletFigures } from './view.ts'

const TOPIC = 'wallet.transaction.created'
/** Faults that are kept; more only count. */
const FAULTS_MAX = 50

interface LogWallet extends WalletFigures {
  partition: number
  offset: number
}

export class LogAudit {
  readonly wallets = new Map<string, LogWallet>()
  readonly counts: Counts = new Map()
  readonly balanceChanges: Sums = new Map()
  /** Units by "ACCOUNT CURRENCY". */
  readonly accounts: Sums = new Map()
  /** Units that came to the players' wallets, held funds included, by "TYPE CURRENCY". */
  readonly moneyIn: Sums = new Map()
  /** Units that went from there; holding funds and giving them back is neither. */
  readonly moneyOut: Sums = new Map()
  readonly rejectionsByCode: Counts = new Map()
  readonly buckets = new Int32Array(BUCKET_COUNT)
  readonly days: DayCells = new Map()
  readonly faults: Difference[] = []
  events = 0
  faultCount = 0
  /** Versions that no transaction took: changes of standing, which leave none. */
  versionsSkipped = 0
  readonly #open = new Map<string, string>()

  add({ event_type, data }: TransactionCreated, partition: number, offset: number): void {
    this.events++
    const where = coordinates(TOPIC, partition, offset)
    const status = `${data.type} ${data.status}`
    const before = this.#open.get(data.transaction_id)
    if (event_type === 'transaction.created') {
      if (before !== undefined) this.fault(`transaction ${data.transaction_id} is created twice`, where)
      const bucket = bucketOf(data.transaction_id)
      this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1
      if (data.status === 'FAILED') addCount(this.rejectionsByCode, data.error_code ?? 'UNKNOWN')
    } else if (before === undefined)
      this.fault(`transaction ${data.transaction_id} changes its status but was not open`, where)
    else addCount(this.counts, before, -1)
    addCount(this.counts, status)
    if (data.status === 'PENDING' || data.status === 'PROCESSING') this.#open.set(data.transaction_id, status)
    else this.#open.delete(data.transaction_id)
    this.#book(data, partition, offset, where)
  }

  transactions(): TransactionView {
    return {
      counts: this.counts,
      balanceChanges: this.balanceChanges,
      buckets: this.buckets,
      days: this.days,
    }
  }

  fault(what: string, where: string): void {
    this.faultCount++
    if (this.faults.length < FAULTS_MAX) this.faults.push({ what, where })
  }

  #book(data: Transaction, partition: number, offset: number, where: string): void {
    let sum = 0n
    let balanceChange = 0n
    let flow = 0n
    for (const { account, amount } of data.entries) {
      sum += amount
      addSum(this.accounts, `${account} ${data.currency}`, amount)
      if (account === 'PLAYER') balanceChange += amount
      if (account === 'PLAYER' || account === 'PLAYER_HELD') flow += amount
    }
    if (sum !== 0n) this.fault(`the entries sum to ${formatAmount(sum)}, not to 0`, where)
    if (flow > 0n) addSum(this.moneyIn, `${data.type} ${data.currency}`, flow)
    if (flow < 0n) addSum(this.moneyOut, `${data.type} ${data.currency}`, -flow)
    if (data.balance_after === null || data.balance_before === null) {
      if (data.entries.length > 0) this.fault('money moved without a wallet', where)
      return
    }
    if (data.balance_after - data.balance_before !== balanceChange)
      this.fault('the balances before and after do not differ by the entries', where)
    if (balanceChange !== 0n) addSum(this.balanceChanges, `${data.type} ${data.currency}`, balanceChange)
    const cell = cellName(cellOf(data.wallet_id, data.created_at))
    addMovements(this.days, cell, { count: 1, units: data.balance_after - data.balance_before })
    this.#chain(data, data.balance_before, balanceChange, partition, offset, where)
  }

  /** Each event of a wallet begins where the one before ended. */
  #chain(
    data: Transaction,
    before: bigint,
    change: bigint,
    partition: number,
    offset: number,
    where: string,
  ): void {
    const wallet = this.wallets.get(data.wallet_id)
    const last = wallet ?? { balance: 0n, held: 0n, version: 0 }
    const since = wallet === undefined ? '' : ` (since offset ${wallet.offset})`
    if (before !== last.balance)
      this.fault(
        `the balance of wallet ${data.wallet_id} was ${formatAmount(last.balance)}${since} and begins here with ${formatAmount(before)}`,
        where,
      )
    if (data.version < last.version)
      this.fault(
        `wallet ${data.wallet_id} falls from version ${last.version} to ${data.version}${since}`,
        where,
      )
    if (change !== 0n && data.version === last.version)
      this.fault(`money moved on wallet ${data.wallet_id} without a new version${since}`, where)
    if (data.version > last.version + 1) this.versionsSkipped += data.version - last.version - 1
    this.wallets.set(data.wallet_id, {
      currency: data.currency,
      balance: data.balance_after ?? 0n,
      held: data.held_after ?? 0n,
      version: data.version,
      partition,
      offset,
    })
  }
}

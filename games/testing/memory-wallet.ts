/**
 * A wallet in memory that keeps to the trade's contract, for tests of what calls one. It shares no code with the platform's: it is
 * written from the table of states alone.
 */
import type { Player, WalletOrder, WalletOrderResult, WalletPort, WalletSession } from '../adapter.ts'

interface KnownBet {
  /** `TOMBSTONE`: its rollback came, and it did not. */
  state: 'APPLIED' | 'REJECTED' | 'TOMBSTONE' | 'ROLLED_BACK' | 'SETTLED'
  amount: bigint
  round: string
}

interface KnownOrder {
  payload: string
  result: WalletOrderResult
}

type Done =
  { kind: 'APPLIED'; unknownBet?: boolean } | { kind: 'REJECTED'; code: string; forgotten?: boolean }

const APPLIED: Done = { kind: 'APPLIED' }
const rejected = (code: string, forgotten = false): Done => ({ kind: 'REJECTED', code, forgotten })

export class MemoryWallet implements WalletPort {
  readonly balances = new Map<string, bigint>()
  readonly sessions = new Map<string, WalletSession>()
  readonly #orders = new Map<string, KnownOrder>()
  readonly #bets = new Map<string, KnownBet>()
  readonly #closed = new Set<string>()
  #ids = 0

  static key = ({ partnerId, playerId }: Player, currency: string): string =>
    `${partnerId}/${playerId}/${currency}`

  /** Moves on a turn of the event loop, as a wallet behind a network does; decides in one piece. */
  async execute(order: WalletOrder): Promise<WalletOrderResult> {
    await Promise.resolve()
    return this.decide(order)
  }

  decide(order: WalletOrder): WalletOrderResult {
    const key = MemoryWallet.key(order, order.currency)
    const { transactionIdPartner: id } = order
    const payload = JSON.stringify(order, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    const known = this.#orders.get(id)
    if (known !== undefined) {
      const balance = this.balances.get(key) ?? 0n
      if (known.payload !== payload)
        return { kind: 'REJECTED', code: 'TRANSACTION_CONFLICT', replayed: false, balance }
      return known.result.kind === 'PENDING' ? known.result : { ...known.result, replayed: true, balance }
    }
    const done = this.balances.has(key) ? this.#apply(order, key) : rejected('WALLET_NOT_FOUND', true)
    const balance = this.balances.get(key) ?? 0n
    const result: WalletOrderResult =
      done.kind === 'APPLIED'
        ? {
            kind: 'APPLIED',
            transactionId: `tx-${++this.#ids}`,
            replayed: false,
            balance,
            unknownBet: done.unknownBet ?? false,
          }
        : { kind: 'REJECTED', code: done.code, replayed: false, balance }
    if (done.kind === 'APPLIED' || done.forgotten !== true) this.#orders.set(id, { payload, result })
    return result
  }

  #apply(order: WalletOrder, key: string): Done {
    const { amount } = order
    switch (order.type) {
      case 'BET':
        return this.#bet(order, key, amount ?? 0n)
      case 'WIN':
        return this.#win(order, key, amount ?? 0n)
      case 'ROLLBACK':
        return this.#rollback(order, key)
    }
  }

  #bet({ transactionIdPartner: id, roundId }: WalletOrder, key: string, amount: bigint): Done {
    const round = `${key}/${roundId}`
    if (this.#bets.get(id)?.state === 'TOMBSTONE') return rejected('TRANSACTION_ROLLED_BACK')
    const fault = this.#closed.has(round)
      ? 'ROUND_CLOSED'
      : (this.balances.get(key) ?? 0n) < amount
        ? 'INSUFFICIENT_FUNDS'
        : undefined
    this.#bets.set(id, { state: fault === undefined ? 'APPLIED' : 'REJECTED', amount, round })
    if (fault !== undefined) return rejected(fault)
    this.move(key, -amount)
    return APPLIED
  }

  #win(order: WalletOrder, key: string, amount: bigint): Done {
    const round = `${key}/${order.roundId}`
    if (this.#closed.has(round)) return rejected('ROUND_CLOSED')
    if (order.winType === 'STANDARD') {
      const { referenceTransactionIdPartner: reference } = order
      const bets =
        reference === null
          ? [...this.#bets.values()].filter((bet) => bet.round === round)
          : [this.#bets.get(reference)].filter((bet) => bet !== undefined)
      const standing = bets.filter(({ state }) => state === 'APPLIED' || state === 'SETTLED')
      if (standing.length === 0) {
        if (bets.some(({ state }) => state === 'ROLLED_BACK' || state === 'TOMBSTONE'))
          return rejected('TRANSACTION_ROLLED_BACK')
        if (bets.some(({ state }) => state === 'REJECTED')) return rejected('PARENT_FAILED')
        return rejected('BET_NOT_FOUND', true)
      }
      for (const bet of standing) bet.state = 'SETTLED'
    }
    if (order.roundClosed) this.#closed.add(round)
    this.move(key, amount)
    return APPLIED
  }

  #rollback({ referenceTransactionIdPartner: reference, roundId }: WalletOrder, key: string): Done {
    const id = reference ?? ''
    const bet = this.#bets.get(id)
    if (bet === undefined) {
      this.#bets.set(id, { state: 'TOMBSTONE', amount: 0n, round: `${key}/${roundId}` })
      return { kind: 'APPLIED', unknownBet: true }
    }
    switch (bet.state) {
      case 'TOMBSTONE':
        return { kind: 'APPLIED', unknownBet: true }
      case 'ROLLED_BACK':
        return APPLIED
      case 'REJECTED':
        return rejected('PARENT_FAILED')
      case 'SETTLED':
        return rejected('BET_ALREADY_SETTLED')
      case 'APPLIED':
        bet.state = 'ROLLED_BACK'
        this.move(key, bet.amount)
        return APPLIED
    }
  }

  protected move(key: string, units: bigint): void {
    this.balances.set(key, (this.balances.get(key) ?? 0n) + units)
  }

  balance(player: Player, currency: string): Promise<bigint | undefined> {
    return Promise.resolve(this.balances.get(MemoryWallet.key(player, currency)))
  }

  resolveSession(token: string): Promise<WalletSession | undefined> {
    return Promise.resolve(this.sessions.get(token))
  }
}

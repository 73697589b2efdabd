/**
 * A second, deliberately naive wallet, written from the contract and sharing nothing with the first: it keeps the list
 * of all that was ever decided and works every question out anew from that list. Slow, and easy to read.
 */
import type { WalletCommand, WalletCommandData } from '../../../avro/types.ts'

const MEMORY_MS = 120 * 24 * 60 * 60 * 1000
const LARGEST = 9_999_999_999_999_999_999n
/** Rejections after which the same id may succeed. */
const NOT_REMEMBERED = new Set(['WALLET_NOT_FOUND', 'BET_NOT_FOUND', 'BALANCE_LIMIT_EXCEEDED'])
const STEP_TO: Record<string, string> = {
  WITHDRAWAL_APPROVE: 'PROCESSING',
  WITHDRAWAL_DECLINE: 'CANCELED',
  WITHDRAWAL_COMPLETE: 'COMPLETED',
  WITHDRAWAL_FAIL: 'FAILED',
  WITHDRAWAL_EXPIRE: 'CANCELED',
}

/** What the model expects of a command; the fields of the answer that the rules determine. */
export interface Expected {
  outcome: 'APPLIED' | 'REPLAYED' | 'REJECTED'
  error_code: string | null
  transaction_id: string
  status: string | null
  new_balance: bigint | null
  balance: bigint | null
  held: bigint | null
  version: number
  /** True where the decision is recorded as an event. */
  recorded: boolean
}

/** One decided command: what it was, what became of it, what it moved. */
interface Fact {
  id: string
  atMs: number
  data: WalletCommandData
  ownId: string | null
  applied: boolean
  remembered: boolean
  code: string | null
  status: string | null
  newBalance: bigint | null
  balanceMoved: bigint
  heldMoved: bigint
  countsAsChange: boolean
}

type Outcome = Partial<Pick<Fact, 'balanceMoved' | 'heldMoved' | 'status' | 'countsAsChange'>>

const isMovement = (type: string): boolean =>
  ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT', 'COMMISSION'].includes(type)

export class ModelPlayer {
  readonly #facts: Fact[] = []
  #nowMs = 0

  decide(command: WalletCommand): Expected {
    const { data, event_id: id } = command
    this.#nowMs = command.timestamp
    if (isMovement(data.type)) return this.#decideMovement(id, data)
    if (data.type in STEP_TO) return this.#decideStep(id, data)
    return this.#decideStanding(id, data)
  }

  // Questions to the list.

  #isRecent(fact: Fact): boolean {
    return this.#nowMs - fact.atMs <= MEMORY_MS
  }

  /** Undefined where the wallet was never opened. */
  balance(currency: string): bigint | undefined {
    const own = this.#facts.filter((fact) => fact.data.currency === currency && fact.countsAsChange)
    return own.length === 0 ? undefined : own.reduce((sum, fact) => sum + fact.balanceMoved, 0n)
  }

  held(currency: string): bigint {
    return this.#facts
      .filter((fact) => fact.data.currency === currency)
      .reduce((sum, fact) => sum + fact.heldMoved, 0n)
  }

  version(currency: string): number {
    return this.#facts.filter((fact) => fact.data.currency === currency && fact.countsAsChange).length
  }

  #standing(currency: string, on: string, off: string): boolean {
    const last = this.#facts.findLast(
      ({ data, applied }) => applied && data.currency === currency && (data.type === on || data.type === off),
    )
    return last?.data.type === on
  }

  /** The decision that stands under an id. */
  #underId(id: string): Fact | undefined {
    return this.#facts.findLast((fact) => fact.ownId === id && fact.remembered && this.#isRecent(fact))
  }

  #rollbackOf(id: string): Fact | undefined {
    return this.#facts.findLast(
      (fact) =>
        fact.applied &&
        fact.data.type === 'ROLLBACK' &&
        fact.data.reference_transaction_id_partner === id &&
        this.#isRecent(fact),
    )
  }

  #appliedBet(id: string | null, currency: string): Fact | undefined {
    if (id === null) return undefined
    const fact = this.#underId(id)
    const stands = fact?.applied === true && fact.data.type === 'BET' && fact.data.currency === currency
    return stands && this.#rollbackOf(id) === undefined ? fact : undefined
  }

  /** The bet that an applied fact concerned, as the list was then. */
  readonly #betOf = new Map<Fact, Fact>()

  /** All facts that touched a round since it was last forgotten. */
  #roundFacts(roundId: string): Fact[] {
    let epoch: Fact[] = []
    const newest = (): number => Math.max(...epoch.map((fact) => fact.atMs))
    for (const fact of this.#facts) {
      if (!fact.applied || !this.#touchesRound(fact, roundId)) continue
      if (epoch.length > 0 && fact.atMs - newest() > MEMORY_MS) epoch = []
      epoch.push(fact)
    }
    return epoch.length > 0 && this.#nowMs - newest() > MEMORY_MS ? [] : epoch
  }

  #closes({ type, round_closed: closed, amount }: WalletCommandData): boolean {
    return type === 'WIN' && (closed || amount === 0n)
  }

  #touchesRound(fact: Fact, roundId: string): boolean {
    const { data } = fact
    const betRound = this.#betOf.get(fact)?.data.round_id ?? null
    if (data.type === 'BET') return data.round_id === roundId
    if (data.type === 'ROLLBACK') return betRound === roundId
    if (data.type !== 'WIN') return false
    if (data.reference_transaction_id_partner === null) return data.round_id === roundId
    return this.#closes(data) && (data.round_id ?? betRound) === roundId
  }

  #isClosed(roundId: string | null): boolean {
    return roundId !== null && this.#roundFacts(roundId).some((fact) => this.#closes(fact.data))
  }

  #isSettled(bet: Fact): boolean {
    const after = this.#facts.slice(this.#facts.indexOf(bet) + 1).filter((fact) => fact.applied)
    if (after.some((fact) => fact.data.type === 'WIN' && this.#betOf.get(fact) === bet)) return true
    const roundId = bet.data.round_id
    if (roundId === null) return false
    const round = new Set(this.#roundFacts(roundId))
    return after.some(
      (fact) =>
        round.has(fact) &&
        fact.data.type === 'WIN' &&
        fact.data.reference_transaction_id_partner === null &&
        fact.data.currency === bet.data.currency,
    )
  }

  // Decisions.

  #sameMoney(one: WalletCommandData, other: WalletCommandData): boolean {
    const shape = (data: WalletCommandData): string =>
      JSON.stringify(
        data.type === 'ROLLBACK'
          ? [data.type, data.currency, data.reference_transaction_id_partner]
          : [
              data.type,
              data.currency,
              String(data.amount),
              data.direction,
              data.game_id,
              data.round_id,
              data.campaign_id,
              data.reference_transaction_id_partner,
              data.type === 'WIN' ? (data.win_type ?? 'STANDARD') : null,
              this.#closes(data),
            ],
      )
    return shape(one) === shape(other)
  }

  #now(currency: string): Pick<Expected, 'balance' | 'held' | 'version'> {
    const balance = this.balance(currency)
    if (balance === undefined) return { balance: null, held: null, version: 0 }
    return { balance, held: this.held(currency), version: this.version(currency) }
  }

  #replay(fact: Fact, data: WalletCommandData): Expected {
    return {
      outcome: 'REPLAYED',
      error_code: fact.code,
      transaction_id: fact.id,
      status: fact.status,
      new_balance: fact.newBalance,
      recorded: false,
      ...this.#now(data.currency),
    }
  }

  #refuse(code: string, transactionId: string, status: string | null, data: WalletCommandData): Expected {
    const now = this.#now(data.currency)
    return {
      outcome: 'REJECTED',
      error_code: code,
      transaction_id: transactionId,
      status,
      new_balance: now.balance,
      recorded: false,
      ...now,
    }
  }

  #decideMovement(id: string, data: WalletCommandData): Expected {
    const partnerId = data.transaction_id_partner
    const rollbackOfItself = data.type === 'ROLLBACK' && partnerId === data.reference_transaction_id_partner
    const named = rollbackOfItself ? null : partnerId
    // A slash can't stand in these tests' ids, so a command's own id can't be taken for a partner's.
    const ownId = named ?? (data.type === 'ROLLBACK' ? null : `command/${id}`)
    const earlier = ownId === null ? undefined : this.#underId(ownId)
    if (earlier !== undefined)
      return this.#sameMoney(earlier.data, data)
        ? this.#replay(earlier, data)
        : this.#refuse('TRANSACTION_CONFLICT', earlier.id, earlier.status, data)
    if (named !== null && this.#rollbackOf(named) !== undefined)
      return this.#record(id, data, ownId, 'TRANSACTION_ROLLED_BACK')
    if (data.type === 'ROLLBACK') return this.#decideRollback(id, data, ownId)
    const sameHold = data.type === 'WITHDRAWAL' ? this.#lastOfWithdrawal(id) : undefined
    if (sameHold !== undefined) return this.#refuse('TRANSACTION_CONFLICT', id, sameHold.status, data)
    const bet =
      data.type === 'WIN' ? this.#appliedBet(data.reference_transaction_id_partner, data.currency) : undefined
    const fault = this.#faultOf(data, bet)
    return this.#record(id, data, ownId, fault ?? this.#effectOf(data), bet)
  }

  #decideRollback(id: string, data: WalletCommandData, ownId: string | null): Expected {
    const reference = data.reference_transaction_id_partner ?? ''
    const earlier = this.#rollbackOf(reference)
    if (earlier !== undefined) return this.#replay(earlier, data)
    const fact = this.#underId(reference)
    if (fact === undefined) return this.#record(id, data, ownId, { countsAsChange: false })
    const code =
      fact.data.type !== 'BET'
        ? 'ROLLBACK_NOT_SUPPORTED'
        : !fact.applied
          ? 'PARENT_FAILED'
          : fact.data.currency !== data.currency
            ? 'CURRENCY_MISMATCH'
            : this.#isSettled(fact)
              ? 'BET_ALREADY_SETTLED'
              : this.#overflows(data.currency, fact.data.amount ?? 0n)
                ? 'BALANCE_LIMIT_EXCEEDED'
                : undefined
    return this.#record(id, data, ownId, code ?? { balanceMoved: fact.data.amount ?? 0n }, fact)
  }

  #overflows(currency: string, amount: bigint): boolean {
    return (this.balance(currency) ?? 0n) + this.held(currency) + amount > LARGEST
  }

  /** Why a movement other than a rollback is refused. */
  #faultOf(data: WalletCommandData, bet: Fact | undefined): string | undefined {
    const { type, currency } = data
    const amount = data.amount ?? 0n
    const balance = this.balance(currency)
    const credits = type === 'DEPOSIT' || type === 'WIN' || data.direction === 'CREDIT'
    if (balance === undefined && type !== 'DEPOSIT') return 'WALLET_NOT_FOUND'
    if (type === 'BET' || type === 'WITHDRAWAL') {
      if (this.#standing(currency, 'WALLET_FREEZE', 'WALLET_UNFREEZE')) return 'WALLET_FROZEN'
      if (type === 'BET' && this.#isClosed(data.round_id)) return 'ROUND_CLOSED'
    }
    if (type === 'WIN') {
      if (this.#isClosed(data.round_id ?? bet?.data.round_id ?? null)) return 'ROUND_CLOSED'
      if (data.win_type === null || data.win_type === 'STANDARD') {
        const fault = this.#faultOfWin(data, bet)
        if (fault !== undefined) return fault
      }
    }
    if (credits) return this.#overflows(currency, amount) ? 'BALANCE_LIMIT_EXCEEDED' : undefined
    return (balance ?? 0n) < amount ? 'INSUFFICIENT_FUNDS' : undefined
  }

  /** Why no applied bet stands behind a standard win. */
  #faultOfWin(data: WalletCommandData, bet: Fact | undefined): string | undefined {
    const reference = data.reference_transaction_id_partner
    if (reference !== null) {
      if (bet !== undefined) return undefined
      if (this.#rollbackOf(reference) !== undefined) return 'TRANSACTION_ROLLED_BACK'
      const fact = this.#underId(reference)
      if (fact?.data.type !== 'BET') return 'BET_NOT_FOUND'
      return fact.applied ? 'CURRENCY_MISMATCH' : 'PARENT_FAILED'
    }
    if (data.round_id === null) return 'BET_NOT_FOUND'
    const round = this.#roundFacts(data.round_id).filter((fact) => fact.data.currency === data.currency)
    const rolledBack = round.filter((fact) => fact.data.type === 'ROLLBACK').length
    const bets = round.filter((fact) => fact.data.type === 'BET').length
    if (bets > rolledBack) return undefined
    return rolledBack > 0 ? 'TRANSACTION_ROLLED_BACK' : 'BET_NOT_FOUND'
  }

  #effectOf(data: WalletCommandData): Outcome {
    const amount = data.amount ?? 0n
    if (data.type === 'WITHDRAWAL') {
      const atOnce = data.auto_approve && !this.#standing(data.currency, 'AML_HOLD', 'AML_RELEASE')
      return { balanceMoved: -amount, heldMoved: amount, status: atOnce ? 'PROCESSING' : 'PENDING' }
    }
    const debits = data.type === 'BET' || data.direction === 'DEBIT'
    return { balanceMoved: debits ? -amount : amount }
  }

  /** Puts a movement on the list, as refused with a code or as applied with its effect. */
  #record(
    id: string,
    data: WalletCommandData,
    ownId: string | null,
    result: string | Outcome,
    bet?: Fact,
  ): Expected {
    const code = typeof result === 'string' ? result : null
    const effect = typeof result === 'string' ? { status: 'FAILED', countsAsChange: false } : result
    const fact = this.#put({
      id,
      data,
      ownId,
      code,
      ...effect,
      remembered: code === null || !NOT_REMEMBERED.has(code),
    })
    if (bet !== undefined && code === null) this.#betOf.set(fact, bet)
    return this.#answer(fact)
  }

  #put(parts: Partial<Fact> & Pick<Fact, 'id' | 'data'>): Fact {
    const fact: Fact = {
      atMs: this.#nowMs,
      ownId: null,
      code: null,
      applied: (parts.code ?? null) === null,
      remembered: false,
      status: 'COMPLETED',
      newBalance: null,
      balanceMoved: 0n,
      heldMoved: 0n,
      countsAsChange: true,
      ...parts,
    }
    this.#facts.push(fact)
    fact.newBalance = this.balance(fact.data.currency) ?? null
    return fact
  }

  #answer(fact: Fact): Expected {
    return {
      outcome: fact.applied ? 'APPLIED' : 'REJECTED',
      error_code: fact.code,
      transaction_id: fact.data.transaction_id ?? fact.id,
      status: fact.status,
      new_balance: fact.newBalance,
      recorded: isMovement(fact.data.type) || fact.data.type in STEP_TO,
      ...this.#now(fact.data.currency),
    }
  }

  #withdrawal(id: string): Fact | undefined {
    return this.#facts.findLast((fact) => fact.id === id && fact.applied && fact.data.type === 'WITHDRAWAL')
  }

  /** What happened to a withdrawal last, unless it ended so long ago that it is forgotten. */
  #lastOfWithdrawal(id: string): Fact | undefined {
    const asked = this.#withdrawal(id)
    const last = this.#facts.findLast(
      (fact) =>
        fact === asked || (fact.applied && fact.data.transaction_id === id && fact.data.type in STEP_TO),
    )
    const isOpen = last?.status === 'PENDING' || last?.status === 'PROCESSING'
    return last !== undefined && (isOpen || this.#isRecent(last)) ? last : undefined
  }

  #decideStep(id: string, data: WalletCommandData): Expected {
    const target = data.transaction_id ?? ''
    const asked = this.#withdrawal(target)
    const last = this.#lastOfWithdrawal(target)
    if (asked === undefined || last === undefined)
      return this.#refuse('TRANSACTION_NOT_FOUND', target, null, data)
    if (asked.data.currency !== data.currency)
      return this.#refuse('CURRENCY_MISMATCH', target, last.status, data)
    const approvedAlready = data.type === 'WITHDRAWAL_APPROVE' && last.status === 'PROCESSING'
    if (last.data.type === data.type || approvedAlready)
      return { ...this.#replay(last, data), transaction_id: target, error_code: this.#endingOf(last) }
    const fault = this.#faultOfStep(data, last, asked)
    if (fault !== undefined) return this.#refuse(fault, target, last.status, data)
    const amount = asked.data.amount ?? 0n
    const ends = data.type !== 'WITHDRAWAL_APPROVE'
    const returns = ends && data.type !== 'WITHDRAWAL_COMPLETE'
    const fact = this.#put({
      id,
      data,
      status: STEP_TO[data.type] ?? null,
      heldMoved: ends ? -amount : 0n,
      balanceMoved: returns ? amount : 0n,
    })
    return this.#answer(fact)
  }

  #endingOf({ data }: Fact): string | null {
    const endings: Record<string, string> = {
      WITHDRAWAL_DECLINE: 'WITHDRAWAL_DECLINED',
      WITHDRAWAL_FAIL: 'PAYOUT_FAILED',
      WITHDRAWAL_EXPIRE: 'HOLD_EXPIRED',
    }
    return endings[data.type] ?? null
  }

  #faultOfStep(data: WalletCommandData, last: Fact, asked: Fact): string | undefined {
    const from =
      data.type === 'WITHDRAWAL_EXPIRE'
        ? ['PENDING', 'PROCESSING']
        : data.type === 'WITHDRAWAL_APPROVE' || data.type === 'WITHDRAWAL_DECLINE'
          ? ['PENDING']
          : ['PROCESSING']
    if (!from.includes(last.status ?? '')) return 'INVALID_TRANSITION'
    if (data.type === 'WITHDRAWAL_APPROVE' && this.#standing(data.currency, 'AML_HOLD', 'AML_RELEASE'))
      return 'AML_HOLD'
    const dueMs = asked.data.hold_expires_at ?? 0
    return data.type === 'WITHDRAWAL_EXPIRE' && this.#nowMs < dueMs ? 'INVALID_TRANSITION' : undefined
  }

  #decideStanding(id: string, data: WalletCommandData): Expected {
    if (this.balance(data.currency) === undefined) return this.#refuse('WALLET_NOT_FOUND', id, null, data)
    const freezing = data.type === 'WALLET_FREEZE' || data.type === 'WALLET_UNFREEZE'
    const [on, off] = freezing ? ['WALLET_FREEZE', 'WALLET_UNFREEZE'] : ['AML_HOLD', 'AML_RELEASE']
    if (this.#standing(data.currency, on ?? '', off ?? '') === (data.type === on)) {
      const now = this.#now(data.currency)
      return {
        outcome: 'REPLAYED',
        error_code: null,
        transaction_id: id,
        status: null,
        new_balance: now.balance,
        recorded: false,
        ...now,
      }
    }
    return this.#answer(this.#put({ id, data, status: null }))
  }
}

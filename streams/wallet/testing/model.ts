/**
 * A second, deliberately naive wallet, written from the contract and sharing nothing with the first: it keeps the list
 * of all that was ever decided and works every question out anew from that list. Slow, and easy to read.
 */
import type { WalletCommand, WalletCommandData } from '../../../avro/types.ts'
import { ModelHistory, STEP_TO, isHeld } from './model-history.ts'
import type { Fact } from './model-history.ts'
import { ModelProfile } from './model-profile.ts'

/** Rejections after which the same id may succeed. */
const NOT_REMEMBERED = new Set(['WALLET_NOT_FOUND', 'BET_NOT_FOUND', 'BET_PENDING', 'BALANCE_LIMIT_EXCEEDED'])

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
  self_excluded_from: number | null
  /** True where the decision is recorded as an event. */
  recorded: boolean
  /** A bet at a provider is answered at its end. */
  answered: boolean
}

/** What is said of the end of a held movement. */
const ENDINGS: Readonly<Record<string, string>> = {
  WITHDRAWAL_DECLINE: 'WITHDRAWAL_DECLINED',
  WITHDRAWAL_FAIL: 'PAYOUT_FAILED',
  WITHDRAWAL_EXPIRE: 'HOLD_EXPIRED',
  BET_REFUSE: 'PROVIDER_REFUSED',
  BET_CANCEL: 'PROVIDER_FAILED',
  BET_EXPIRE: 'PROVIDER_TIMED_OUT',
}

type Outcome = Partial<Pick<Fact, 'balanceMoved' | 'heldMoved' | 'status' | 'countsAsChange'>>

const isMovement = (type: string): boolean =>
  ['DEPOSIT', 'WITHDRAWAL', 'BET', 'WIN', 'ROLLBACK', 'ADJUSTMENT', 'COMMISSION'].includes(type)

export class ModelPlayer {
  readonly #history = new ModelHistory()
  readonly #profile = new ModelProfile()

  decide(command: WalletCommand): Expected {
    const { data, event_id: id } = command
    this.#history.nowMs = command.timestamp
    if (isMovement(data.type)) return this.#decideMovement(id, data)
    if (data.type in STEP_TO) return this.#decideStep(id, data)
    if (data.type === 'PLAYER_UPDATE') return this.#decideProfile(command)
    return this.#decideStanding(id, data)
  }

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
              this.#history.closes(data),
            ],
      )
    return shape(one) === shape(other)
  }

  #now(currency: string): Pick<Expected, 'balance' | 'held' | 'version' | 'self_excluded_from'> {
    const balance = this.#history.balance(currency)
    if (balance === undefined) return { balance: null, held: null, version: 0, self_excluded_from: null }
    return {
      balance,
      held: this.#history.held(currency),
      version: this.#history.version(currency),
      self_excluded_from: null,
    }
  }

  #decideProfile(command: WalletCommand): Expected {
    const result = this.#profile.take(command)
    const isAnswered = result === 'APPLIED' || result === 'REPLAYED'
    return {
      outcome: isAnswered ? result : 'REJECTED',
      error_code: isAnswered ? null : result,
      transaction_id: command.event_id,
      status: null,
      new_balance: null,
      recorded: false,
      answered: true,
      balance: null,
      held: null,
      version: this.#profile.version,
      self_excluded_from: this.#profile.from ?? null,
    }
  }

  #replay(fact: Fact, data: WalletCommandData): Expected {
    return {
      outcome: 'REPLAYED',
      error_code: fact.code,
      transaction_id: fact.id,
      status: fact.status,
      new_balance: fact.newBalance,
      recorded: false,
      answered: true,
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
      answered: true,
      ...now,
    }
  }

  #decideMovement(id: string, data: WalletCommandData): Expected {
    const partnerId = data.transaction_id_partner
    const rollbackOfItself = data.type === 'ROLLBACK' && partnerId === data.reference_transaction_id_partner
    const named = rollbackOfItself ? null : partnerId
    // A slash can't stand in these tests' ids, so a command's own id can't be taken for a partner's.
    const ownId = named ?? (data.type === 'ROLLBACK' ? null : `command/${id}`)
    const earlier = ownId === null ? undefined : this.#history.underId(ownId)
    if (earlier !== undefined)
      return this.#sameMoney(earlier.data, data)
        ? this.#replay(earlier, data)
        : this.#refuse('TRANSACTION_CONFLICT', earlier.id, earlier.status, data)
    if (named !== null && this.#history.rollbackOf(named) !== undefined)
      return this.#record(id, data, ownId, 'TRANSACTION_ROLLED_BACK')
    if (data.type === 'ROLLBACK') return this.#decideRollback(id, data, ownId)
    const sameHold = isHeld(data) ? this.#history.lastOfHeld(id) : undefined
    if (sameHold !== undefined) return this.#refuse('TRANSACTION_CONFLICT', id, sameHold.status, data)
    const bet =
      data.type === 'WIN'
        ? this.#history.appliedBet(data.reference_transaction_id_partner, data.currency)
        : undefined
    const fault = this.#faultOf(data, bet)
    return this.#record(id, data, ownId, fault ?? this.#effectOf(data), bet)
  }

  #decideRollback(id: string, data: WalletCommandData, ownId: string | null): Expected {
    const reference = data.reference_transaction_id_partner ?? ''
    const earlier = this.#history.rollbackOf(reference)
    if (earlier !== undefined) return this.#replay(earlier, data)
    const fact = this.#history.underId(reference)
    if (fact === undefined) return this.#record(id, data, ownId, { countsAsChange: false })
    const code =
      fact.data.type !== 'BET'
        ? 'ROLLBACK_NOT_SUPPORTED'
        : !fact.applied || fact.status === 'CANCELED'
          ? 'PARENT_FAILED'
          : fact.data.currency !== data.currency
            ? 'CURRENCY_MISMATCH'
            : fact.status === 'PENDING'
              ? 'BET_PENDING'
              : this.#history.isSettled(fact)
                ? 'BET_ALREADY_SETTLED'
                : this.#history.overflows(data.currency, fact.data.amount ?? 0n)
                  ? 'BALANCE_LIMIT_EXCEEDED'
                  : undefined
    return this.#record(id, data, ownId, code ?? { balanceMoved: fact.data.amount ?? 0n }, fact)
  }

  /** Why a movement other than a rollback is refused. */
  #faultOf(data: WalletCommandData, bet: Fact | undefined): string | undefined {
    const { type, currency } = data
    const amount = data.amount ?? 0n
    const balance = this.#history.balance(currency)
    const credits = type === 'DEPOSIT' || type === 'WIN' || data.direction === 'CREDIT'
    if (balance === undefined && type !== 'DEPOSIT') return 'WALLET_NOT_FOUND'
    if ((type === 'BET' || type === 'DEPOSIT') && this.#profile.isExcluded(this.#history.nowMs))
      return 'PLAYER_SELF_EXCLUDED'
    if (type === 'BET' || type === 'WITHDRAWAL') {
      if (this.#history.standing(currency, 'WALLET_FREEZE', 'WALLET_UNFREEZE')) return 'WALLET_FROZEN'
      if (type === 'BET' && this.#history.isClosed(data.round_id)) return 'ROUND_CLOSED'
    }
    if (type === 'WIN') {
      if (this.#history.isClosed(data.round_id ?? bet?.data.round_id ?? null)) return 'ROUND_CLOSED'
      if (data.win_type === null || data.win_type === 'STANDARD') {
        const fault = this.#faultOfWin(data, bet)
        if (fault !== undefined) return fault
      }
    }
    if (credits) return this.#history.overflows(currency, amount) ? 'BALANCE_LIMIT_EXCEEDED' : undefined
    return (balance ?? 0n) < amount ? 'INSUFFICIENT_FUNDS' : undefined
  }

  /** Why no applied bet stands behind a standard win. */
  #faultOfWin(data: WalletCommandData, bet: Fact | undefined): string | undefined {
    const reference = data.reference_transaction_id_partner
    if (reference !== null) {
      if (bet !== undefined) return undefined
      if (this.#history.rollbackOf(reference) !== undefined) return 'TRANSACTION_ROLLED_BACK'
      const fact = this.#history.underId(reference)
      if (fact?.data.type !== 'BET') return 'BET_NOT_FOUND'
      if (fact.status === 'PENDING') return 'BET_PENDING'
      return fact.status === 'COMPLETED' ? 'CURRENCY_MISMATCH' : 'PARENT_FAILED'
    }
    if (data.round_id === null) return 'BET_NOT_FOUND'
    const round = this.#history
      .roundFacts(data.round_id)
      .filter((fact) => fact.data.currency === data.currency)
    const rolledBack = round.filter((fact) => fact.data.type === 'ROLLBACK').length
    const bets = round.filter((fact) => fact.data.type === 'BET').length
    if (bets > rolledBack) return undefined
    return rolledBack > 0 ? 'TRANSACTION_ROLLED_BACK' : 'BET_NOT_FOUND'
  }

  #effectOf(data: WalletCommandData): Outcome {
    const amount = data.amount ?? 0n
    if (data.type === 'WITHDRAWAL') {
      const atOnce = data.auto_approve && !this.#history.standing(data.currency, 'AML_HOLD', 'AML_RELEASE')
      return { balanceMoved: -amount, heldMoved: amount, status: atOnce ? 'PROCESSING' : 'PENDING' }
    }
    if (isHeld(data)) return { balanceMoved: -amount, heldMoved: amount, status: 'PENDING' }
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
    const fact = this.#history.put({
      id,
      data,
      ownId,
      code,
      ...effect,
      remembered: code === null || !NOT_REMEMBERED.has(code),
    })
    if (bet !== undefined && code === null) this.#history.betOf.set(fact, bet)
    return this.#answer(fact)
  }

  #answer(fact: Fact): Expected {
    const returned = fact.step !== null && fact.data.type === 'BET' && fact.status === 'CANCELED'
    return {
      outcome: fact.applied && !returned ? 'APPLIED' : 'REJECTED',
      error_code: fact.step !== null && !returned ? null : fact.code,
      transaction_id: fact.of?.id ?? fact.id,
      status: fact.status,
      new_balance: fact.newBalance,
      recorded: fact.step !== null || isMovement(fact.data.type),
      answered: fact.data.type !== 'BET' || fact.status !== 'PENDING',
      ...this.#now(fact.data.currency),
    }
  }

  #decideStep(id: string, data: WalletCommandData): Expected {
    const target = data.transaction_id ?? ''
    const asked = this.#history.heldMovement(target)
    const last = this.#history.lastOfHeld(target)
    if (asked === undefined || last === undefined || !data.type.startsWith(`${asked.data.type}_`))
      return this.#refuse('TRANSACTION_NOT_FOUND', target, null, data)
    if (asked.data.currency !== data.currency)
      return this.#refuse('CURRENCY_MISMATCH', target, last.status, data)
    const approvedAlready = data.type === 'WITHDRAWAL_APPROVE' && last.status === 'PROCESSING'
    if (last.step === data.type || approvedAlready)
      return { ...this.#replay(last, data), transaction_id: target }
    const fault = this.#faultOfStep(data, last, asked)
    if (fault !== undefined) return this.#refuse(fault, target, last.status, data)
    return this.#answer(
      asked.data.type === 'BET' ? this.#putBetStep(data, asked) : this.#putWithdrawalStep(id, data, asked),
    )
  }

  #putWithdrawalStep(id: string, data: WalletCommandData, asked: Fact): Fact {
    const amount = asked.data.amount ?? 0n
    const ends = data.type !== 'WITHDRAWAL_APPROVE'
    const returns = ends && data.type !== 'WITHDRAWAL_COMPLETE'
    return this.#history.put({
      id,
      data,
      step: data.type,
      of: asked,
      code: ENDINGS[data.type] ?? null,
      applied: true,
      status: STEP_TO[data.type] ?? null,
      heldMoved: ends ? -amount : 0n,
      balanceMoved: returns ? amount : 0n,
    })
  }

  /** The bet as it is now: this is what its id stands for from here on, unless that stands for another one by now. */
  #putBetStep(data: WalletCommandData, asked: Fact): Fact {
    const amount = asked.data.amount ?? 0n
    const known = asked.ownId === null ? undefined : this.#history.underId(asked.ownId)
    return this.#history.put({
      id: asked.id,
      data: asked.data,
      ownId: known === undefined || known === asked ? asked.ownId : null,
      remembered: true,
      step: data.type,
      of: asked,
      code: ENDINGS[data.type] ?? null,
      applied: true,
      status: STEP_TO[data.type] ?? null,
      heldMoved: -amount,
      balanceMoved: data.type === 'BET_CONFIRM' ? 0n : amount,
    })
  }

  #faultOfStep(data: WalletCommandData, last: Fact, asked: Fact): string | undefined {
    const from =
      data.type === 'WITHDRAWAL_EXPIRE'
        ? ['PENDING', 'PROCESSING']
        : data.type === 'WITHDRAWAL_COMPLETE' || data.type === 'WITHDRAWAL_FAIL'
          ? ['PROCESSING']
          : ['PENDING']
    if (!from.includes(last.status ?? '')) return 'INVALID_TRANSITION'
    if (
      data.type === 'WITHDRAWAL_APPROVE' &&
      this.#history.standing(data.currency, 'AML_HOLD', 'AML_RELEASE')
    )
      return 'AML_HOLD'
    const dueMs = asked.data.hold_expires_at ?? 0
    return data.type.endsWith('_EXPIRE') && this.#history.nowMs < dueMs ? 'INVALID_TRANSITION' : undefined
  }

  #decideStanding(id: string, data: WalletCommandData): Expected {
    if (this.#history.balance(data.currency) === undefined)
      return this.#refuse('WALLET_NOT_FOUND', id, null, data)
    const freezing = data.type === 'WALLET_FREEZE' || data.type === 'WALLET_UNFREEZE'
    const [on, off] = freezing ? ['WALLET_FREEZE', 'WALLET_UNFREEZE'] : ['AML_HOLD', 'AML_RELEASE']
    if (this.#history.standing(data.currency, on ?? '', off ?? '') === (data.type === on)) {
      const now = this.#now(data.currency)
      return {
        outcome: 'REPLAYED',
        error_code: null,
        transaction_id: id,
        status: null,
        new_balance: now.balance,
        recorded: false,
        answered: true,
        ...now,
      }
    }
    return this.#answer(this.#history.put({ id, data, status: null }))
  }
}

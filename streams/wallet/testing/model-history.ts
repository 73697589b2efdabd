/** What the model remembers: the list of all that was decided, and every question worked out anew from that list. */
import type { WalletCommandData } from '../../../avro/types.ts'

const MEMORY_MS = 120 * 24 * 60 * 60 * 1000
const LARGEST = 9_999_999_999_999_999_999n
/** The status that each step of a withdrawal, or of a bet at a provider, leads to. */
export const STEP_TO: Record<string, string> = {
  WITHDRAWAL_APPROVE: 'PROCESSING',
  WITHDRAWAL_DECLINE: 'CANCELED',
  WITHDRAWAL_COMPLETE: 'COMPLETED',
  WITHDRAWAL_FAIL: 'FAILED',
  WITHDRAWAL_EXPIRE: 'CANCELED',
  BET_CONFIRM: 'COMPLETED',
  BET_REFUSE: 'CANCELED',
  BET_CANCEL: 'CANCELED',
  BET_EXPIRE: 'CANCELED',
}

/** One decided command: what it was, what became of it, what it moved. */
export interface Fact {
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
  /** The step that this is, of a held movement. */
  step: string | null
  /** What it is a step of. */
  of: Fact | null
}

/** True for what the wallet holds money for. */
export const isHeld = ({ type, provider_id: provider }: WalletCommandData): boolean =>
  type === 'WITHDRAWAL' || (type === 'BET' && provider !== null)

export class ModelHistory {
  readonly #facts: Fact[] = []
  /** Time of the command that is being decided. */
  nowMs = 0

  #isRecent(fact: Fact): boolean {
    return this.nowMs - fact.atMs <= MEMORY_MS
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

  standing(currency: string, on: string, off: string): boolean {
    const last = this.#facts.findLast(
      ({ data, applied }) => applied && data.currency === currency && (data.type === on || data.type === off),
    )
    return last?.data.type === on
  }

  /** The decision that stands under an id. */
  underId(id: string): Fact | undefined {
    return this.#facts.findLast((fact) => fact.ownId === id && fact.remembered && this.#isRecent(fact))
  }

  rollbackOf(id: string): Fact | undefined {
    return this.#facts.findLast(
      (fact) =>
        fact.applied &&
        fact.data.type === 'ROLLBACK' &&
        fact.data.reference_transaction_id_partner === id &&
        this.#isRecent(fact),
    )
  }

  appliedBet(id: string | null, currency: string): Fact | undefined {
    if (id === null) return undefined
    const fact = this.underId(id)
    const stands = fact?.status === 'COMPLETED' && fact.data.type === 'BET' && fact.data.currency === currency
    return stands && this.rollbackOf(id) === undefined ? fact : undefined
  }

  /** The bet that an applied fact concerned, as the list was then. */
  readonly betOf = new Map<Fact, Fact>()

  /** All facts that touched a round since it was last forgotten. */
  roundFacts(roundId: string): Fact[] {
    let epoch: Fact[] = []
    const newest = (): number => Math.max(...epoch.map((fact) => fact.atMs))
    for (const fact of this.#facts) {
      if (!fact.applied || !this.#touchesRound(fact, roundId)) continue
      if (epoch.length > 0 && fact.atMs - newest() > MEMORY_MS) epoch = []
      epoch.push(fact)
    }
    return epoch.length > 0 && this.nowMs - newest() > MEMORY_MS ? [] : epoch
  }

  closes({ type, round_closed: closed, amount }: WalletCommandData): boolean {
    return type === 'WIN' && (closed || amount === 0n)
  }

  #touchesRound(fact: Fact, roundId: string): boolean {
    const { data } = fact
    const betRound = this.betOf.get(fact)?.data.round_id ?? null
    if (data.type === 'BET') return data.round_id === roundId && fact.status === 'COMPLETED'
    if (data.type === 'ROLLBACK') return betRound === roundId
    if (data.type !== 'WIN') return false
    if (data.reference_transaction_id_partner === null) return data.round_id === roundId
    return this.closes(data) && (data.round_id ?? betRound) === roundId
  }

  isClosed(roundId: string | null): boolean {
    return roundId !== null && this.roundFacts(roundId).some((fact) => this.closes(fact.data))
  }

  isSettled(bet: Fact): boolean {
    const after = this.#facts.slice(this.#facts.indexOf(bet) + 1).filter((fact) => fact.applied)
    if (after.some((fact) => fact.data.type === 'WIN' && this.betOf.get(fact) === bet)) return true
    const roundId = bet.data.round_id
    if (roundId === null) return false
    const round = new Set(this.roundFacts(roundId))
    return after.some(
      (fact) =>
        round.has(fact) &&
        fact.data.type === 'WIN' &&
        fact.data.reference_transaction_id_partner === null &&
        fact.data.currency === bet.data.currency,
    )
  }

  /** The withdrawal or the bet at a provider under a command's id. */
  heldMovement(id: string): Fact | undefined {
    return this.#facts.findLast(
      (fact) => fact.id === id && fact.applied && fact.of === null && isHeld(fact.data),
    )
  }

  /** What happened to it last, unless it ended so long ago that it is forgotten. */
  lastOfHeld(id: string): Fact | undefined {
    const asked = this.heldMovement(id)
    if (asked === undefined) return undefined
    const last = this.#facts.findLast((fact) => fact === asked || fact.of === asked)
    const isOpen = last?.status === 'PENDING' || last?.status === 'PROCESSING'
    return last !== undefined && (isOpen || this.#isRecent(last)) ? last : undefined
  }

  overflows(currency: string, amount: bigint): boolean {
    return (this.balance(currency) ?? 0n) + this.held(currency) + amount > LARGEST
  }

  put(parts: Partial<Fact> & Pick<Fact, 'id' | 'data'>): Fact {
    const fact: Fact = {
      atMs: this.nowMs,
      ownId: null,
      code: null,
      applied: (parts.code ?? null) === null,
      remembered: false,
      status: 'COMPLETED',
      newBalance: null,
      balanceMoved: 0n,
      heldMoved: 0n,
      countsAsChange: true,
      step: null,
      of: null,
      ...parts,
    }
    this.#facts.push(fact)
    fact.newBalance = this.balance(fact.data.currency) ?? null
    return fact
  }
}

/**
 * The rules' core over the wallet's log, once: every transaction is assessed by the rules that were in force and by the
 * candidate. What is remembered of a player doesn't depend on the rules, so both look at the same memory, as rules in
 * shadow do.
 */
import type { TransactionCreated } from '../../avro/types.ts'
import type { AmlRules } from '../../domain/aml/rules.ts'
import { playerKey } from '../../domain/ids.ts'
import { assess } from '../../streams/aml/assess.ts'
import { kindOf } from '../../streams/aml/logic.ts'
import { DAYS_KEPT, PlayersMemory } from '../../streams/aml/memory.ts'
import { reversalOf } from '../../streams/aml/reversal.ts'
import type { RuleBook } from '../../topics/rule-book.ts'
import { toRuleSet } from '../../domain/aml/rule-set.ts'
import type { RuleSet } from '../../domain/aml/rule-set.ts'
import type { StoreWriter } from '../../streams/runtime/processor.ts'
import type { Comparison } from './comparison.ts'

const DAY_MS = 86_400_000
/** Events after which the memory goes to its store. */
const BATCH_EVENTS = 2_000

export interface ReplayedOptions {
  /** Event times that are compared, from and up to but not at; epoch milliseconds. */
  fromMs: number
  toMs: number
  /** One partner's transactions; all where undefined. */
  partnerId: string | undefined
  candidate: AmlRules
  /** The rules that were in force, each at its time. */
  book: Pick<RuleBook, 'inForce'>
  store: StoreWriter & { commit(): void }
  comparison: Comparison
}

/** From when on transactions fill the windows of the first one that is compared. */
export const warmUpFrom = (fromMs: number): number => fromMs - DAYS_KEPT * DAY_MS

export class Replayed {
  readonly #options: ReplayedOptions
  readonly #candidate: RuleSet
  readonly #players = new PlayersMemory()
  #pending = 0
  /** Transactions that filled windows and were not compared. */
  warmedUp = 0
  /** How many were compared by each version of the rules that were in force. */
  readonly byVersion = new Map<string, number>()

  constructor(options: ReplayedOptions) {
    this.#options = options
    this.#candidate = toRuleSet('candidate', options.candidate)
  }

  /** Takes the next event of a partition. */
  take(event: TransactionCreated): void {
    const { fromMs, toMs, partnerId, store } = this.#options
    const { data: transaction } = event
    const kind = kindOf(event)
    if (kind === 'ignore' || (partnerId !== undefined && transaction.partner_id !== partnerId)) return
    if (transaction.created_at < warmUpFrom(fromMs) || transaction.created_at >= toMs) return
    const player = this.#players.player(playerKey(transaction.partner_id, transaction.player_id), store)
    if (kind === 'reverse') player.reversed(reversalOf(transaction, player.profile))
    else {
      const { live } = this.#options.book.inForce(transaction.partner_id, transaction.processed_at)
      const assessed = assess(transaction, player, live)
      if (transaction.created_at < fromMs) this.warmedUp++
      else {
        this.byVersion.set(live.version, (this.byVersion.get(live.version) ?? 0) + 1)
        this.#options.comparison.add(
          transaction,
          { assessed, joinHours: live.rules.alerts.join_hours },
          {
            assessed: assess(transaction, player, this.#candidate),
            joinHours: this.#candidate.rules.alerts.join_hours,
          },
        )
      }
      player.assessed(assessed.assessment)
    }
    if (++this.#pending >= BATCH_EVENTS) this.#flush()
  }

  #flush(): void {
    this.#players.flush(this.#options.store)
    this.#options.store.commit()
    this.#pending = 0
  }
}

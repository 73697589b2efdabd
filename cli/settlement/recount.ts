/** Counts a run anew from the log itself, with nothing but the events and the core: pure. */
import type { Partner, Settlement, TransactionCreated } from '../../avro/types.ts'
import { Buckets, bucketOf } from '../../domain/settlement/buckets.ts'
import { canonicalText, lateLine } from '../../domain/settlement/canonical.ts'
import type { CanonicalRun } from '../../domain/settlement/canonical.ts'
import { coverOf } from '../../domain/settlement/coverage.ts'
import { isSettled } from '../../domain/settlement/figures.ts'
import { canonicalOf, coverageOf, sealsOf } from '../../domain/settlement/run-form.ts'
import { statementOf } from '../../domain/settlement/statement.ts'

export class Recount {
  readonly #run: Settlement
  readonly #coverage: CanonicalRun['coverage']
  readonly #buckets = new Buckets()
  /** Lines of the late movements, by partition in the order of their offsets. */
  readonly #late = new Map<number, string[]>()
  movements = 0

  constructor(run: Settlement) {
    this.#run = run
    this.#coverage = coverageOf(run, sealsOf(run.seals))
  }

  /** Takes an event; those of a partition come in the order of their offsets. */
  take({ data }: TransactionCreated, partition: number, offset: number): void {
    const { partner_id: partnerId, currency } = this.#run
    if (data.partner_id !== partnerId || data.currency !== currency) return
    const cover = coverOf(this.#coverage, { partition, offset, createdAtMs: data.created_at })
    if (cover === undefined) return
    for (const { account, amount } of data.entries) {
      if (!isSettled(account)) continue
      const entry = { type: data.type, account, count: 1, units: amount }
      this.#buckets.add(bucketOf(data.created_at), cover, entry)
      this.movements++
      if (cover === 'LATE') this.#addLate(partition, lateLine(partition, offset, data.transaction_id))
    }
  }

  #addLate(partition: number, line: string): void {
    const lines = this.#late.get(partition) ?? []
    lines.push(line)
    this.#late.set(partition, lines)
  }

  /** The canonical form of what was counted. */
  text(rates: Partner['commission_rates'], sha256: (text: string) => string): string {
    const run = this.#run
    const days = this.#buckets.days(
      run.time_zone,
      rates.map(({ rate, effective_from }) => ({ rate, effectiveFromMs: effective_from })),
    )
    const late = [...this.#late].toSorted(([a], [b]) => a - b).flatMap(([, lines]) => lines)
    return canonicalText({
      ...canonicalOf(run),
      lateEntries: late.length,
      lateDigest: sha256(late.join('')),
      statement: statementOf({ days, fees: run.fees, carriedIn: run.carried_in }),
    })
  }
}

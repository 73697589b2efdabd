/** What the worker knows of settlement: runs that are open or were confirmed last, terms and rates. From the log, in memory. */
import type { Partner, Settlement, SettlementTerms } from '../../avro/types.ts'
import type { Rate } from '../../domain/settlement/buckets.ts'

const isOpen = ({ status }: Settlement): boolean => status === 'CALCULATING' || status === 'DRAFT'
const isConfirmed = ({ status }: Settlement): boolean => status === 'CONFIRMED' || status === 'PAID'

const chainOf = (partnerId: string, currency: string): string => `${partnerId}/${currency}`

export class SettlementBook {
  readonly #open = new Map<string, Settlement>()
  readonly #lastConfirmed = new Map<string, Settlement>()
  readonly #terms = new Map<string, SettlementTerms>()
  readonly #rates = new Map<string, Rate[]>()

  layRun(run: Settlement): void {
    if (isOpen(run)) this.#open.set(run.settlement_id, run)
    else this.#open.delete(run.settlement_id)
    const chain = chainOf(run.partner_id, run.currency)
    if (isConfirmed(run) && (this.#lastConfirmed.get(chain)?.to_at ?? 0) < run.to_at)
      this.#lastConfirmed.set(chain, run)
  }

  layTerms(terms: SettlementTerms): void {
    this.#terms.set(terms.partner_id, terms)
  }

  layPartner(partner: Partner): void {
    this.#rates.set(
      partner.partner_id,
      partner.commission_rates.map(({ rate, effective_from }) => ({ rate, effectiveFromMs: effective_from })),
    )
  }

  /** A partner that is known from the configuration alone has no rates. */
  rates(partnerId: string): readonly Rate[] {
    return this.#rates.get(partnerId) ?? []
  }

  terms(): SettlementTerms[] {
    return [...this.#terms.values()]
  }

  lastConfirmed(partnerId: string, currency: string): Settlement | undefined {
    return this.#lastConfirmed.get(chainOf(partnerId, currency))
  }

  hasOpen(partnerId: string, currency: string): boolean {
    return [...this.#open.values()].some((run) => run.partner_id === partnerId && run.currency === currency)
  }

  /** Runs that are to be counted, the oldest first. */
  toCount(): Settlement[] {
    return [...this.#open.values()].filter(({ status }) => status === 'CALCULATING')
  }
}

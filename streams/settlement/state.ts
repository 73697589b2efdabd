/**
 * The store's entries, and how records are laid over them: the same way when a command is decided and on a restore. A
 * record that is no newer than what is there changes nothing. Each topic is laid on its own, and a compacted one may skip
 * states, so no entry follows from two topics or from how many states there were.
 *
 * | key | entry |
 * |---|---|
 * | `t/<partner id>` | the partner's terms |
 * | `r/<run id>` | the run |
 * | `h/<partner id>/<currency>` | id of the last confirmed run |
 * | `c/<command id>` | the command is decided |
 */
import type {
  Settlement,
  SettlementTerms,
  SettlementTermsUpdated,
  SettlementUpdated,
} from '../../avro/types.ts'
import { createCodec } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { StoreWriter } from '../runtime/processor.ts'
import type { SettlementView } from './decision.ts'

/**
 * A store that was written under another number is dropped and restored from the log. It has to change with the keys and
 * values above, and with the schemas of settlement.updated and settlement.terms.updated: a test holds it to them.
 */
export const STORE_VERSION = 1

/** The stored form of runs and terms. */
export interface StoreCodecs {
  run: TopicCodec<SettlementUpdated>
  terms: TopicCodec<SettlementTermsUpdated>
}

/**
 * Stored values are in the form of the topics, but with the store's version in place of a schema id: an id is the
 * registry's to give, and a store must stay readable whatever a registry says.
 */
export async function storeCodecs(): Promise<StoreCodecs> {
  const source = {
    idOf: () => Promise.resolve(STORE_VERSION),
    textOf: () => Promise.resolve(undefined),
  }
  return {
    run: await createCodec('settlement.updated', source),
    terms: await createCodec('settlement.terms.updated', source),
  }
}

const DECIDED = Buffer.from('1')

const isConfirmed = ({ status }: Settlement): boolean => status === 'CONFIRMED' || status === 'PAID'

export class SettlementState implements SettlementView {
  readonly #store: StoreWriter
  readonly #codecs: StoreCodecs

  constructor(store: StoreWriter, codecs: StoreCodecs) {
    this.#store = store
    this.#codecs = codecs
  }

  terms(partnerId: string): SettlementTerms | undefined {
    const bytes = this.#store.get(`t/${partnerId}`)
    return bytes === undefined ? undefined : this.#codecs.terms.decode(bytes).data
  }

  run(runId: string): Settlement | undefined {
    const bytes = this.#store.get(`r/${runId}`)
    return bytes === undefined ? undefined : this.#codecs.run.decode(bytes).data
  }

  lastConfirmed(partnerId: string, currency: string): Settlement | undefined {
    const runId = this.#store.get(`h/${partnerId}/${currency}`)
    return runId === undefined ? undefined : this.run(runId.toString())
  }

  isDecided(commandId: string): boolean {
    return this.#store.get(`c/${commandId}`) !== undefined
  }

  layDecided(commandId: string): void {
    this.#store.put(`c/${commandId}`, DECIDED)
  }

  layTerms(event: SettlementTermsUpdated): void {
    const { partner_id: id, version } = event.data
    if ((this.terms(id)?.version ?? 0) < version) this.#store.put(`t/${id}`, this.#codecs.terms.encode(event))
  }

  layRun(event: SettlementUpdated): void {
    const { data: run } = event
    if ((this.run(run.settlement_id)?.version ?? 0) >= run.version) return
    this.#store.put(`r/${run.settlement_id}`, this.#codecs.run.encode(event))
    if (!isConfirmed(run)) return
    const last = this.lastConfirmed(run.partner_id, run.currency)
    if (last === undefined || last.to_at < run.to_at)
      this.#store.put(`h/${run.partner_id}/${run.currency}`, Buffer.from(run.settlement_id))
  }
}

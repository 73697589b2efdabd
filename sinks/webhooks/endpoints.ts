/** All webhook endpoints, in memory, as their topic tells them: of each the highest version counts. */
import type { TransactionCreated, Webhook } from '../../avro/types.ts'
import { CLOCK_SKEW_MS } from './limits.ts'

export class Endpoints {
  readonly #webhooks = new Map<string, Webhook>()
  readonly #byPartner = new Map<string, Map<string, Webhook>>()

  apply(webhook: Webhook): void {
    const { webhook_id: id, partner_id: partnerId, version, status } = webhook
    if (version <= (this.#webhooks.get(id)?.version ?? 0)) return
    this.#webhooks.set(id, webhook)
    const active = this.#byPartner.get(partnerId) ?? new Map<string, Webhook>()
    if (status === 'active') active.set(id, webhook)
    else active.delete(id)
    if (active.size > 0) this.#byPartner.set(partnerId, active)
    else this.#byPartner.delete(partnerId)
  }

  /** The endpoint, where it is sent anything. */
  active(id: string): Webhook | undefined {
    const webhook = this.#webhooks.get(id)
    return webhook?.status === 'active' ? webhook : undefined
  }

  allActive(): Webhook[] {
    return [...this.#byPartner.values()].flatMap((active) => [...active.values()])
  }

  /** The endpoints that are told of an event. */
  concernedBy({ event_type: type, data }: TransactionCreated): Webhook[] {
    return [...(this.#byPartner.get(data.partner_id)?.values() ?? [])].filter(
      ({ event_types: types, created_at: sinceMs }) =>
        (types.length === 0 || types.includes(type)) && data.processed_at >= sinceMs - CLOCK_SKEW_MS,
    )
  }
}

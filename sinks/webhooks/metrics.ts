/** What the delivery of webhooks counts and times. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'

export type WebhookMetrics = ReturnType<typeof createWebhookMetrics>

export function createWebhookMetrics(registry: Registry) {
  const registers = [registry]
  return {
    tries: new Counter({
      name: 'stakestream_webhook_tries_total',
      help: 'Calls of endpoints, by outcome: delivered, failed (it is tried again), dead (it was the last try), unnoted.',
      labelNames: ['outcome'],
      registers,
    }),
    latencyMs: new Histogram({
      name: 'stakestream_webhook_call_milliseconds',
      help: 'Time of one call, failed ones too, in milliseconds.',
      buckets: [5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000],
      registers,
    }),
    delayMs: new Histogram({
      name: 'stakestream_webhook_delay_milliseconds',
      help: 'Time from an event to its first successful delivery, in milliseconds.',
      buckets: [50, 100, 250, 500, 1_000, 5_000, 30_000, 300_000, 3_600_000, 86_400_000],
      registers,
    }),
    backlog: new Gauge({
      name: 'stakestream_webhook_deliveries',
      help: 'Deliveries that are kept, by state: due (a try is overdue), waiting (for a later try or an earlier delivery), dead.',
      labelNames: ['state'],
      registers,
    }),
  }
}

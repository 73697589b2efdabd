/**
 * Sends what is due. Lanes go in parallel, up to a bound per endpoint and one for all; within a lane the next delivery is
 * looked for when the one before it is noted.
 */
import type { Webhook } from '../../avro/types.ts'
import type { Cipher } from '../../service/encryption.ts'
import type { Logger } from '../../service/logger.ts'
import type { CallResult, Caller } from './caller.ts'
import type { Endpoints } from './endpoints.ts'
import { CALLS_MAX, CALLS_PER_ENDPOINT_MAX, POLL_MS } from './limits.ts'
import type { WebhookMetrics } from './metrics.ts'
import type { ClaimedDelivery, DeliveryQueue, Outcome } from './queue.ts'
import { nextTryMs } from './schedule.ts'
import { headersOf, signingSecrets } from './signature.ts'

/** What an endpoint answers that is not there any more and won't come back. */
const GONE = 410

export interface SenderOptions {
  queue: Pick<DeliveryQueue, 'claim' | 'settle'>
  endpoints: Endpoints
  caller: Pick<Caller, 'call'>
  cipher: Pick<Cipher, 'decrypt'>
  /** Has an endpoint disabled, as it was when it was called. */
  disable: (webhook: Webhook) => Promise<void>
  retryDelaysMs: readonly number[]
  metrics: WebhookMetrics
  logger: Logger
}

export interface Sender {
  start(): void
  /** Says that something may have become due. */
  wake(): void
  /** Resolves when what is under way is noted. */
  stop(): Promise<void>
}

export function createSender(options: SenderOptions): Sender {
  const { queue, endpoints, metrics, logger } = options
  const calls = new Map<string, number>()
  const running = new Set<Promise<void>>()
  /** Endpoints that have answered 410, with the version that did: they are left alone until their state says so too. */
  const gone = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let looking: Promise<void> | undefined
  let wanted = false
  let stopped = false

  const isGone = ({ webhook_id: id, version }: Webhook): boolean => gone.get(id) === version

  /** Room of each endpoint, from another one on each time: where there is no room for all, none is always the last. */
  const roomOf = (): { webhook_id: string; free: number }[] => {
    const active = endpoints.allActive().filter((webhook) => !isGone(webhook))
    const from = Math.floor(Math.random() * active.length)
    return [...active.slice(from), ...active.slice(0, from)]
      .map(({ webhook_id }) => ({
        webhook_id,
        free: CALLS_PER_ENDPOINT_MAX - (calls.get(webhook_id) ?? 0),
      }))
      .filter(({ free }) => free > 0)
  }

  const disable = async (webhook: Webhook): Promise<void> => {
    const { webhook_id: id, version } = webhook
    if (isGone(webhook)) return
    gone.set(id, version)
    try {
      await options.disable(webhook)
      logger.warn({ webhookId: id }, 'an endpoint has answered 410 and is disabled')
    } catch (error) {
      // The next delivery will find it gone again.
      gone.delete(id)
      logger.error({ err: error, webhookId: id }, 'an endpoint that has answered 410 can not be disabled')
    }
  }

  const call = async (
    webhook: Webhook,
    { deliveryId, body: sealed }: ClaimedDelivery,
  ): Promise<CallResult> => {
    const nowMs = Date.now()
    try {
      const body = options.cipher.decrypt(sealed)
      const secrets = signingSecrets(webhook, nowMs).map((secret) => options.cipher.decrypt(secret))
      const headers = headersOf(deliveryId, body, secrets, nowMs)
      return await options.caller.call({ url: webhook.url, headers, body })
    } catch (error) {
      logger.error({ err: error, deliveryId }, 'a delivery can not be opened or signed')
      return { status: null, error: 'NOT_OPENED' }
    } finally {
      metrics.latencyMs.observe(Date.now() - nowMs)
    }
  }

  const outcomeOf = (result: CallResult, { attempts }: ClaimedDelivery): Outcome => ({
    ...result,
    nextTryMs: nextTryMs(options.retryDelaysMs, attempts + 1, Date.now(), Math.random()),
  })

  const countTry = (delivery: ClaimedDelivery, { error, nextTryMs: next }: Outcome, noted: boolean): void => {
    if (!noted) return metrics.tries.inc({ outcome: 'unnoted' })
    if (error !== null) return metrics.tries.inc({ outcome: next === undefined ? 'dead' : 'failed' })
    metrics.tries.inc({ outcome: 'delivered' })
    metrics.delayMs.observe(Date.now() - delivery.occurredAtMs)
  }

  const deliver = async (delivery: ClaimedDelivery): Promise<void> => {
    const webhook = endpoints.active(delivery.webhookId)
    // Disabled since the lane was claimed: it is sent nothing, and the lease ends by itself.
    if (webhook === undefined) return
    const result = await call(webhook, delivery)
    // A process that dies here sends the delivery again, under the same id, when the lease has ended.
    const outcome = outcomeOf(result, delivery)
    countTry(delivery, outcome, await queue.settle(delivery, outcome))
    if (result.status === GONE) await disable(webhook)
  }

  const begin = (delivery: ClaimedDelivery): void => {
    const { webhookId } = delivery
    calls.set(webhookId, (calls.get(webhookId) ?? 0) + 1)
    const done = deliver(delivery)
      .catch((error: unknown) => {
        metrics.tries.inc({ outcome: 'unnoted' })
        logger.warn(
          { err: error, deliveryId: delivery.deliveryId },
          'a try can not be noted; it is made again',
        )
      })
      .finally(() => {
        running.delete(done)
        const left = (calls.get(webhookId) ?? 1) - 1
        if (left > 0) calls.set(webhookId, left)
        else calls.delete(webhookId)
        wake()
      })
    running.add(done)
  }

  const look = async (): Promise<void> => {
    while (wanted && !stopped) {
      wanted = false
      const room = roomOf()
      const left = CALLS_MAX - running.size
      if (room.length === 0 || left <= 0) return
      for (const delivery of await queue.claim(room, left)) begin(delivery)
    }
  }

  const wake = (): void => {
    wanted = true
    looking ??= look()
      .catch((error: unknown) => logger.warn({ err: error }, 'due deliveries can not be looked for'))
      .finally(() => {
        looking = undefined
      })
  }

  return {
    start: () => {
      timer = setInterval(wake, POLL_MS)
    },
    wake,
    stop: async () => {
      stopped = true
      clearInterval(timer)
      await looking
      await Promise.all(running)
    },
  }
}

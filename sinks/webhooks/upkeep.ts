/** What is done now and then: old deliveries and events go, and the backlog is counted. */
import type { Logger } from '../../service/logger.ts'
import type { Endpoints } from './endpoints.ts'
import { CLEANING_MS, COUNT_MS } from './limits.ts'
import type { WebhookMetrics } from './metrics.ts'
import type { DeliveryQueue } from './queue.ts'

export interface UpkeepOptions {
  queue: Pick<DeliveryQueue, 'clean' | 'backlog'>
  dropOldEvents: () => Promise<void>
  endpoints: Endpoints
  metrics: WebhookMetrics
  logger: Logger
}

/** Answers what ends it. */
export function startUpkeep({ queue, dropOldEvents, endpoints, metrics, logger }: UpkeepOptions): () => void {
  const count = async (): Promise<void> => {
    const backlog = await queue.backlog(endpoints.allActive().map(({ webhook_id: id }) => id))
    metrics.backlog.set({ state: 'due' }, backlog.due)
    metrics.backlog.set({ state: 'waiting' }, backlog.waiting)
    metrics.backlog.set({ state: 'dead' }, backlog.dead)
  }
  const every = (intervalMs: number, what: string, work: () => Promise<void>): NodeJS.Timeout =>
    setInterval(() => {
      work().catch((error: unknown) => logger.warn({ err: error }, `${what} failed, will try again`))
    }, intervalMs)
  const timers = [
    every(CLEANING_MS, 'removing old deliveries', () => queue.clean()),
    every(CLEANING_MS, 'removing old events', dropOldEvents),
    every(COUNT_MS, 'counting deliveries', count),
  ]
  return () => timers.forEach((timer) => clearInterval(timer))
}

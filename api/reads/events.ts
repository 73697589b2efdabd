/**
 * A partner's events, in the order of the log, from PostgreSQL. sink-webhooks keeps them with the bounds within which none is
 * missing; one statement reads both, so what is committed meanwhile is either seen whole or comes with the next call.
 */
import { z } from 'zod'
import type { Database } from './database.ts'

/** Offset of the next event to be read, by partition of the log. */
export type EventPositions = ReadonlyMap<number, number>

export interface EventsQuery {
  partnerId: string
  /** Where to go on; undefined for the oldest event that is kept. */
  after: EventPositions | undefined
  /** None: all. */
  types: readonly string[]
  limit: number
  /** Events of one partition that are looked at, more than `limit`. */
  scanMax: number
}

export interface EventsPage {
  /** Sealed, in the order in which they are answered. */
  bodies: string[]
  next: EventPositions
  /** More are there, or there was more to look at than `scanMax`. */
  hasMore: boolean
  /** Events behind `after` are kept no more. */
  expired: boolean
}

/**
 * Of each partition the events from where it is asked from; of those the first by time. The time of an event counts as no
 * earlier than that of the one before it in its partition, so a page never has an event without those before it.
 */
const EVENTS = `
WITH asked AS MATERIALIZED (
  SELECT held.partition, held.kept_from, held.kept_to,
    CASE WHEN $2::json IS NULL THEN held.kept_from ELSE coalesce(given.next, 0) END AS at
  FROM webhook_positions AS held
  LEFT JOIN json_to_recordset($2::json) AS given (partition int, next bigint) ON given.partition = held.partition
  WHERE held.topic = 'wallet.transaction.created'
), seen AS MATERIALIZED (
  SELECT asked.partition, event.log_offset, event.is_wanted,
    max(event.occurred_at) OVER (PARTITION BY asked.partition ORDER BY event.log_offset) AS due
  FROM asked CROSS JOIN LATERAL (
    SELECT log_offset, occurred_at, $3::text[] = '{}' OR event_type = ANY ($3) AS is_wanted
    FROM partner_events
    WHERE partner_id = $1 AND log_partition = asked.partition
      AND log_offset >= asked.at AND log_offset < asked.kept_to
    ORDER BY log_offset LIMIT $5
  ) AS event
), chosen AS MATERIALIZED (
  SELECT partition, log_offset, due FROM seen WHERE is_wanted ORDER BY due, partition, log_offset LIMIT $4
), left_over AS (
  SELECT partition, count(*) AS scanned, max(log_offset) AS last,
    min(log_offset) FILTER (WHERE is_wanted
      AND (partition, log_offset) NOT IN (SELECT partition, log_offset FROM chosen)) AS first
  FROM seen GROUP BY partition
)
SELECT
  (SELECT coalesce(json_agg(json_build_object(
      'partition', asked.partition,
      'next', coalesce(first, CASE WHEN scanned = $5 THEN last + 1 END, greatest(at, kept_to)),
      'more', first IS NOT NULL OR coalesce(scanned, 0) = $5,
      'expired', at < kept_from)), '[]')
    FROM asked LEFT JOIN left_over ON left_over.partition = asked.partition) AS partitions,
  (SELECT coalesce(json_agg(event.body ORDER BY chosen.due, chosen.partition, chosen.log_offset), '[]')
    FROM chosen JOIN partner_events AS event ON event.partner_id = $1
      AND event.log_partition = chosen.partition AND event.log_offset = chosen.log_offset) AS bodies`

const pageRow = z.object({
  partitions: z.array(
    z.object({ partition: z.number(), next: z.number(), more: z.boolean(), expired: z.boolean() }),
  ),
  bodies: z.array(z.string()),
})

const asJson = (positions: EventPositions): string =>
  JSON.stringify([...positions].map(([partition, next]) => ({ partition, next })))

export async function readEvents(database: Database, query: EventsQuery): Promise<EventsPage> {
  const { partnerId, after, types, limit, scanMax } = query
  const values = [partnerId, after === undefined ? null : asJson(after), types, limit, scanMax]
  const [row] = await database.query(pageRow, EVENTS, values)
  const { partitions = [], bodies = [] } = row ?? {}
  return {
    bodies,
    // A partition that is not there yet, or no more, keeps its place.
    next: new Map([...(after ?? []), ...partitions.map(({ partition, next }) => [partition, next] as const)]),
    hasMore: partitions.some(({ more }) => more),
    expired: partitions.some(({ expired }) => expired),
  }
}

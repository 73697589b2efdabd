/** Every limit of the sinks' reader, with its unit and its reason. `assertLimits` holds their relations. */
import { SHUTDOWN_DEADLINE_MS } from '../../service/shutdown.ts'

/** Most records that one write holds, unless the sink says otherwise: one attempt must end in time on a busy machine, too. */
export const BATCH_RECORDS_MAX = 2_000
/** Most bytes of record values that one write holds. */
const BATCH_BYTES_MAX = 4 * 1024 * 1024
/** Most bytes that one fetch brings of one partition; kafkajs keeps them in memory until they are written. */
const FETCH_PARTITION_BYTES_MAX = 1024 * 1024
/** Most bytes that one fetch brings of all partitions. */
const FETCH_BYTES_MAX = 8 * 1024 * 1024

/** A member that is silent for this long loses its partitions. */
export const SESSION_TIMEOUT_MS = 30_000
/** Shortest time between two heartbeats. */
export const HEARTBEAT_INTERVAL_MS = 3_000
/** What is known of topics is asked for anew after this time: who joined while one was being made anew has none of it until then. */
export const METADATA_AGE_MS = 15_000
/** How often a waiting handler asks for a heartbeat; kafkajs sends one when the interval has passed. */
export const HEARTBEAT_TICK_MS = 1_000
/** How long the others are waited for in a rebalance: a handler may be in the middle of one attempt to write. */
export const REBALANCE_TIMEOUT_MS = 60_000
/** Part of the session's time, at its end, in which nothing more is sent to the store: clocks and networks need room. */
export const LEASE_MARGIN = 1 / 6

/** After this long one attempt to write is given up. */
export const ATTEMPT_TIMEOUT_MS = 20_000
/** First and longest pause between two attempts; the pauses in between double, with jitter. */
export const RETRY_INITIAL_MS = 100
export const RETRY_MAX_MS = 10_000

/** How often the ends of the partitions are asked for, so that lag shows while nothing is read. */
export const LAG_POLL_MS = 5_000

/** Most bytes at a time, of all that a sink may choose. */
export interface ByteLimits {
  /** That one fetch brings of one partition. */
  fetchPartition: number
  /** That one fetch brings of all partitions. */
  fetch: number
  /** Of record values that one write holds. */
  batch: number
}

export const DEFAULT_BYTES: ByteLimits = {
  fetchPartition: FETCH_PARTITION_BYTES_MAX,
  fetch: FETCH_BYTES_MAX,
  batch: BATCH_BYTES_MAX,
}

/** Throws where the limits don't fit each other. Called once at start. */
export function assertLimits({ fetchPartition, fetch, batch }: ByteLimits): void {
  const relations: readonly [boolean, string][] = [
    [fetchPartition <= batch, 'a fetched partition fits a batch'],
    [fetchPartition <= fetch, 'a fetched partition fits a fetch'],
    [HEARTBEAT_TICK_MS < HEARTBEAT_INTERVAL_MS, 'ticks are shorter than the heartbeat interval'],
    [HEARTBEAT_INTERVAL_MS * 3 <= SESSION_TIMEOUT_MS * (1 - LEASE_MARGIN), 'three heartbeats fit a lease'],
    [ATTEMPT_TIMEOUT_MS < SHUTDOWN_DEADLINE_MS, 'an attempt ends before the shutdown deadline'],
    [ATTEMPT_TIMEOUT_MS < REBALANCE_TIMEOUT_MS, 'an attempt ends before a rebalance does'],
    [RETRY_INITIAL_MS < RETRY_MAX_MS, 'pauses grow'],
  ]
  for (const [holds, what] of relations)
    if (!holds) throw new Error(`limits of the sink: ${what}: does not hold`)
}

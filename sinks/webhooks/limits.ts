/** Every limit of the delivery of webhooks, with its unit and its reason. `assertLimits` holds their relations. */
import assert from 'node:assert'
import { SHUTDOWN_DEADLINE_MS } from '../../service/shutdown.ts'

const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** Pauses before the tries of a delivery, in milliseconds: the schedule of the Standard Webhooks specification, 75 hours. */
export const RETRY_DELAYS_MS: readonly number[] = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
]
/** By how much of itself a pause is made longer at the most, so that what failed together does not come back together. */
export const JITTER = 0.1

/** Longest time of one call, from the look-up of the name to the end of the answer, in milliseconds. */
export const CALL_TIMEOUT_MS = 15 * SECOND_MS
/** Bytes of an answer that are read; nobody looks at them, but a connection is used again only behind its answer. */
export const ANSWER_BYTES_MAX = 16 * 1024
/** How long a lane is held at the most, in milliseconds: a call, its note, and room for a slow database. */
export const LEASE_MS = 60 * SECOND_MS
/** Calls at a time to one endpoint, and to all, of one process. */
export const CALLS_PER_ENDPOINT_MAX = 8
export const CALLS_MAX = 64
/** How often due lanes are looked for where nothing wakes the sender up, in milliseconds. */
export const POLL_MS = 250

/** How far the clocks of the platform's processes may be apart, in milliseconds. */
export const CLOCK_SKEW_MS = 10 * SECOND_MS
/** How long deliveries and events are kept, in milliseconds; events that are older make none and are not kept. */
export const KEEP_MS = 30 * 24 * HOUR_MS
/** How often what is older goes, in milliseconds, and rows in one statement. */
export const CLEANING_MS = MINUTE_MS
export const CLEANING_ROWS = 1_000
/** Events that go in one statement: writers wait for it. Statements follow each other until nothing old is left. */
export const EVENTS_CLEANING_ROWS = 5_000
/** How often the backlog is counted, in milliseconds. */
export const COUNT_MS = 10 * SECOND_MS
/** Longest text of why a try failed, in characters (VARCHAR(255)). */
export const ERROR_CHARS_MAX = 255

/** Throws where the limits don't fit each other. Called once at start. */
export function assertLimits(): void {
  const lastTryMs = RETRY_DELAYS_MS.reduce((sum, delayMs) => sum + delayMs * (1 + JITTER), 0)
  assert(lastTryMs < KEEP_MS, 'a delivery is kept for longer than it is tried')
  assert(CALL_TIMEOUT_MS * 2 < LEASE_MS, 'a call and its note end before the lease')
  assert(CALL_TIMEOUT_MS < SHUTDOWN_DEADLINE_MS, 'calls end before the shutdown deadline')
  assert(CALLS_PER_ENDPOINT_MAX <= CALLS_MAX, 'the calls to one endpoint fit those to all')
}

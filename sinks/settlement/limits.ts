/** Limits of the settlement worker, with their units and reasons. */

/** Late movements that are fetched from ClickHouse at once. */
export const LATE_PAGE_ROWS = 10_000
/** How often the worker looks what there is to do, in milliseconds. */
export const TICK_MS = 500
/** How often schedules are looked at, in milliseconds: a period that is over need not be settled the same second. */
export const SCHEDULE_MS = 10_000
/** Longest ClickHouse query, in milliseconds: a year of a busy partner. */
export const QUERY_TIMEOUT_MS = 120_000
/** After a lost connection the follower waits for its old session to end, in milliseconds. */
export const SESSION_MS = 6_000
/** Longest look for records behind the positions of the sink, in milliseconds. */
export const TAIL_MS = 20_000

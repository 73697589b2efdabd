/** Every limit of the runtime, with its unit and its reason. */

/** Records that one transaction takes in at the most: keeps a commit, and so the wait of a bet behind it, short. */
export const BATCH_RECORDS_MAX = 2_000

/**
 * Bytes that one transaction sends to one topic at the most. All records of a partition go into one record batch,
 * and the broker refuses one over message.max.bytes (1 MiB); the headroom is for one more record.
 */
export const BATCH_BYTES_MAX = 640 * 1024

/**
 * Batches that may leave their snapshots owing while a backlog lasts: a player who is in all of them gets one. They are
 * what a task that starts anew has to read again, and how far the balances lag behind the events.
 */
export const OWED_BATCHES_MAX = 16

/** Bytes of one input record at the most; a larger one is a dead letter, since its event might not fit a batch. */
export const INPUT_RECORD_BYTES_MAX = 256 * 1024

/** Fetched records that wait in a task before its partition is paused. */
export const QUEUE_RECORDS_MAX = 20_000

/** A paused partition is resumed when fewer than this many records wait. */
export const QUEUE_RECORDS_RESUME = QUEUE_RECORDS_MAX / 2

/** Longest wait of a fetch for new records, in milliseconds; also how soon a resumed partition is asked again. */
export const FETCH_WAIT_MS = 100

/** Bytes of one partition that one fetch brings at the most. */
export const FETCH_PARTITION_BYTES_MAX = 1024 * 1024

/**
 * The same for restores: throughput counts, but what a fetch brings of one partition is laid without a pause for heartbeats.
 * On a core that many share that takes its time: at 2 MiB a member was taken for dead again and again, and never got ready.
 */
export const RESTORE_PARTITION_BYTES_MAX = 512 * 1024

/** Bytes that one fetch of a restore brings at the most. Two of them are in memory: one is laid, the next is on its way. */
export const RESTORE_BYTES_MAX = 8 * RESTORE_PARTITION_BYTES_MAX

/** Pause after a fetch that failed, before the leaders are looked up anew, in milliseconds. */
export const FETCH_RETRY_MS = 200

/** A restore that makes no progress for this long fails loudly, in milliseconds. */
export const RESTORE_STALL_MS = 30_000

/** A transaction that stays open longer is aborted by the broker, in milliseconds. */
export const TRANSACTION_TIMEOUT_MS = 15_000

/**
 * A member that is silent for this long loses its partitions, in milliseconds, unless configured otherwise: the least
 * that a broker takes by default (group.min.session.timeout.ms). Lower means a faster take-over after a kill.
 */
export const SESSION_TIMEOUT_MS_DEFAULT = 6_000
/** Heartbeats that fit into a session. */
export const HEARTBEATS_PER_SESSION = 5
/** How long the group waits for its members to rejoin, in milliseconds. */
export const REBALANCE_TIMEOUT_MS = 10_000

/** How long a broker may take over one request of a transaction, in milliseconds. */
export const REQUEST_TIMEOUT_MS = 10_000
/**
 * Tries of such a request before the task starts anew, and the pauses between them, in milliseconds. Two transactions of
 * one producer that follow at once meet CONCURRENT_TRANSACTIONS as a matter of course, so the first pause is short.
 */
export const REQUEST_TRIES_MAX = 50
export const REQUEST_RETRY_MS = 2
export const REQUEST_RETRY_MS_MAX = 200

/** First pause before a failed task starts anew, doubled up to the maximum, in milliseconds. */
export const TASK_RESTART_MS = 100
export const TASK_RESTART_MS_MAX = 10_000

/** How often a task's housekeeping runs, in milliseconds. */
export const HOUSEKEEPING_MS = 1_000

/** Relations that must hold between the limits; asserted when a processor starts. */
export function assertLimits(): void {
  const relations: readonly [boolean, string][] = [
    [
      FETCH_WAIT_MS * HEARTBEATS_PER_SESSION < SESSION_TIMEOUT_MS_DEFAULT,
      'a fetch returns before a heartbeat is due',
    ],
    [
      BATCH_BYTES_MAX + INPUT_RECORD_BYTES_MAX < 1024 * 1024,
      'one more record fits into a batch of the broker',
    ],
    [QUEUE_RECORDS_RESUME >= BATCH_RECORDS_MAX, 'a resumed partition still has a full batch waiting'],
    [
      RESTORE_STALL_MS > TRANSACTION_TIMEOUT_MS,
      'an abandoned transaction times out before a restore is called stalled',
    ],
  ]
  for (const [holds, text] of relations) if (!holds) throw new Error(`limits contradict each other: ${text}`)
}

/** Every time and bound of the worker that calls game providers, with its unit and its reason. */

/** Longest wait of a fetch without records, in milliseconds: a bet waits for the next one. */
export const FETCH_WAIT_MS = 50
/** After this silence another worker takes this one's partitions, in milliseconds. */
export const SESSION_MS = 6_000
export const HEARTBEAT_MS = 1_000
/** Calls under way in this process; beyond them nothing is fetched. Each provider has its own, smaller bound. */
export const CALLS_MAX = 2_000
/** Commands of one request to Kafka. */
export const SEND_RECORDS_MAX = 500
/**
 * Bytes of keys and values in one request. kafkajs makes one batch of all records of a partition, and the broker refuses a batch over
 * max.message.bytes (1 MiB): the rest is for one command more, and what the batch adds to each.
 */
export const SEND_BYTES_MAX = 640 * 1024
/** How often what is finished is told to the group, in milliseconds. */
export const COMMIT_MS = 500
/**
 * "Surely not sent" is taken for final from this time on after a partition came here, in milliseconds: another worker may have
 * sent the same call before.
 */
export const SETTLED_MS = 10_000
/** Longest words of a provider in a command, in characters. */
export const CODE_CHARS_MAX = 255
/** Why a bet is cancelled, in the provider's books. */
export const CANCEL_REASON = 'The bet was not confirmed in time.'

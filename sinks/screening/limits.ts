/** Limits of the screening of players, with their units and reasons. */

/** Players that are screened before their place is kept: some milliseconds each, so that little is done twice. */
export const BATCH_RECORDS_MAX = 50
/** Bytes of commands in one send; a command of twenty matches with the longest names takes 170 KB, the broker 1 MiB. */
export const SEND_BYTES_MAX = 512 * 1024
/** A screening may wait a moment; an empty topic is asked again after this long, in milliseconds. */
export const FETCH_WAIT_MS = 250

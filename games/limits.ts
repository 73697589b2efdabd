/** Every bound of the calls to game providers, by name, and how the bounds hang together. */
import assert from 'node:assert'

/** Calls to one provider that may be under way at once; each has a connection of its own. */
export const CALLS_AT_ONCE_MAX = 64
/** Calls to one provider that may wait for one of those. What comes on top is turned away at once. */
export const CALLS_WAITING_MAX = 128
/** For a connection to come about, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 1_000
/** An idle connection is given up after this time, in milliseconds: below the usual 5 s of servers. */
export const IDLE_CONNECTION_MS = 4_000
/** Longest answer that is read, in bytes: a game list of some thousand games. */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024
/** Of a provider's own words in an outcome. */
export const MESSAGE_CHARS_MAX = 200

/** Repetitions of one call after its first attempt. */
export const RETRIES_MAX = 2
/** Pause before the first repetition, and the longest one, in milliseconds; in between they grow with jitter. */
export const RETRY_PAUSE_MS = 100
export const RETRY_PAUSE_MS_MAX = 1_000
/** No repetition begins where the caller would wait less than this for it, in milliseconds. */
export const ATTEMPT_MS_MIN = 50

/** The circuit opens where at least this share of the calls of a window failed … */
export const CIRCUIT_FAILURE_SHARE = 0.5
/** … of so many milliseconds, … */
export const CIRCUIT_WINDOW_MS = 10_000
/** … in which there were at least so many calls a second. */
export const CIRCUIT_CALLS_PER_SECOND_MIN = 1
/** After this time a call is let through an open circuit to see, in milliseconds. */
export const CIRCUIT_OPEN_MS = 5_000

/** How far the time in a callback's signature may lie from the receiver's clock, in milliseconds. */
export const CALLBACK_WINDOW_MS = 120_000

assert(RETRY_PAUSE_MS <= RETRY_PAUSE_MS_MAX, 'the first pause is not the longest')
assert(
  CIRCUIT_OPEN_MS < CIRCUIT_WINDOW_MS,
  'what a probe finds must count together with what opened the circuit',
)

/** Every bound of the sandbox, by name. */

/** Body of a request to the sandbox, in bytes. */
export const REQUEST_BYTES_MAX = 64 * 1024
/** Rounds in its books; above it bets are refused, and nothing is forgotten. About 600 bytes each. */
export const ROUNDS_MAX = 500_000
/** From a bet to its result, in milliseconds. */
export const RESULT_DELAY_MS = 50
/** How long it hangs where it is told to, in milliseconds. */
export const HANG_MS = 30_000
/** How late it answers where it is told to be slow, in milliseconds. */
export const SLOW_MS = 1_500
/** How late a callback comes where it is told to be late, in milliseconds. */
export const LATE_CALLBACK_MS = 2_000
/** For the platform to answer a callback or a call of the wallet, in milliseconds: as aggregators give wallets 3 to 10 s. */
export const PLATFORM_TIMEOUT_MS = 5_000
/** Pauses between two tries of a callback, in milliseconds. */
export const TRY_PAUSE_MS = 100
export const TRY_PAUSE_MS_MAX = 2_000
/** Tries of one callback: with the longest pause between them about a day. */
export const TRIES_MAX = 43_200
/** Callbacks that are on their way at once. */
export const CALLBACKS_AT_ONCE_MAX = 64
/** Rounds of one page of the books. */
export const PAGE_ROUNDS_MAX = 1_000
/** Rules of faults that can be in force at once. */
export const FAULT_RULES_MAX = 50
/** Rounds that one request may have played on a wallet. */
export const PLAYED_ROUNDS_MAX = 1_000

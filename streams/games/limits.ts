/** Every time and bound of the saga, with its unit and its reason. */

/** A call is to be over by then, in milliseconds: the longest that a provider may take, and some for the way to the worker. */
export const CALL_MS = 35_000
/** An answer that has not come by then counts as lost, in milliseconds after the end of its call. */
export const ANSWER_WAY_MS = 5_000
/** The first pause before a call is made again, in milliseconds; each next one is twice as long, up to a bound. */
export const PAUSE_MS = 500
/** Longest pause while money is held, in milliseconds: a hold lasts for two minutes. */
export const PAUSE_HELD_MS_MAX = 10_000
/** Longest pause where nobody waits for it, in milliseconds. */
export const PAUSE_MS_MAX = 300_000
/** Bets that are woken in one round of housekeeping. */
export const WAKES_MAX = 500
/** How long a bet that was woken is left alone before it is woken again, in milliseconds. */
export const WAKE_AGAIN_MS = 10_000
/** Entries that the sweep looks at in one round of housekeeping. */
export const SWEEP_ENTRIES_MAX = 250
/** Longest words of a provider in a command, in characters. */
export const CODE_CHARS_MAX = 255
/** Wins of one round. */
export const WINS_MAX = 100
/** Largest time, in epoch milliseconds: the last that a key can carry. */
export const TIME_MS_MAX = 9_999_999_999_999

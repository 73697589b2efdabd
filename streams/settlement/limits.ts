/** Every limit of settlement, with its unit and its reason. */

/** Taxes and fees of one partner. */
export const FEES_MAX = 20
/** Longest name of a tax or fee on a statement, in characters. */
export const LABEL_CHARS_MAX = 100
/** Currencies that a partner is settled in by itself. */
export const CURRENCIES_MAX = 50
/** Longest reference of a payment, in characters. */
export const REFERENCE_CHARS_MAX = 100
/** Longest id, address or request id of who asks, in characters. */
export const ACTOR_CHARS_MAX = 255
/** Days of a run, late ones included: about 150 bytes each, and a record holds one megabyte. */
export const DAYS_MAX = 4_000
/** Partitions of the log. */
export const SEALS_MAX = 1_000
/** The largest rate, 1, in units of 1/10000. */
export const RATE_UNITS_MAX = 10_000n
/** Largest time, in epoch milliseconds: the end of the year 2199, the last that every store takes. */
export const TIME_MS_MAX = 7_258_118_399_999

/**
 * Every limit of the alerts, with its unit and its reason. Those that whoever asks has to keep to stand in
 * domain/aml/alerts.ts. Together they keep an alert and a player's standing within what one more command may add to a full
 * batch: a test makes the largest of both.
 */

/**
 * Open alerts of one player. A player whose alerts nobody works on would have one more per type and window for ever; from here
 * on a finding joins the nearest of its type, however long ago that was, and an officer's alert is refused.
 */
export const OPEN_ALERTS_MAX = 500

/** Transactions that an alert, and each factor of it, names: the last ones. */
export const TRANSACTIONS_MAX = 100
/** Factors of an alert, the newest first. */
export const FACTORS_MAX = 32
/** Numbers of one factor. */
export const NUMBERS_MAX = 64
/** Sub-scores of one match. */
export const SUB_SCORES_MAX = 10
/** Longest detail of a factor, in characters. */
export const DETAIL_CHARS_MAX = 300
/** Lists that one screening searches. */
export const LISTS_MAX = 50

/** Cleared matches that the newest screening did not find, and that are known all the same when a later one does. */
export const CLEARED_KEPT_MAX = 40

/**
 * Commands that are remembered in a player's standing because they left no other trace. Screenings are sent again, where at all,
 * by a process that starts anew, and so soon after.
 */
export const COMMANDS_KEPT_MAX = 20

/** Longest address or request id of who asks, in characters. */
export const ACTOR_CHARS_MAX = 255
/** Longest code of a factor, version of rules, or other word, in characters. */
export const WORD_CHARS_MAX = 64
/** The highest score. */
export const SCORE_MAX = 100
/** Largest time, in epoch milliseconds: the end of the year 2199, the last that every store takes. */
export const TIME_MS_MAX = 7_258_118_399_999

/** The work on alerts: what those who ask, decide and show have to agree on. */
import { ALERT_TYPES } from './rules.ts'
import type { AlertType } from './rules.ts'

/** Why an alert is closed. */
export const RESOLUTION_CODES = [
  'FALSE_POSITIVE',
  'EXPLAINED',
  'DUPLICATE',
  'NO_ACTION',
  'ACCOUNT_CLOSED',
] as const

/**
 * Types that can be snoozed. What a person raises is meant. A match on a watchlist raises an alert once and is known from
 * then on: a snooze would swallow it for good, and clearing the match is the way to be rid of it.
 */
export const SNOOZABLE_TYPES: readonly AlertType[] = ALERT_TYPES.filter(
  (type) => type !== 'MANUAL' && type !== 'WATCHLIST',
)

/** Longest snooze, in milliseconds: 90 days. */
export const SNOOZE_MS_MAX = 90 * 86_400_000

/** Longest name of an officer, in characters, and of a key that stands for one: what the tables hold. */
export const OFFICER_CHARS_MAX = 100
/** Longest note, in characters. */
export const NOTE_CHARS_MAX = 2_000
/** Longest description of an alert, in characters. */
export const DESCRIPTION_CHARS_MAX = 1_000
/** Longest reference of a report to the authority, in characters. */
export const REFERENCE_CHARS_MAX = 100

/** Matches of one screening: the best of them. */
export const MATCHES_MAX = 30
/** Longest name of a list, in characters. */
export const LIST_CHARS_MAX = 64
/** Longest version of a list, and longest id of an entry, in characters. */
export const LIST_ID_CHARS_MAX = 128
/** Longest name of an entry, in characters. */
export const ENTRY_NAME_CHARS_MAX = 300

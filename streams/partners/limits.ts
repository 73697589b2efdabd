/**
 * Every limit of partner management, with its unit and its reason. None is below the API's own, or what it lets through
 * would never be answered. Together they keep the audit entry of a change, which holds the subject before and after as JSON
 * (160 KB for either at the most), and a full batch before it within what one send may have (1 MiB).
 */

/** Keys of one partner that are open, where another one may still be issued. */
export const ACTIVE_KEYS_MAX = 50

/**
 * Keys of one partner that may be open at all. A rotation takes nothing from the number above, but may leave the old key
 * open for a while: without an end, a key rotated over and over would fill the list of open keys.
 */
export const OPEN_KEYS_MAX = 2 * ACTIVE_KEYS_MAX

/** Longest name of a partner or a key, in characters. */
export const NAME_CHARS_MAX = 100
/** Longest sealed text, in characters: sealing makes a text longer by a third and some. */
export const SEALED_CHARS_MAX = 4_096
/** Longest keyed hash, in characters. It is part of a store's key, which may have 1,978 bytes. */
export const HASH_CHARS_MAX = 128
/** Longest web address, in characters. */
export const URL_CHARS_MAX = 2_048
/** Longest network on an allow list, in characters: an IPv6 address in full with its prefix has 43. */
export const NETWORK_CHARS_MAX = 64
/** Longest name of a scope or of a class of routes, in characters. */
export const WORD_CHARS_MAX = 64
/** Longest text about who asks, in characters. */
export const ACTOR_CHARS_MAX = 255

/** Commission rates of one partner. */
export const RATES_MAX = 500
/** Networks on one allow list. */
export const ALLOWED_IPS_MAX = 200
/** Limits of automatic approval, each in a currency of its own. */
export const AUTO_APPROVALS_MAX = 200
/** Rate limits of one partner, each for a class of routes of its own. */
export const RATE_LIMITS_MAX = 20
/** Webhook endpoints of one partner that are not deleted. */
export const WEBHOOKS_MAX = 10
/** Types of events that one endpoint names. */
export const EVENT_TYPES_MAX = 50
/** Longest description of an endpoint, and longest reason why it is disabled, in characters. */
export const WEBHOOK_TEXT_CHARS_MAX = 255
/** Secrets of one endpoint: the one that is in use and, for an overlap, the one before it. */
export const WEBHOOK_SECRETS_MAX = 2

/**
 * Longest document of AML rules, in characters of JSON: all currencies, countries and combinations that one may name take
 * half of it.
 */
export const AML_RULES_CHARS_MAX = 65_536
/** Longest reason for a version of the AML rules, in characters. */
export const AML_RULES_NOTE_CHARS_MAX = 1_000

/** Longest address of a game provider's API, in characters (the column is VARCHAR(255)). */
export const API_ENDPOINT_CHARS_MAX = 255
/** Credentials of one game provider. */
export const CREDENTIALS_MAX = 20
/** Currencies that one game provider takes bets in. */
export const SUPPORTED_CURRENCIES_MAX = 200

/** Scopes of one key. */
export const SCOPES_MAX = 50

/** The largest commission rate, 1, in units of 1/10000. */
export const RATE_UNITS_MAX = 10_000n
/** Largest time, in epoch milliseconds: the end of the year 9999, the last that RFC 3339 can write. */
export const TIME_MS_MAX = 253_402_300_799_999

/** Of a game. */
export const GAME_NAME_CHARS_MAX = 255
export const GAME_FEATURES_MAX = 50
export const GAME_URL_CHARS_MAX = 2_000

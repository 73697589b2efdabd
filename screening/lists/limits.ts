/** How large a list may be, and how many may ask at a time. What passes a limit is refused, never cut. */

/** 256 MiB a file. */
export const FILE_BYTES_MAX = 256 * 1024 * 1024
/** Longest line, in bytes; without a limit an open quote would take in the rest of the file. */
export const LINE_BYTES_MAX = 1024 * 1024
export const ENTRIES_MAX = 500_000
export const ALIASES_PER_ENTRY_MAX = 1_000
/** Longest name or alias, in characters. */
export const NAME_CHARS_MAX = 1_000
/** Queries that may wait for the thread of the watchlists, each of them some milliseconds. */
export const QUERIES_MAX = 500

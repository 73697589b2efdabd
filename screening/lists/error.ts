/** Why a list is refused. */

export type WatchlistErrorCode =
  /** The file can't be opened or read. */
  | 'UNREADABLE'
  /** A limit of `limits.ts` is passed. */
  | 'TOO_LARGE'
  /** A line does not hold what the form says. */
  | 'BROKEN_LINE'
  /** No entry at all. */
  | 'EMPTY'
  /** The file changed while it was read; it is read again at the next look. */
  | 'CHANGED_WHILE_READ'

/** A list that is refused as a whole: what was in force stays. */
export class WatchlistError extends Error {
  override name = 'WatchlistError'
  readonly code: WatchlistErrorCode
  readonly file: string
  /** From 1; absent where the fault is the file's. */
  readonly line: number | undefined
  readonly reason: string

  constructor(code: WatchlistErrorCode, file: string, reason: string, line?: number) {
    super(`${file}${line === undefined ? '' : `:${line}`}: ${reason}`)
    this.code = code
    this.file = file
    this.line = line
    this.reason = reason
  }
}

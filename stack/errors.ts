/** What the runner says to a person: one line, what is wrong and what to do. Everything else is a fault of the runner. */
export class StackError extends Error {
  override name = 'StackError'
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The `code` of a system error (`ENOENT`, `EADDRINUSE` ...), if there is one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** Options of the command lines under `tests/`. */

/** A whole number from 1 on; throws for anything else. */
export function positive(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${text} is not a whole number from 1 on`)
  return value
}

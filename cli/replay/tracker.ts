/**
 * Which lines are finished. Outcomes come back out of order (each player has an own order), so the place from which a
 * later run goes on is the line before the first that is still open.
 */
export class Tracker {
  /** In the order in which they were begun, which is the file's. */
  readonly #open = new Set<number>()
  #lastLine: number

  constructor(startLine: number) {
    this.#lastLine = startLine
  }

  begin(line: number): void {
    this.#open.add(line)
    this.#lastLine = line
  }

  end(line: number): void {
    this.#open.delete(line)
  }

  /** A line that needs no outcome. */
  pass(line: number): void {
    this.#lastLine = line
  }

  get open(): number {
    return this.#open.size
  }

  /** All lines up to this one are finished. */
  get finishedLine(): number {
    for (const first of this.#open) return first - 1
    return this.#lastLine
  }
}

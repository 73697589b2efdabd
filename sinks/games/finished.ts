/**
 * Which records of a partition are finished. They end out of order, since each provider takes its own time, so the offset from
 * which another worker goes on is that of the first that is still open.
 */
export class Finished {
  /** In the order of the log. */
  readonly #open = new Set<number>()
  #next: number

  constructor(next: number) {
    this.#next = next
  }

  begin(offset: number): void {
    this.#open.add(offset)
    this.#next = offset + 1
  }

  end(offset: number): void {
    this.#open.delete(offset)
  }

  /** All records below this offset are finished. */
  get offset(): number {
    for (const first of this.#open) return first
    return this.#next
  }
}

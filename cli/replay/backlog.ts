/** Counts what is under way and lets producers wait until it has shrunk, or failed. */
export class Backlog {
  readonly #waiters: { below: number; resolve: () => void }[] = []
  #size = 0
  #failure: { error: unknown } | undefined

  get size(): number {
    return this.#size
  }

  get failed(): boolean {
    return this.#failure !== undefined
  }

  add(): void {
    this.#size++
  }

  remove(): void {
    this.#size--
    this.#wake()
  }

  /** The first failure counts; whoever waits, now or later, gets it. */
  fail(error: unknown): void {
    this.#failure ??= { error }
    this.#wake()
  }

  /** Resolves once fewer than this many are left. Throws what `fail` was given. */
  async whenBelow(below: number): Promise<void> {
    if (this.#failure === undefined && this.#size >= below)
      await new Promise<void>((resolve) => this.#waiters.push({ below, resolve }))
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #wake(): void {
    for (let at = this.#waiters.length - 1; at >= 0; at--) {
      const waiter = this.#waiters[at]
      if (waiter === undefined || (this.#failure === undefined && this.#size >= waiter.below)) continue
      this.#waiters.splice(at, 1)
      waiter.resolve()
    }
  }
}

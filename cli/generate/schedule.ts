/** What happens next, in order of time: a binary heap whose ties keep the order in which they were put in. */
export class Schedule<T> {
  readonly #heap: { atMs: number; order: number; item: T }[] = []
  #order = 0

  get size(): number {
    return this.#heap.length
  }

  add(atMs: number, item: T): void {
    const heap = this.#heap
    heap.push({ atMs, order: this.#order++, item })
    let at = heap.length - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) break
      this.#swap(at, parent)
      at = parent
    }
  }

  /** Takes out the earliest, or undefined where nothing is left. */
  take(): { atMs: number; item: T } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || first === last) return first
    heap[0] = last
    this.#sink()
    return first
  }

  #sink(): void {
    for (let at = 0; ;) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.#heap.length && this.#before(child, least)) least = child
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #before(left: number, right: number): boolean {
    const a = this.#heap[left]
    const b = this.#heap[right]
    if (a === undefined || b === undefined) return false
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
  }

  #swap(left: number, right: number): void {
    const a = this.#heap[left]
    const b = this.#heap[right]
    if (a === undefined || b === undefined) return
    this.#heap[left] = b
    this.#heap[right] = a
  }
}

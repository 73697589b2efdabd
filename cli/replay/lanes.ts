import { Backlog } from './backlog.ts'

/** Work of many keys side by side, and of one key in the order in which it came. */
export class Lanes<T> {
  readonly #concurrency: number
  readonly #chunkMax: number
  readonly #work: (items: readonly T[]) => Promise<void>
  /** Waiting items by key; a key that is here is either in `#ready` or being worked on. */
  readonly #lanes = new Map<string, T[]>()
  readonly #ready: string[] = []
  readonly #backlog = new Backlog()
  #active = 0

  /**
   * `work` gets what waits of one key, at most `chunkMax` items. If it throws, all ends: nothing more is begun, and
   * `whenBelow` throws its error.
   */
  constructor(concurrency: number, chunkMax: number, work: (items: readonly T[]) => Promise<void>) {
    this.#concurrency = concurrency
    this.#chunkMax = chunkMax
    this.#work = work
  }

  /** Items that wait or are worked on. */
  get size(): number {
    return this.#backlog.size
  }

  add(key: string, item: T): void {
    this.#backlog.add()
    const lane = this.#lanes.get(key)
    if (lane !== undefined) {
      lane.push(item)
      return
    }
    this.#lanes.set(key, [item])
    this.#ready.push(key)
    this.#begin()
  }

  /** Resolves once fewer than this many items are left. */
  whenBelow(below: number): Promise<void> {
    return this.#backlog.whenBelow(below)
  }

  #begin(): void {
    while (this.#active < this.#concurrency && !this.#backlog.failed) {
      const key = this.#ready.shift()
      if (key === undefined) return
      this.#active++
      void this.#runSome(key)
    }
  }

  async #runSome(key: string): Promise<void> {
    const lane = this.#lanes.get(key) ?? []
    const items = lane.splice(0, this.#chunkMax)
    try {
      await this.#work(items)
    } catch (error) {
      this.#backlog.fail(error)
    }
    this.#active--
    if (lane.length > 0) this.#ready.push(key)
    else this.#lanes.delete(key)
    this.#begin()
    for (const _ of items) this.#backlog.remove()
  }
}

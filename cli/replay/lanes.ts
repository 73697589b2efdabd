import { Backlog } from './backlog.ts'

/** Work of many keys side by side, and of one key in the order in which it came. */
export class Lanes<T> {
  readonly #concurrency: number
  readonly #work: (item: T) => Promise<void>
  /** Waiting items by key; a key that is here is either in `#ready` or being worked on. */
  readonly #lanes = new Map<string, T[]>()
  readonly #ready: string[] = []
  readonly #backlog = new Backlog()
  #active = 0

  /** `work` that throws ends all: nothing more is begun, and `whenBelow` throws its error. */
  constructor(concurrency: number, work: (item: T) => Promise<void>) {
    this.#concurrency = concurrency
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
      void this.#runOne(key)
    }
  }

  async #runOne(key: string): Promise<void> {
    const lane = this.#lanes.get(key) ?? []
    const item = lane.shift()
    try {
      if (item !== undefined) await this.#work(item)
    } catch (error) {
      this.#backlog.fail(error)
    }
    this.#active--
    if (lane.length > 0) this.#ready.push(key)
    else this.#lanes.delete(key)
    this.#begin()
    this.#backlog.remove()
  }
}

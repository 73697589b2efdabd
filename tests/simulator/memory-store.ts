/** A task's store as the simulation has it: a disk that outlives its process, and the store that a process opens on it. */
import type { EntryWriter, StoreWriter } from '../../streams/runtime/processor.ts'
import { StoreTakenError } from '../../streams/runtime/store.ts'
import type { Checkpoint, StateStore } from '../../streams/runtime/store.ts'

/** What is left of a store when its process dies. */
export class MemoryDisk {
  readonly entries = new Map<string, Buffer>()
  checkpoint: Checkpoint = { changelog: {} }
  /** Counts the openings: a store that was opened before the last one must not write any more. */
  owner = 0
}

export class MemoryStore implements StateStore {
  protected readonly disk: MemoryDisk
  readonly #overlay = new Map<string, Buffer | undefined>()
  readonly #onCommit: ((store: EntryWriter) => void)[] = []
  readonly #owner: number
  #checkpoint: Checkpoint

  constructor(disk: MemoryDisk) {
    this.disk = disk
    this.#owner = ++disk.owner
    this.#checkpoint = disk.checkpoint
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint
  }
  get entries(): number {
    return this.disk.entries.size
  }
  get(key: string): Buffer | undefined {
    return this.#overlay.has(key) ? this.#overlay.get(key) : this.disk.entries.get(key)
  }
  *range(from: string, to: string): Iterable<{ key: string; value: Buffer }> {
    for (const key of [...this.disk.entries.keys()].filter((each) => each >= from && each < to).toSorted()) {
      const value = this.disk.entries.get(key)
      if (value !== undefined) yield { key, value }
    }
  }
  put(key: string, value: Buffer): void {
    this.#overlay.set(key, Buffer.from(value))
  }
  delete(key: string): void {
    this.#overlay.set(key, undefined)
  }
  onCommit(write: (store: EntryWriter) => void): void {
    this.#onCommit.push(write)
  }
  commit(checkpoint: Checkpoint): void {
    this.assertOwned()
    for (const write of this.#onCommit.splice(0)) write(this)
    for (const [key, value] of this.#overlay)
      if (value === undefined) this.disk.entries.delete(key)
      else this.disk.entries.set(key, value)
    this.disk.checkpoint = checkpoint
    this.#overlay.clear()
    this.#checkpoint = checkpoint
  }
  advance(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint
  }
  lay(checkpoint: Checkpoint, write: (store: StoreWriter) => void): void {
    try {
      write(this)
    } catch (error) {
      this.#overlay.clear()
      throw error
    }
    this.commit(checkpoint)
  }
  protected assertOwned(): void {
    if (this.disk.owner !== this.#owner) throw new StoreTakenError('opened by another process')
  }
  close(): Promise<void> {
    this.#overlay.clear()
    return Promise.resolve()
  }
}

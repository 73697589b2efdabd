/**
 * The local store of a task: an LMDB file that holds the state and, in the same write, how much of the log it covers.
 *
 * Writes go to an overlay first. `commit` lays the overlay and the checkpoint into the file as one LMDB transaction. What
 * is in the log already needs no overlay: `lay` writes it straight into such a transaction.
 * LMDB runs without fsync on a writable map: that survives the death of the process (the pages are the kernel's) but
 * not the death of the machine, so a store that was written before the last boot is dropped and restored from Kafka.
 * Kafka, not this file, is where the state is durable.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import type { RootDatabase } from 'lmdb'
import type { EntryWriter, StoreWriter } from './processor.ts'

/** Both sort before every key of a processor's own. */
const CHECKPOINT_KEY = '!checkpoint'
const OWNER_KEY = '!owner'
/** Address space for one store, in bytes; the file is sparse and grows as it fills. */
const MAP_BYTES = 64 * 1024 ** 3
const BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'
const LABEL_FILE = 'store.json'

/**
 * Another process has opened the store since. A process that was paused between the commit in Kafka and the write to
 * its store, and wakes up after its successor has moved on, would otherwise set the successor's state back.
 */
export class StoreTakenError extends Error {
  override name = 'StoreTakenError'
}

/** How much of the log a store covers. */
export interface Checkpoint {
  /** Next offset of each changelog topic. */
  changelog: Record<string, number>
  /** Offset of the first input record that is not yet processed; undefined before the first. */
  inputOffset?: number
  /** Offset of the first input record of which something is still to be sent; undefined where nothing is. */
  owedFrom?: number
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

function parseCheckpoint(bytes: Buffer | undefined): Checkpoint {
  if (bytes === undefined) return { changelog: {} }
  const value: unknown = JSON.parse(bytes.toString())
  if (!isRecord(value) || !isRecord(value['changelog']))
    throw new Error('the checkpoint of a store is not readable')
  const changelog: Record<string, number> = {}
  for (const [topic, offset] of Object.entries(value['changelog'])) changelog[topic] = Number(offset)
  const { inputOffset, owedFrom } = value
  return {
    changelog,
    ...(typeof inputOffset === 'number' ? { inputOffset } : {}),
    ...(typeof owedFrom === 'number' ? { owedFrom } : {}),
  }
}

/** What makes a store's bytes trustworthy: the meaning of its values, the cluster it mirrors, and the boot it was written in. */
function label(version: number, clusterId: string): string {
  const boot = existsSync(BOOT_ID_FILE) ? readFileSync(BOOT_ID_FILE, 'utf8').trim() : 'unknown'
  return JSON.stringify({ version, clusterId, boot })
}

/** A task's store as the runtime uses it: an overlay over what is kept, and how much of the log that covers. */
export interface StateStore extends StoreWriter {
  readonly checkpoint: Checkpoint
  /** Makes the overlay and the checkpoint part of what is kept, in one write. Throws `StoreTakenError`. */
  commit(checkpoint: Checkpoint): void
  /** Moves the checkpoint on in memory alone. What is kept stays as it was, with its own checkpoint, until the next `commit`. */
  advance(checkpoint: Checkpoint): void
  /**
   * The same for what `write` puts and deletes, without an overlay; reads see it at once. Where `write` throws nothing of
   * it is kept. Throws `StoreTakenError`.
   */
  lay(checkpoint: Checkpoint, write: (store: StoreWriter) => void): void
  /** Entries that are kept, for metrics. */
  readonly entries: number
  close(): Promise<void>
}

export interface StoreOptions {
  /** Folder of this store alone. */
  path: string
  version: number
  /** A store of another cluster, or of topics made anew, must not be taken for this one's. */
  clusterId: string
}

export class TaskStore implements StateStore {
  readonly #db: RootDatabase<Buffer, string>
  readonly #overlay = new Map<string, Buffer | undefined>()
  readonly #file: EntryWriter
  #onCommit: ((store: EntryWriter) => void)[] = []
  readonly #owner = Buffer.from(randomUUID())
  #checkpoint: Checkpoint

  private constructor(db: RootDatabase<Buffer, string>) {
    this.#db = db
    this.#file = {
      put: (key, value) => db.putSync(key, value),
      delete: (key) => void db.removeSync(key),
    }
    db.transactionSync(() => db.putSync(OWNER_KEY, this.#owner))
    this.#checkpoint = parseCheckpoint(db.getBinary(CHECKPOINT_KEY))
  }

  /** Opens a processor's stores below a folder, one for each partition. */
  static opener(
    stateDir: string,
    processor: string,
    options: Omit<StoreOptions, 'path'>,
  ): (partition: number) => TaskStore {
    return (partition) => TaskStore.open({ path: join(stateDir, processor, String(partition)), ...options })
  }

  /** Opens the store, or a new empty one where its label doesn't fit. */
  static open({ path, version, clusterId }: StoreOptions): TaskStore {
    const labelFile = join(path, LABEL_FILE)
    const wanted = label(version, clusterId)
    if (!existsSync(labelFile) || readFileSync(labelFile, 'utf8') !== wanted) {
      rmSync(path, { recursive: true, force: true })
      mkdirSync(path, { recursive: true })
      writeFileSync(labelFile, wanted)
    }
    return new TaskStore(
      open<Buffer, string>({
        path: join(path, 'data.mdb'),
        encoding: 'binary',
        mapSize: MAP_BYTES,
        noSync: true,
        useWritemap: true,
      }),
    )
  }

  get checkpoint(): Checkpoint {
    return this.#checkpoint
  }

  get(key: string): Buffer | undefined {
    if (this.#overlay.size > 0 && this.#overlay.has(key)) return this.#overlay.get(key)
    return this.#db.getBinary(key)
  }

  *range(from: string, to: string): Iterable<{ key: string; value: Buffer }> {
    for (const { key, value } of this.#db.getRange({ start: from, end: to })) yield { key, value }
  }

  put(key: string, value: Buffer): void {
    this.#overlay.set(key, value)
  }

  delete(key: string): void {
    this.#overlay.set(key, undefined)
  }

  onCommit(write: (store: EntryWriter) => void): void {
    this.#onCommit.push(write)
  }

  commit(checkpoint: Checkpoint): void {
    this.#write(checkpoint, () => {
      for (const [key, value] of this.#overlay) {
        if (value === undefined) this.#file.delete(key)
        else this.#file.put(key, value)
      }
      for (const write of this.#onCommit) write(this.#file)
    })
    this.#overlay.clear()
    this.#onCommit = []
  }

  advance(checkpoint: Checkpoint): void {
    this.#checkpoint = checkpoint
  }

  lay(checkpoint: Checkpoint, write: (store: StoreWriter) => void): void {
    const db = this.#db
    this.#write(checkpoint, () =>
      write({
        get: (key) => db.getBinary(key),
        range: (from, to) => this.range(from, to),
        ...this.#file,
        onCommit: (more) => more(this.#file),
      }),
    )
  }

  #write(checkpoint: Checkpoint, changes: () => void): void {
    this.#db.transactionSync(() => {
      if (this.#db.getBinary(OWNER_KEY)?.equals(this.#owner) !== true)
        throw new StoreTakenError(
          'another process has opened this store; this one must not write to it any more',
        )
      changes()
      this.#db.putSync(CHECKPOINT_KEY, Buffer.from(JSON.stringify(checkpoint)))
    })
    this.#checkpoint = checkpoint
  }

  get entries(): number {
    const stats: unknown = this.#db.getStats()
    return isRecord(stats) && typeof stats['entryCount'] === 'number' ? stats['entryCount'] : 0
  }

  async close(): Promise<void> {
    this.#overlay.clear()
    await this.#db.close()
  }
}

/** Fetched input records that wait for their batch, in offset order. */
import type { LogRecord } from './processor.ts'

export class InputQueue {
  #batches: (readonly LogRecord[])[] = []
  #unprepared: (readonly LogRecord[])[] = []
  /** Next record of the first batch. */
  #at = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(records: readonly LogRecord[]): void {
    if (records.length === 0) return
    this.#batches.push(records)
    this.#unprepared.push(records)
    this.#length += records.length
  }

  /** The next record, which stays. */
  peek(): LogRecord | undefined {
    return this.#batches[0]?.[this.#at]
  }

  shift(): LogRecord | undefined {
    const first = this.#batches[0]
    if (first === undefined) return undefined
    const record = first[this.#at++]
    this.#length--
    if (this.#at === first.length) {
      this.#batches.shift()
      this.#at = 0
    }
    return record
  }

  /** The batches that came since the last call: their schemas have to be known before they are applied. */
  takeUnprepared(): readonly (readonly LogRecord[])[] {
    const batches = this.#unprepared
    this.#unprepared = []
    return batches
  }

  clear(): void {
    this.#batches = []
    this.#unprepared = []
    this.#at = 0
    this.#length = 0
  }
}

/** What one batch sends to Kafka, gathered until it is sent. */
import { BATCH_BYTES_MAX } from './limits.ts'
import type { OutgoingRecord } from './port.ts'
import type { Output } from './processor.ts'

export class BatchOutput implements Output {
  readonly #partition: number
  readonly #records = new Map<string, OutgoingRecord[]>()
  readonly #bytes = new Map<string, number>()
  /** How often each outcome came. */
  readonly outcomes = new Map<string, number>()
  /** Goes with what is sent from now on; undefined where no trace is followed. */
  traceparent: string | undefined
  #full = false

  constructor(partition: number) {
    this.#partition = partition
  }

  send(topic: string, key: string, value: Buffer, partition = this.#partition): void {
    const record: OutgoingRecord =
      this.traceparent === undefined
        ? { key, value, partition }
        : { key, value, partition, traceparent: this.traceparent }
    const list = this.#records.get(topic)
    if (list === undefined) this.#records.set(topic, [record])
    else list.push(record)
    const bytes = (this.#bytes.get(topic) ?? 0) + key.length + value.length
    this.#bytes.set(topic, bytes)
    if (bytes >= BATCH_BYTES_MAX) this.#full = true
  }

  isFull(topic: string): boolean {
    return (this.#bytes.get(topic) ?? 0) >= BATCH_BYTES_MAX
  }

  count(outcome: string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
  }

  get records(): ReadonlyMap<string, readonly OutgoingRecord[]> {
    return this.#records
  }

  /** True where it is full for any topic. */
  get full(): boolean {
    return this.#full
  }
}

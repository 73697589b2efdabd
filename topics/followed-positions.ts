/** How far each partition has been read by a follower. A position moves past a record only when that was taken. */

/** A fetched batch of one partition; `lastOffset` may lie behind its last message, where markers end it. */
export interface FetchedRecords {
  topic: string
  partition: number
  messages: readonly { offset: string; key: Buffer | null; value: Buffer | null }[]
  lastOffset(): string
}

/** Takes one record; where it throws, the record comes again. */
export type OnRecord = (topic: string, value: Buffer, key: Buffer | null) => Promise<void> | void

/** What the client tells of a batch when it is through with it. */
export interface EndedBatch {
  topic: string
  partition: number
  /** Messages that were there to be taken. */
  batchSize: number
  lastOffset: string
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

export class FollowedPositions {
  /** Next offset to be read, by topic and partition. */
  readonly #next = new Map<string, number>()

  get isEmpty(): boolean {
    return this.#next.size === 0
  }

  begin(topic: string, partition: number, offset: number): void {
    this.#next.set(keyOf(topic, partition), offset)
  }

  next(topic: string, partition: number): number {
    return this.#next.get(keyOf(topic, partition)) ?? 0
  }

  /**
   * Takes the records of a batch that were not taken before, one after the other. A batch that is given up on the way,
   * since the place to read from was set anew, leaves the position at the first record that was not taken.
   */
  async take(batch: FetchedRecords, isGivenUp: () => boolean, onRecord: OnRecord): Promise<void> {
    const { topic, partition } = batch
    for (const { offset, key, value } of batch.messages) {
      if (isGivenUp()) return
      if (Number(offset) < this.next(topic, partition)) continue
      if (value !== null) await onRecord(topic, value, key)
      this.#advance(topic, partition, Number(offset) + 1)
    }
    this.#advance(topic, partition, Number(batch.lastOffset()) + 1)
  }

  /** Passes over a batch of which nothing was left to take (markers, aborted records). Any other moves by `take` alone. */
  passOver({ topic, partition, batchSize, lastOffset }: EndedBatch): void {
    if (batchSize === 0) this.#advance(topic, partition, Number(lastOffset) + 1)
  }

  #advance(topic: string, partition: number, nextOffset: number): void {
    this.begin(topic, partition, Math.max(nextOffset, this.next(topic, partition)))
  }
}

/** One assignment of partitions, from the moment the group gave them to the moment it may have taken them back. */
import type { Bounds } from './positions.ts'
import type { SinkMetrics } from './metrics.ts'
import type { TopicPartition } from './types.ts'

/** Where a sink stands in one partition. */
export interface Place extends TopicPartition {
  /** The stored position, as this session knows it. */
  stored: number
  /** All before this offset is written, or was nothing to write (aborted records, markers of transactions). */
  readTo: number
  /** Offset of the next record that the partition will get, as last heard. */
  end: number
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

export class Session {
  readonly partitions: readonly TopicPartition[]
  readonly #ended = new AbortController()
  readonly #places = new Map<string, Place>()
  #positioned = false

  constructor(memberAssignment: Readonly<Record<string, readonly number[]>>) {
    this.partitions = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    )
  }

  /** Raised when the session is over. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get over(): boolean {
    return this.#ended.signal.aborted
  }

  /** True once the stored positions are known and the partitions are read from there. */
  get positioned(): boolean {
    return this.#positioned && !this.over
  }

  end(): void {
    this.#ended.abort()
  }

  get places(): Iterable<Place> {
    return this.#places.values()
  }

  placeOf(topic: string, partition: number): Place | undefined {
    return this.#places.get(keyOf(topic, partition))
  }

  position(places: readonly Place[]): void {
    for (const place of places) this.#places.set(keyOf(place.topic, place.partition), place)
    this.#positioned = true
  }

  /** Topics with their partitions, in the form in which kafkajs pauses and resumes. */
  byTopic(): { topic: string; partitions: number[] }[] {
    const topics = Map.groupBy(this.partitions, ({ topic }) => topic)
    return [...topics].map(([topic, list]) => ({ topic, partitions: list.map(({ partition }) => partition) }))
  }
}

export const lagOf = ({ readTo, end }: Place): number => Math.max(0, end - readTo)

/** Takes over how far the partitions go by now, and shows the lag. */
export function updateLag(
  session: Session,
  boundsOf: (partition: TopicPartition) => Bounds | undefined,
  metrics: SinkMetrics,
): void {
  for (const place of session.places) {
    place.end = Math.max(place.end, boundsOf(place)?.end ?? 0)
    metrics.lag.set({ topic: place.topic, partition: String(place.partition) }, lagOf(place))
  }
}

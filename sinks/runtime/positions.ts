/** Whether a stored position can be read on from, given what the partition holds: pure. */
import { PositionError } from './types.ts'
import type { TopicPartition } from './types.ts'

/** Offsets of the first record that a partition still has and of the next one that it will get. */
export interface Bounds {
  low: number
  end: number
}

/**
 * The offset to read from. 0 means "from the first record that there is". Throws `PositionError` for a position
 * beyond the end (the topic was made anew, or the store belongs to another cluster), where kafkajs would start over in
 * silence, and for one before the first record (retention has removed what was never written).
 */
export function startOffset(
  { topic, partition }: TopicPartition,
  stored: number,
  { low, end }: Bounds,
): number {
  if (stored === 0) return low
  if (stored > end)
    throw new PositionError(
      `the stored position ${stored} of ${topic}/${partition} lies beyond the end of the partition, ${end}: the topic was ` +
        'made anew or the store is of another cluster; empty the store and its positions to fill it again from this topic',
    )
  if (stored < low)
    throw new PositionError(
      `the stored position ${stored} of ${topic}/${partition} lies before the first record that the partition still has, ` +
        `${low}: ${low - stored} offsets were removed before they were written; restore the topic, or set the position ` +
        `to ${low} to go on without them`,
    )
  return stored
}

/** The record that says how far a task has come in its input. */
import type { TaskPositioned } from '../../avro/types.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { coordinatesUuid } from './coordinates-uuid.ts'

export interface TaskPlace {
  processor: string
  inputTopic: string
  partition: number
  /** Offset of the first input record that is not yet processed. */
  nextOffset: number
  /** Offset of the first input record of which something is still to be sent; null where nothing is. */
  owedFrom: number | null
  /** Epoch milliseconds. */
  atMs: number
}

export const positionRecord = (
  { processor, inputTopic, partition, nextOffset, owedFrom, atMs }: TaskPlace,
  codec: TopicCodec<TaskPositioned>,
): { key: string; value: Buffer } => ({
  key: `${processor}/${inputTopic}/${partition}`,
  value: codec.encode({
    event_id: coordinatesUuid(partition, nextOffset, owedFrom === null ? 'positionSettled' : 'positionOwing'),
    event_type: 'task.positioned',
    timestamp: atMs,
    data: {
      processor,
      input_topic: inputTopic,
      input_partition: partition,
      next_offset: nextOffset,
      owed_from: owedFrom,
    },
  }),
})

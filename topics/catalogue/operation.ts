/** Topics of operation: what operators do by hand. */
import { KEEP_FOR_EVER, sinkDeadLetters } from './definition.ts'
import type { Topics } from './definition.ts'

export const OPERATION_TOPICS = {
  'audit.operation-entry.recorded': {
    name: 'audit.operation-entry.recorded',
    title: 'Audit trail of operation',
    description:
      'What became of each dead letter that somebody has dealt with: replayed or discarded, by whom and why.',
    schema: 'audit.entry.recorded',
    key: 'partner',
    cleanupPolicy: 'delete',
    retentionMs: KEEP_FOR_EVER,
    partitions: 1,
    writtenBy: ['cli'],
    readBy: ['cli', 'sink-postgres'],
  },
  'audit.operation-entry.recorded.dlq': sinkDeadLetters(
    'audit.operation-entry.recorded',
    'audit trail of operation',
    'partner',
  ),
} satisfies Partial<Topics>

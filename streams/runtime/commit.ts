/**
 * The one commit path. Six steps, in the order in which they happen:
 *
 *   1. apply     the records of the batch, to the store's overlay and the output (batch.ts)
 *   2. begin     a Kafka transaction
 *   3. send      events, replies, snapshots, dead letters and the task's new position
 *   4. offset    the group's input offset, in the same transaction
 *   5. commit    the transaction
 *   6. publish   the overlay to the local store, with the checkpoint of what the transaction wrote
 *
 * If the process dies
 *   before 5: the transaction is aborted by the next fence; nothing was visible; the position is the old one.
 *   within 5: the broker knows whether it is committed; the next owner's fence waits for the markers, its restore
 *             reads what was committed, and its position follows from that.
 *   between 5 and 6: the local store is one transaction behind; its checkpoint says so, and the restore reads the rest.
 * An error in 2 or 4 is tried again where the transaction could be aborted cleanly. One in 3 or 5 never is: the producers
 * are thrown away and the task starts anew. In 5 because the outcome is unknown. In 3 because kafkajs takes the sequence
 * numbers of a failed send back: had it landed after all, the broker would take the producer's next batch of that
 * length for its repetition, acknowledge it and drop it.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { AppliedBatch } from './batch.ts'
import { CommitOutcomeUnknownError, failureKind } from './errors.ts'
import { BATCH_RETRY_MS, BATCH_TRIES_MAX } from './limits.ts'
import type { SentOffsets, TopicPartition, Transaction, TransactionalProducer } from './port.ts'
import type { Checkpoint, TaskStore } from './store.ts'

export interface CommitContext {
  groupId: string
  input: TopicPartition
  store: TaskStore
  /** The producer whose turn it is. */
  nextProducer(): TransactionalProducer
}

/** Steps 2 to 6 for a batch that is applied. Throws what makes the task start anew. */
export async function commitBatch(context: CommitContext, batch: AppliedBatch): Promise<void> {
  const sent = await commitToKafka(context, batch)
  publish(context, batch, sent) // step 6
}

/**
 * Another try takes the same producer, which has to wait for the markers of its aborted transaction. The other one could
 * begin at once, but then two aborted transactions of one partition might overlap, and kafkajs lets a record of the
 * second through to a reader whose fetch begins inside of both.
 */
async function commitToKafka(context: CommitContext, batch: AppliedBatch): Promise<SentOffsets> {
  const producer = context.nextProducer()
  for (let tries = 1; ; tries++) {
    const transaction = await producer.begin() // step 2
    const sent = await transaction.send(batch.output.records) // step 3
    try {
      await transaction.sendOffset(context.groupId, context.input, batch.nextOffset) // step 4
    } catch (error) {
      if (failureKind(error) !== 'retryable' || tries === BATCH_TRIES_MAX) throw error
      await transaction.abort()
      await delay(BATCH_RETRY_MS * 2 ** (tries - 1))
      continue
    }
    await commit(transaction) // step 5
    return sent
  }
}

async function commit(transaction: Transaction): Promise<void> {
  try {
    await transaction.commit()
  } catch (error) {
    throw new CommitOutcomeUnknownError('the end of a transaction was asked for and not confirmed', {
      cause: error,
    })
  }
}

function publish({ store, input }: CommitContext, batch: AppliedBatch, sent: SentOffsets): void {
  const checkpoint: Checkpoint = {
    changelog: { ...store.checkpoint.changelog },
    inputOffset: batch.nextOffset,
  }
  for (const { topic, partition, nextOffset } of sent)
    // Replies go to partitions of their own; what the store covers is the task's partition alone.
    if (partition === input.partition && checkpoint.changelog[topic] !== undefined)
      checkpoint.changelog[topic] = nextOffset
  store.commit(checkpoint)
}

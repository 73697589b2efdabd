/**
 * The one commit path. Four steps, in the order in which they happen:
 *
 *   1. apply     the records of the batch, to the store's overlay and the output (batch.ts)
 *   2. send      events, replies, snapshots, dead letters and the task's new position, all in one Kafka transaction
 *   3. commit    the transaction
 *   4. publish   the overlay, and what the logic has kept back for it, to the local store, with the checkpoint of what the transaction wrote; while a backlog lasts
 *                only once in some batches, and for all of them
 *
 * If the process dies
 *   before 3: the transaction is aborted by the next fence; nothing was visible; the position is the old one.
 *   within 3: the broker knows whether it is committed; the next owner's fence waits for the markers, its restore
 *             reads what was committed, and its position follows from that.
 *   between 3 and 4: the local store is some transactions behind; its checkpoint says so, and the restore reads the rest.
 * The producer repeats the requests of 2 and 3 where that is safe. An error that is left is never tried again here: the
 * producers are thrown away and the task starts anew, since in 3 the outcome is unknown, and in 2 the producer may be
 * fenced.
 */
import type { AppliedBatch } from './batch.ts'
import { CommitOutcomeUnknownError } from './errors.ts'
import type { SentOffsets, TopicPartition, TransactionalProducer } from './port.ts'
import type { Checkpoint, StateStore } from './store.ts'

export interface CommitContext {
  input: TopicPartition
  store: StateStore
  producer: TransactionalProducer
}

/** Steps 2 to 4 for a batch that is applied. Throws what makes the task start anew. */
export async function commitBatch(context: CommitContext, batch: AppliedBatch): Promise<void> {
  const sent = await context.producer.send(batch.output.records) // step 2
  await commit(context.producer) // step 3
  publish(context, batch, sent) // step 4
}

async function commit(producer: TransactionalProducer): Promise<void> {
  try {
    await producer.commit()
  } catch (error) {
    throw new CommitOutcomeUnknownError('the end of a transaction was asked for and not confirmed', {
      cause: error,
    })
  }
}

function publish({ store, input }: CommitContext, batch: AppliedBatch, sent: SentOffsets): void {
  const checkpoint: Checkpoint = {
    changelog: { ...store.checkpoint.changelog },
    inputOffset: batch.position,
    ...(batch.debt === undefined ? {} : { owedFrom: batch.debt.from }),
  }
  for (const { topic, partition, nextOffset } of sent)
    // Replies go to partitions of their own; what the store covers is the task's partition alone.
    if (partition === input.partition && checkpoint.changelog[topic] !== undefined)
      checkpoint.changelog[topic] = nextOffset
  if (batch.debt?.entries === true) store.advance(checkpoint)
  else store.commit(checkpoint)
}

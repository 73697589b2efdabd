/**
 * Brings a store up to date with its changelog: for a task up to the fence, for a standby for ever.
 *
 * The end of a restore is exact. After both producers of the task are fenced, one of them writes a record to each
 * changelog partition and aborts: whatever an earlier owner committed lies before that record, readers of committed
 * records never see it, and its offset is the high watermark that the restore has to pass. An open transaction of
 * someone else, which would hide committed records, holds the reader back: that shows as a stall, never as a gap.
 */
import type { TaskPosition } from '../../avro/types.ts'
import { UndecodableError } from '../../topics/codec.ts'
import { PositionOutOfLogError, RestoreStalledError } from './errors.ts'
import { RESTORE_STALL_MS } from './limits.ts'
import type { FetchedBatch, LogReader, TransactionalProducer } from './port.ts'
import type { LogRecord, ProcessorDefinition, TaskLogic } from './processor.ts'
import type { Checkpoint, StateStore } from './store.ts'

/** Key of the record that marks the end of a restore; it is always part of an aborted transaction. */
const FENCE_KEY = '!fence'

export interface RestoringTask {
  definition: ProcessorDefinition
  logic: TaskLogic
  store: StateStore
  partition: number
}

/** All topics whose records make up a task's store. */
export const changelogOf = (definition: ProcessorDefinition): readonly string[] => [
  ...definition.changelogTopics,
  definition.positionTopic,
]

/** Fences earlier owners and answers the offset of the fence in each changelog topic. */
export async function fence(
  { definition, partition }: RestoringTask,
  producers: readonly TransactionalProducer[],
): Promise<ReadonlyMap<string, number>> {
  for (const producer of producers) await producer.fence()
  const [first] = producers
  if (first === undefined) throw new Error('a task needs a producer')
  const record = { key: FENCE_KEY, value: Buffer.alloc(0), partition }
  const sent = await first.send(new Map(changelogOf(definition).map((topic) => [topic, [record]])))
  await first.abort()
  return new Map(sent.map(({ topic, baseOffset }) => [topic, baseOffset]))
}

/** A store that covers more of a topic than there is mirrors another log: a topic deleted and made anew. */
function assertWithin(store: StateStore, fences: ReadonlyMap<string, number>, partition: number): void {
  for (const [topic, end] of fences) {
    const covered = coveredOf(store, topic)
    if (covered > end)
      throw new PositionOutOfLogError(
        `the store covers ${topic}/${partition} up to offset ${covered}, but the topic ends at ${end}; ` +
          'was the topic made anew? Drop the state folder if that was meant',
      )
  }
}

/**
 * Reads the changelog up to the fences into the store. `onProgress` hears how many records remain, about once per
 * fetch. Throws `RestoreStalledError` when nothing comes for `RESTORE_STALL_MS`.
 */
export async function restore(
  task: RestoringTask,
  reader: LogReader,
  fences: ReadonlyMap<string, number>,
  signal: AbortSignal,
  onProgress: (remaining: number) => void,
): Promise<void> {
  assertWithin(task.store, fences, task.partition)
  for (const topics of stagesOf(task)) {
    const pending = topics.filter((topic) => coveredOf(task.store, topic) < (fences.get(topic) ?? 0))
    await readUpTo(task, reader, pending, fences, signal, () => onProgress(remaining(task.store, fences)))
  }
  finish(task, fences)
}

/**
 * The position comes first: it tells whether anything is owed at the end of the log. What is missing of the rest is read at
 * once, unless all is: one topic after the other can be laid in the order that is the least work.
 */
function stagesOf({ definition, store }: RestoringTask): readonly (readonly string[])[] {
  const { positionTopic, changelogTopics } = definition
  const isEmpty = changelogTopics.every((topic) => coveredOf(store, topic) === 0)
  return [[positionTopic], ...(isEmpty ? changelogTopics.map((topic) => [topic]) : [changelogTopics])]
}

const coveredOf = ({ checkpoint }: StateStore, topic: string): number => checkpoint.changelog[topic] ?? 0

function remaining(store: StateStore, fences: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const [topic, end] of fences) sum += Math.max(0, end - coveredOf(store, topic))
  return sum
}

/** Nothing is owed by what was committed up to the position that the store knows, and something was. */
const isSettled = ({ checkpoint }: StateStore): boolean =>
  checkpoint.inputOffset !== undefined && checkpoint.owedFrom === undefined

async function readUpTo(
  task: RestoringTask,
  reader: LogReader,
  topics: readonly string[],
  fences: ReadonlyMap<string, number>,
  signal: AbortSignal,
  onRead: () => void,
): Promise<void> {
  if (topics.length === 0) return
  const pending = new Set(topics)
  const done = Promise.withResolvers<void>()
  const stall = setTimeout(() => {
    const where = [...pending].map((topic) => `${topic}/${task.partition}`).join(', ')
    done.reject(new RestoreStalledError(`no progress on ${where} for ${RESTORE_STALL_MS} ms`))
  }, RESTORE_STALL_MS)
  const abort = (): void => done.reject(new Error('the restore was given up'))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    followInto(task, reader, {
      topics,
      settled: isSettled(task.store),
      onRead: ({ topic, nextOffset }) => {
        stall.refresh()
        if (nextOffset > (fences.get(topic) ?? 0)) pending.delete(topic)
        onRead()
        if (pending.size === 0) done.resolve()
      },
      onError: done.reject,
    })
    await done.promise
  } finally {
    clearTimeout(stall)
    signal.removeEventListener('abort', abort)
    for (const topic of topics) reader.unfollow({ topic, partition: task.partition })
  }
}

/** From here on the store covers all that was committed before the fence. */
function finish({ store }: RestoringTask, fences: ReadonlyMap<string, number>): void {
  const changelog = { ...store.checkpoint.changelog }
  for (const [topic, end] of fences) changelog[topic] = Math.max(changelog[topic] ?? 0, end)
  store.commit({ ...store.checkpoint, changelog })
}

export interface Following {
  topics: readonly string[]
  /** See `TaskLogic.restore`. */
  settled: boolean
  onRead(batch: FetchedBatch): void
  onError(error: unknown): void
}

/**
 * Lays every batch of these changelog topics into the store, from where the store's checkpoint ends. After the first error
 * it lays nothing more of any of them: a batch behind one that is missing would move the checkpoint past the gap.
 */
export function followInto(
  task: RestoringTask,
  reader: LogReader,
  { topics, settled, onRead, onError }: Following,
): void {
  let broken = false
  const lay = async (batch: FetchedBatch): Promise<void> => {
    try {
      await learn(task.definition, batch)
      if (broken) return
      applyChangelog(task, batch, settled)
      onRead(batch)
    } catch (error) {
      if (broken) return
      broken = true
      onError(error)
    }
  }
  for (const topic of topics) {
    const from = coveredOf(task.store, topic)
    reader.follow({ topic, partition: task.partition }, from, lay)
  }
}

async function learn(definition: ProcessorDefinition, { topic, records }: FetchedBatch): Promise<void> {
  if (topic !== definition.positionTopic) return definition.prepare(topic, records)
  for (const { value } of records) {
    const id = value === null ? undefined : definition.positionCodec.unknownSchemaId(value)
    if (id !== undefined) await definition.positionCodec.learn(id)
  }
}

/** One write: the batch's changes and the checkpoint past it. */
function applyChangelog(task: RestoringTask, batch: FetchedBatch, settled: boolean): void {
  const { definition, logic, store } = task
  const { topic, records, nextOffset } = batch
  const changelog = { ...store.checkpoint.changelog, [topic]: nextOffset }
  if (topic === definition.positionTopic) return store.commit(positionedBy(task, records, changelog))
  store.lay({ ...store.checkpoint, changelog }, (writer) => logic.restore(topic, records, writer, settled))
}

function positionedBy(
  task: RestoringTask,
  records: readonly LogRecord[],
  changelog: Checkpoint['changelog'],
): Checkpoint {
  let checkpoint: Checkpoint = { ...task.store.checkpoint, changelog }
  for (const record of records) {
    const position = positionIn(task, record)
    if (position === undefined || position.next_offset < (checkpoint.inputOffset ?? 0)) continue
    const { next_offset: inputOffset, owed_from: owedFrom } = position
    checkpoint = { changelog, inputOffset, ...(owedFrom === null ? {} : { owedFrom }) }
  }
  return checkpoint
}

/** The position in a record, if it is this task's. */
function positionIn(
  { definition, partition }: RestoringTask,
  { value }: LogRecord,
): TaskPosition | undefined {
  if (value === null) throw new UndecodableError('a position without a value')
  const { data } = definition.positionCodec.decode(value)
  const own = data.processor === definition.name && data.input_topic === definition.inputTopic
  return own && data.input_partition === partition ? data : undefined
}

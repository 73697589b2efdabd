/** Dead letters as they lie in their topics, and what became of them. */
import type { AuditEntry, DeadLetter } from '../../avro/types.ts'
import { endsOf, readToEnd } from '../../streams/runtime/read-log.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { TOPIC_NAMES } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { CliError, EXIT } from '../errors.ts'

export const TRAIL = 'audit.operation-entry.recorded'
export const SUBJECT = 'dead_letter'

type DeadLetterTopic = Extract<TopicName, `${string}.dlq`>

/** Where a dead letter lies. */
export interface Place {
  topic: DeadLetterTopic
  partition: number
  offset: number
}

export interface Letter {
  place: Place
  letter: DeadLetter
}

/** What was done about a dead letter last; undefined where nothing was. */
export type Handling = 'REPLAYED' | 'DISCARDED'

const isDeadLetterTopic = (name: TopicName): name is DeadLetterTopic => name.endsWith('.dlq')
const DEAD_LETTER_TOPICS = TOPIC_NAMES.filter(isDeadLetterTopic)

const PLACE = /^([a-z.-]+)\/(\d{1,6})\/(\d{1,15})$/

export const placeText = ({ topic, partition, offset }: Place): string => `${topic}/${partition}/${offset}`

/** Reads `topic/partition/offset`. Throws `CliError`. */
export function parsePlace(text: string): Place {
  const [, name = '', partition, offset] = PLACE.exec(text) ?? []
  const topic = DEAD_LETTER_TOPICS.find((each) => each === name)
  if (topic === undefined)
    throw new CliError(
      EXIT.usage,
      'USAGE',
      `${text} is no place of a dead letter`,
      'give it as dead-letters list shows it: topic/partition/offset',
    )
  return { topic, partition: Number(partition), offset: Number(offset) }
}

/** Topics of dead letters by name; all of them where none is named. Throws `CliError`. */
export function chosenTopics(name: string | undefined): readonly DeadLetterTopic[] {
  if (name === undefined) return DEAD_LETTER_TOPICS
  const topic = DEAD_LETTER_TOPICS.find((each) => each === name || each === `${name}.dlq`)
  if (topic === undefined)
    throw new CliError(
      EXIT.usage,
      'USAGE',
      `${name} is no topic of dead letters`,
      `choose from ${DEAD_LETTER_TOPICS.join(', ')}`,
    )
  return [topic]
}

/** The letters of a topic, each partition in order. */
export async function readLetters(
  broker: StreamsBroker,
  source: SchemaSource,
  topic: DeadLetterTopic,
): Promise<Letter[]> {
  const codec = await createCodec(topic, source)
  const letters: Letter[] = []
  const ends = await endsOf(broker, topic)
  await readToEnd(broker, topic, codec, { ends }, ({ data }, partition, offset) => {
    letters.push({ place: { topic, partition, offset }, letter: data })
  })
  return letters
}

/** The letter at a place. Throws `CliError` where there is none. */
export async function readLetter(broker: StreamsBroker, source: SchemaSource, place: Place): Promise<Letter> {
  const found = (await readLetters(broker, source, place.topic)).find(
    ({ place: { partition, offset } }) => partition === place.partition && offset === place.offset,
  )
  if (found === undefined)
    throw new CliError(
      EXIT.failed,
      'DEAD_LETTER_NOT_FOUND',
      `there is no dead letter at ${placeText(place)}`,
      'it may be older than the topic keeps; dead-letters list shows what there is',
    )
  return found
}

const HANDLINGS: Readonly<Record<string, Handling>> = {
  REPLAY_DEAD_LETTER: 'REPLAYED',
  DISCARD_DEAD_LETTER: 'DISCARDED',
}

/** What was done about letters last, by the id of the letter in the trail. */
export async function readHandlings(
  broker: StreamsBroker,
  source: SchemaSource,
): Promise<ReadonlyMap<AuditEntry['subject_id'], Handling>> {
  const codec = await createCodec(TRAIL, source)
  const handlings = new Map<string, Handling>()
  await readToEnd(broker, TRAIL, codec, { ends: await endsOf(broker, TRAIL) }, ({ data }) => {
    const handling = HANDLINGS[data.action]
    if (data.subject_type === SUBJECT && handling !== undefined) handlings.set(data.subject_id, handling)
  })
  return handlings
}

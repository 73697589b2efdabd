/**
 * Screens the players of a batch, in the place where other sinks write to a database:
 *
 * 1. Each profile is opened and screened against the lists of the edition.
 * 2. The commands are sent, and acknowledged by all in-sync replicas.
 * 3. The reader commits the offsets to the edition's group: here the position is the group's.
 *
 * If the process dies between 2 and 3, the next one sends the same commands again, with the same ids: the processor of alerts,
 * which knows the ids that it has decided, passes them over.
 */
import type { AmlCommand, Player } from '../../avro/types.ts'
import type { Screener } from '../../screening/lists/screener.ts'
import type { Logger } from '../../service/logger.ts'
import type { createKafka } from '../../topics/kafka.ts'
import { SupersededError } from '../runtime/types.ts'
import type { ProfileSourceName, SinkStore, TopicPartition } from '../runtime/types.ts'
import { recordScreening } from './command.ts'
import { isOfEdition } from './edition.ts'
import type { Edition } from './edition.ts'
import type { Rules } from '../../topics/rule-book.ts'
import type { ScreeningMetrics } from './metrics.ts'
import type { Outbox } from './outbox.ts'
import { subjectOf } from './subject.ts'
import type { Opening } from './subject.ts'

export interface ScreeningStoreOptions {
  kafka: ReturnType<typeof createKafka>
  groupId: string
  edition: Edition
  /** Lowest score that is a match. */
  scoreMin: number
  screener: Screener
  rules: Rules
  cipher: Opening
  outbox: Outbox
  metrics: ScreeningMetrics
  logger: Logger
}

type Result = 'match' | 'clear' | 'no_name' | 'unreadable'

interface Outcome {
  result: Result
  command?: AmlCommand
}

/** The offsets that the group has committed; 0 where there is none. */
async function committedOffsets(
  { kafka, groupId }: ScreeningStoreOptions,
  partitions: readonly TopicPartition[],
): Promise<number[]> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const topics = [...new Set(partitions.map(({ topic }) => topic))]
    const committed = await admin.fetchOffsets({ groupId, topics })
    return partitions.map((wanted) => {
      const ofTopic = committed.find(({ topic }) => topic === wanted.topic)?.partitions
      return Math.max(
        0,
        Number(ofTopic?.find(({ partition }) => partition === wanted.partition)?.offset ?? 0),
      )
    })
  } finally {
    await admin.disconnect()
  }
}

/** `at` says in the log where the profile lies: who it is of, and what it says, stays out of it. */
async function screenPlayer(player: Player, at: object, options: ScreeningStoreOptions): Promise<Outcome> {
  const { edition, scoreMin, screener, rules, cipher, metrics, logger } = options
  const subject = subjectOf(player, cipher)
  if (subject.kind === 'no_name') return { result: 'no_name' }
  if (subject.kind === 'unreadable') {
    logger.error({ ...at, reason: subject.reason }, 'a player can not be screened')
    return { result: 'unreadable' }
  }
  if (subject.isDateLost) logger.warn(at, 'a player is screened without the date of birth')
  const startedMs = performance.now()
  const { lists, matches } = await screener.screen(subject.query, { threshold: scoreMin })
  metrics.durationMs.observe(performance.now() - startedMs)
  if (!isOfEdition(edition, lists)) throw new SupersededError('other versions of the lists are in force')
  const nowMs = Date.now()
  const ruleSet = rules.inForce(player.partner_id, nowMs).live
  const command = recordScreening(player, { edition, ruleSet }, matches, nowMs)
  return { result: matches.length > 0 ? 'match' : 'clear', command }
}

export function createScreeningStore(options: ScreeningStoreOptions): SinkStore<ProfileSourceName> {
  const { outbox, rules, metrics } = options
  return {
    loadPositions: (partitions) => committedOffsets(options, partitions),
    write: async (batch, { stillOurs }) => {
      const outcomes: Outcome[] = []
      await rules.knownUpTo(Date.now())
      for (const { topic, partition, records } of batch)
        for (const { offset, value } of records) {
          if (!stillOurs()) throw new SupersededError('the partitions may belong to another instance')
          outcomes.push(await screenPlayer(value.data, { topic, partition, offset }, options))
        }
      await outbox.send(outcomes.flatMap(({ command }) => command ?? []))
      for (const { result } of outcomes) metrics.players.inc({ result })
    },
    // Nothing in a profile can keep Kafka from taking the command.
    faultOf: () => 'unavailable',
    close: () => Promise.resolve(),
  }
}

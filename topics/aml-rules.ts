/** The rules as the log has them: followed from the beginning, and known to be complete up to a moment. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AmlRulesUpdated } from '../avro/types.ts'
import { RULES_NOTICE_MS } from '../domain/aml/rules.ts'
import type { TopicCodec } from './codec.ts'
import { createFollower } from './follower.ts'
import type { FollowerOptions } from './follower.ts'
import { RuleBook } from './rule-book.ts'
import type { Rules } from './rule-book.ts'

/** How often the end of the topic is looked at, in milliseconds. */
const LOOK_MS = 200

export interface KafkaRules extends Rules {
  stop(): Promise<void>
}

export interface KafkaRulesOptions extends Pick<
  FollowerOptions,
  'kafka' | 'groupId' | 'sessionTimeoutMs' | 'log'
> {
  codec: TopicCodec<AmlRulesUpdated>
}

/** Follows the rules. What can't be read stops the reading, and so the assessments, loudly. */
export async function followRules(options: KafkaRulesOptions): Promise<KafkaRules> {
  const { codec, log } = options
  const book = new RuleBook()
  const follower = createFollower({
    ...options,
    topics: { 'aml.rules.updated': 'beginning' },
    onRecord: async (_, value) => {
      const unknown = codec.unknownSchemaId(value)
      if (unknown !== undefined) await codec.learn(unknown)
      book.learn(codec.decode(value).data)
    },
  })
  let knownAtMs = -Infinity
  let stopped = false
  let looked = Promise.withResolvers<void>()

  const look = async (): Promise<void> => {
    while (!stopped) {
      const startedAtMs = Date.now()
      try {
        await follower.catchUp()
        knownAtMs = startedAtMs
        looked.resolve()
        looked = Promise.withResolvers()
      } catch (error) {
        log.warn({ err: error }, 'the AML rules can not be read to their end')
      }
      await sleep(LOOK_MS)
    }
  }
  await follower.start()
  void look()
  return {
    inForce: (partnerId, atMs) => book.inForce(partnerId, atMs),
    // A version is in the log for as long as it was announced before it is in force.
    knownUpTo: async (atMs) => {
      while (!stopped && knownAtMs < atMs - RULES_NOTICE_MS) await looked.promise
    },
    stop: async () => {
      stopped = true
      looked.resolve()
      await follower.stop()
    },
  }
}

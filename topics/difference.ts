/** Compares a topic as it is with the catalogue. Pure: `verify` prints what comes out, `apply` repairs it. */
import { partitionsOf, topicConfig } from './catalogue.ts'
import type { TopicDefinition, TopicSizes } from './catalogue.ts'
import type { TopicState } from './kafka-admin.ts'
import { SUBJECT_COMPATIBILITY } from './registry.ts'

/**
 * How `apply` brings a difference out of the world. none: it can't without harm, a person has to decide.
 */
export type Repair = 'create' | 'configure' | 'register' | 'set compatibility' | 'none'

export interface Difference {
  topic: string
  setting: string
  is: string
  should: string
  repair: Repair
  /** Why there is no repair, and what to do instead. */
  why?: string
}

/** What the registry knows of a topic's subject. */
export interface SchemaState {
  registered: boolean
  /** The subject has a version, be it another one. */
  known: boolean
  compatibility: string | undefined
  /** Why the schema may not follow the registered versions; empty where it may. */
  faults: readonly string[]
}

/** Set by the broker while partitions move between brokers; not the catalogue's. */
const BROKERS_OWN = /\.replication\.throttled\.replicas$/

const DEFAULT = "broker's default"

/** All differences of one topic, in the order in which they are to be repaired. */
export function differencesOf(
  definition: TopicDefinition,
  sizes: TopicSizes,
  state: TopicState | undefined,
  schema: SchemaState,
): Difference[] {
  const topic = definition.name
  if (state === undefined)
    return [
      { topic, setting: 'topic', is: 'missing', should: 'existing', repair: 'create' },
      ...schemaDifferences(topic, schema),
    ]
  return [
    ...sizeDifferences(definition, sizes, state),
    ...configDifferences(topic, topicConfig(definition, sizes), state),
    ...(schema.known ? schemaDifferences(topic, schema) : [lostSchema(topic)]),
  ]
}

function sizeDifferences(definition: TopicDefinition, sizes: TopicSizes, state: TopicState): Difference[] {
  const topic = definition.name
  const partitions = partitionsOf(definition, sizes)
  const differences: Difference[] = []
  if (state.partitions !== partitions)
    differences.push({
      topic,
      setting: 'partitions',
      is: String(state.partitions),
      should: String(partitions),
      repair: 'none',
      why: 'other partitions for the same keys would break the order of each player and part tasks from their state; name the right size, or move to new topics',
    })
  if (state.replicationFactor !== sizes.replicationFactor)
    differences.push({
      topic,
      setting: 'replication.factor',
      is: String(state.replicationFactor),
      should: String(sizes.replicationFactor),
      repair: 'none',
      why: 'replicas are moved by a reassignment, with kafka-reassign-partitions',
    })
  return differences
}

function configDifferences(
  topic: string,
  wanted: Readonly<Record<string, string>>,
  state: TopicState,
): Difference[] {
  const differences: Difference[] = []
  for (const [setting, should] of Object.entries(wanted)) {
    const is = state.config.get(setting)
    if (is !== should) differences.push({ topic, setting, is: is ?? 'unknown', should, repair: 'configure' })
  }
  for (const setting of state.overrides)
    if (!(setting in wanted) && !BROKERS_OWN.test(setting))
      differences.push({
        topic,
        setting,
        is: state.config.get(setting) ?? 'unknown',
        should: DEFAULT,
        repair: 'configure',
      })
  return differences
}

/** Schemas are registered before their topics are made, so a topic without any has lost them. */
const lostSchema = (topic: string): Difference => ({
  topic,
  setting: 'schema',
  is: 'lost: the topic is there, its subject is not',
  should: 'registered',
  repair: 'none',
  why: 'records name their schemas by id, and a registry that begins anew gives the ids to others: bring back its backup (deploy/backup/registry-import.sh)',
})

function schemaDifferences(topic: string, schema: SchemaState): Difference[] {
  const differences: Difference[] = []
  if (schema.faults.length > 0)
    differences.push({
      topic,
      setting: 'schema',
      is: `not compatible: ${schema.faults.join(' | ')}`,
      should: `${SUBJECT_COMPATIBILITY} compatible with the registered versions`,
      repair: 'none',
      why: 'add fields with a default, remove or rename none; or move to a new topic',
    })
  else if (!schema.registered)
    differences.push({
      topic,
      setting: 'schema',
      is: 'not registered',
      should: 'registered',
      repair: 'register',
    })
  if (schema.compatibility !== SUBJECT_COMPATIBILITY)
    differences.push({
      topic,
      setting: 'schema.compatibility',
      is: schema.compatibility ?? 'not set',
      should: SUBJECT_COMPATIBILITY,
      repair: 'set compatibility',
    })
  return differences
}

/** The settings to write to a topic: the catalogue's, and those that the broker keeps for itself. */
export function replacementConfig(
  definition: TopicDefinition,
  sizes: TopicSizes,
  state: TopicState,
): Record<string, string> {
  const brokersOwn = [...state.overrides].filter((setting) => BROKERS_OWN.test(setting))
  return {
    ...Object.fromEntries(brokersOwn.map((setting) => [setting, state.config.get(setting) ?? ''])),
    ...topicConfig(definition, sizes),
  }
}

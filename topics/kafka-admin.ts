/** What `topics apply` and `verify` ask of a Kafka cluster: a narrow port, and kafkajs behind it. */
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Admin, Kafka } from 'kafkajs'
import { OperationalError } from './errors.ts'

const { ConfigResourceTypes, ConfigSource, KafkaJSSASLAuthenticationError } = kafkajs

/** How long a broker may take to show a change of settings, and how often it is asked, in milliseconds. */
const SETTINGS_SHOWN_MS = 10_000
const SETTINGS_LOOK_MS = 20

/** A topic as it is. */
export interface TopicState {
  partitions: number
  /** The smallest of its partitions. */
  replicationFactor: number
  /** All settings in force, defaults of the broker included. */
  config: ReadonlyMap<string, string>
  /** Names of the settings that are set on the topic itself. */
  overrides: ReadonlySet<string>
}

export interface NewTopic {
  name: string
  partitions: number
  replicationFactor: number
  config: Readonly<Record<string, string>>
}

export interface TopicAdmin {
  /** The state of those of the topics that exist. */
  describe(names: readonly string[]): Promise<Map<string, TopicState>>
  /** Creates topics and waits until each partition has a leader. */
  create(topics: readonly NewTopic[]): Promise<void>
  /** Replaces all settings of the topic, and waits until they show: what is not named falls back to the broker's default. */
  replaceConfig(name: string, config: Readonly<Record<string, string>>): Promise<void>
  close(): Promise<void>
}

/**
 * Connects an admin client. Throws `OperationalError`: KAFKA_UNREACHABLE where no broker answers, KAFKA_LOGIN_REFUSED where one
 * does not take the credentials.
 */
export async function connectAdmin(kafka: Kafka, brokers: readonly string[]): Promise<Admin> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    return admin
  } catch (error) {
    await admin.disconnect().catch(() => undefined)
    throw connectionFault(error, brokers.join(','))
  }
}

function connectionFault(error: unknown, brokers: string): OperationalError {
  const reason = error instanceof Error ? error.message : String(error)
  if (error instanceof KafkaJSSASLAuthenticationError)
    return new OperationalError(
      'refused',
      'KAFKA_LOGIN_REFUSED',
      `KAFKA_BROKERS ${brokers}: ${reason}`,
      'correct KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM',
      error,
    )
  return new OperationalError(
    'unreachable',
    'KAFKA_UNREACHABLE',
    `KAFKA_BROKERS ${brokers} not reachable (${reason})`,
    'is the stack up?',
    error,
  )
}

/** Connects what `topics apply` and `verify` need. Throws as `connectAdmin` does. */
export async function connectTopicAdmin(kafka: Kafka, brokers: readonly string[]): Promise<TopicAdmin> {
  const admin = await connectAdmin(kafka, brokers)
  return {
    describe: (names) => describeTopics(admin, names),
    create: async (topics) => {
      await admin.createTopics({
        waitForLeaders: true,
        topics: topics.map(({ name, partitions, replicationFactor, config }) => ({
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries: entriesOf(config),
        })),
      })
    },
    replaceConfig: async (name, config) => {
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries: entriesOf(config) }],
      })
      await untilShown(admin, name, config)
    },
    close: () => admin.disconnect(),
  }
}

const entriesOf = (config: Readonly<Record<string, string>>): { name: string; value: string }[] =>
  Object.entries(config).map(([name, value]) => ({ name, value }))

/** The controller takes a change first; the broker that is asked has it a moment later. */
async function untilShown(
  admin: Admin,
  name: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  const untilMs = Date.now() + SETTINGS_SHOWN_MS
  for (;;) {
    const state = (await describeTopics(admin, [name])).get(name)
    const isShown =
      state?.overrides.size === Object.keys(config).length &&
      Object.entries(config).every(([setting, value]) => state.config.get(setting) === value)
    if (isShown) return
    if (Date.now() > untilMs)
      throw new OperationalError(
        'unreachable',
        'TOPIC_SETTINGS_NOT_SHOWN',
        `the settings of ${name} were taken, and don't show after ${SETTINGS_SHOWN_MS} ms`,
        'look at the brokers, then run topics verify',
      )
    await sleep(SETTINGS_LOOK_MS)
  }
}

async function describeTopics(admin: Admin, names: readonly string[]): Promise<Map<string, TopicState>> {
  const present = new Set(await admin.listTopics())
  const wanted = names.filter((name) => present.has(name))
  if (wanted.length === 0) return new Map()
  const [{ topics }, { resources }] = await Promise.all([
    admin.fetchTopicMetadata({ topics: wanted }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: wanted.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
    }),
  ])
  return new Map(
    topics.map(({ name, partitions }) => {
      const settings = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
      const state: TopicState = {
        partitions: partitions.length,
        replicationFactor: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        config: new Map(settings.map(({ configName, configValue }) => [configName, configValue])),
        overrides: new Set(
          settings
            .filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
            .map(({ configName }) => configName),
        ),
      }
      return [name, state]
    }),
  )
}

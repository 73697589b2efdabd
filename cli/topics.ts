/** `topics`: brings Kafka and the schema registry into the form that the catalogue asks for, and checks it. */
import { Option } from 'commander'
import type { Command } from 'commander'
import { z } from 'zod'
import { commonConfig, positiveInt, readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import { createLogger } from '../service/logger.ts'
import { applyTopics } from '../topics/apply.ts'
import { asyncApiDocument, asyncApiText, writeAsyncApi } from '../topics/asyncapi.ts'
import { partitionsOf, topicConfig, topicDefinition, topicSizes, TOPIC_NAMES } from '../topics/catalogue.ts'
import type { TopicProfile, TopicSizes } from '../topics/catalogue.ts'
import type { Difference } from '../topics/difference.ts'
import { connectTopicAdmin } from '../topics/kafka-admin.ts'
import { createKafka } from '../topics/kafka.ts'
import { verifyTopics } from '../topics/verify.ts'
import type { TopicsTarget } from '../topics/verify.ts'
import { EXIT } from './errors.ts'
import { note, printJson, printLine, printTable } from './output.ts'
import { registerAcls } from './topic-acls.ts'

const PROFILES = ['local', 'production'] as const

const topicsConfig = commonConfig.extend({
  TOPIC_PROFILE: z.enum(PROFILES).default('local'),
  TOPIC_PARTITIONS: positiveInt.optional(),
  /** Set by the local stack: the number of its brokers. Production's sizes are not moved by it. */
  KAFKA_REPLICATION: positiveInt.optional(),
})

interface TopicsOptions {
  profile?: TopicProfile
  json?: boolean
}

function sizesOf(config: z.output<typeof topicsConfig>, options: TopicsOptions): TopicSizes {
  const profile = options.profile ?? config.TOPIC_PROFILE
  const replicationFactor = profile === 'local' ? config.KAFKA_REPLICATION : undefined
  return topicSizes(profile, config.TOPIC_PARTITIONS, replicationFactor)
}

/** Connects to what the environment names, runs the work and lets go of it again. */
async function withTarget<T>(options: TopicsOptions, work: (target: TopicsTarget) => Promise<T>): Promise<T> {
  const config = readConfig(topicsConfig)
  const log = createLogger('cli', 'silent')
  const connection = kafkaConnection(config)
  const kafka = createKafka({ ...connection, clientId: 'stakestream-cli', log })
  const admin = await connectTopicAdmin(kafka, connection.brokers)
  try {
    return await work({
      admin,
      registryUrl: config.SCHEMA_REGISTRY_URL,
      sizes: sizesOf(config, options),
    })
  } finally {
    await admin.close()
  }
}

function print(differences: readonly Difference[], options: TopicsOptions): void {
  if (options.json) printJson(differences)
  else if (differences.length > 0)
    printTable(
      ['topic', 'setting', 'is', 'should'],
      differences.map(({ topic, setting, is, should }) => [topic, setting, is, should]),
    )
}

async function apply(options: TopicsOptions): Promise<void> {
  const repaired = await withTarget(options, applyTopics)
  print(repaired, options)
  note(
    repaired.length === 0
      ? `${TOPIC_NAMES.length} topics as the catalogue says, nothing to do`
      : `${repaired.length} differences repaired, ${TOPIC_NAMES.length} topics as the catalogue says`,
  )
}

async function verify(options: TopicsOptions): Promise<void> {
  const differences = await withTarget(options, verifyTopics)
  print(differences, options)
  if (differences.length === 0) {
    note(`${TOPIC_NAMES.length} topics as the catalogue says`)
    return
  }
  note(`error TOPICS_DIFFER: ${differences.length} differences from the catalogue; run \`topics apply\``)
  process.exitCode = EXIT.failed
}

function list(options: TopicsOptions): void {
  const config = readConfig(topicsConfig)
  const sizes = sizesOf(config, options)
  const topics = TOPIC_NAMES.map((name) => {
    const definition = topicDefinition(name)
    return {
      ...definition,
      ...sizes,
      partitions: partitionsOf(definition, sizes),
      config: topicConfig(definition, sizes),
    }
  })
  if (options.json) printJson(topics)
  else
    printTable(
      ['topic', 'key', 'partitions', 'cleanup', 'retention.ms', 'written by', 'read by'],
      topics.map((topic) => [
        topic.name,
        topic.key,
        String(topic.partitions),
        topic.cleanupPolicy,
        String(topic.retentionMs),
        topic.writtenBy.join(','),
        topic.readBy.join(','),
      ]),
    )
}

function asyncapi(options: { write?: boolean }): void {
  if (options.write) note(`wrote ${writeAsyncApi()}`)
  else printLine(asyncApiText(asyncApiDocument()).trimEnd())
}

export function register(program: Command): void {
  const topics = program.command('topics').description('topics and schemas, from the catalogue')
  const command = (name: string, description: string): Command =>
    topics
      .command(name)
      .description(description)
      .addOption(
        new Option('--profile <name>', 'sizes of the topics (default: TOPIC_PROFILE, or local)').choices(
          PROFILES,
        ),
      )
      .option('--json', 'print JSON')
  command('list', 'name each topic of the catalogue').action(list)
  command('apply', 'create missing topics, correct settings, register schemas; safe to repeat').action(apply)
  command(
    'verify',
    'compare Kafka and the registry with the catalogue; exit code 1 where they differ',
  ).action(verify)
  topics
    .command('asyncapi')
    .description('print the AsyncAPI document of the topics')
    .option('--write', 'write docs/asyncapi.json instead')
    .action(asyncapi)
  registerAcls(topics)
  topics.addHelpText(
    'after',
    '\nEnvironment: KAFKA_BROKERS and how to reach them (docs/security.md), SCHEMA_REGISTRY_URL, TOPIC_PROFILE (local,\nproduction), TOPIC_PARTITIONS, KAFKA_REPLICATION (of the local profile), APP_NAME (of the ACLs).',
  )
}

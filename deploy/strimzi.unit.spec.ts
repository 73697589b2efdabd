/** The example of a Kafka for production, held against the local cluster of three and the catalogue of topics. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import { KAFKA_VERSION, kafkaSettings } from '../stack/services/kafka.ts'
import { SERVICE_NAMES } from '../topics/acls.ts'
import { PRODUCTION_SIZES, TOPIC_NAMES, topicDefinition } from '../topics/catalogue.ts'
import { usersYaml } from './strimzi-users.ts'

const resource = z.object({
  apiVersion: z.literal('kafka.strimzi.io/v1'),
  kind: z.string(),
  metadata: z.object({ name: z.string() }),
  spec: z.record(z.string(), z.unknown()),
})

const read = (name: string): z.output<typeof resource>[] =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, 'strimzi', name), 'utf8')).map((document) =>
    resource.parse(document.toJS()),
  )

describe('kafka.yaml', () => {
  const resources = read('kafka.yaml')
  const kafka = z
    .object({
      version: z.string(),
      listeners: z.array(z.object({ tls: z.boolean(), authentication: z.object({ type: z.string() }) })),
      authorization: z.object({ type: z.string() }),
      config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    })
    .parse(resources.find(({ kind }) => kind === 'Kafka')?.spec['kafka'])

  test('is the version that the product is tried with', () => {
    expect(kafka.version).toBe(KAFKA_VERSION)
  })

  test('has the settings of the local cluster, but for those of one machine', () => {
    const node = (id: number) => ({ id, name: `kafka-${id}`, port: 9000 + id, controllerPort: 9100 + id })
    const local = kafkaSettings(node(1), [node(1), node(2), node(3)], '/')
    /** Where it listens and stores, what the operator keeps itself, and how few threads and partitions a laptop has. */
    const ofPlace =
      /listener|^process\.roles|^node\.id|quorum|log\.dirs|^num\.|num\.partitions|^controlled|dedupe/
    const expected = Object.entries(local).filter(([key]) => !ofPlace.test(key))
    expect(expected.length).toBeGreaterThan(12)
    for (const [key, value] of expected) expect([key, String(kafka.config[key])]).toEqual([key, value])
  })

  test('replicates as the catalogue does in production', () => {
    expect(kafka.config['default.replication.factor']).toBe(PRODUCTION_SIZES.replicationFactor)
    expect(kafka.config['min.insync.replicas']).toBe(PRODUCTION_SIZES.minInsyncReplicas)
    const pools = resources.filter(({ kind }) => kind === 'KafkaNodePool')
    expect(pools.map(({ spec }) => [spec['roles'], spec['replicas']])).toEqual([
      [['controller'], 3],
      [['broker'], 3],
    ])
  })

  test('knows everybody by name, over TLS alone', () => {
    expect(kafka.listeners).toEqual([{ tls: true, authentication: { type: 'scram-sha-512' } }])
    expect(kafka.authorization.type).toBe('simple')
  })

  test('leaves topics to the catalogue', () => {
    expect(kafka.config['auto.create.topics.enable']).toBe(false)
    expect(resources.map(({ kind }) => kind)).not.toContain('KafkaTopic')
    const { entityOperator } = resources.find(({ kind }) => kind === 'Kafka')?.spec ?? {}
    expect(Object.keys(z.record(z.string(), z.unknown()).parse(entityOperator))).toEqual(['userOperator'])
  })
})

describe('users.yaml', () => {
  const aclsOf = (name: string) =>
    z
      .array(
        z.object({
          resource: z.object({
            type: z.string(),
            name: z.string().optional(),
            patternType: z.string().optional(),
          }),
          operations: z.array(z.string()),
        }),
      )
      .parse(
        z
          .object({ acls: z.unknown() })
          .parse(read('users.yaml').find(({ metadata }) => metadata.name === name)?.spec['authorization'])
          .acls,
      )

  test('is made of the rights as they are', () => {
    expect(readFileSync(join(import.meta.dirname, 'strimzi/users.yaml'), 'utf8')).toBe(usersYaml())
    expect(read('users.yaml').map(({ metadata }) => metadata.name)).toEqual([...SERVICE_NAMES])
  })

  test('lets the ClickHouse sink read and write what the catalogue says, and nothing else', () => {
    const expected = TOPIC_NAMES.flatMap((name) => {
      const { readBy, writtenBy } = topicDefinition(name)
      const operations = [
        ...(writtenBy.includes('sink-clickhouse') ? ['Write'] : []),
        ...(readBy.includes('sink-clickhouse') ? ['Read'] : []),
      ]
      return operations.length > 0 ? [[name, operations]] : []
    })
    const topics = aclsOf('sink-clickhouse').filter(({ resource: { type } }) => type === 'topic')
    expect(
      Object.fromEntries(topics.map(({ resource: { name }, operations }) => [name, operations])),
    ).toEqual(Object.fromEntries(expected))
  })

  test('lets a processor have the transactional ids that begin with its name', () => {
    expect(aclsOf('wallet').filter(({ resource: { type } }) => type === 'transactionalId')).toEqual([
      {
        resource: { type: 'transactionalId', name: 'stakestream.wallet.', patternType: 'prefix' },
        operations: ['Write'],
      },
    ])
  })

  test('lets the command line make topics and change their settings, and nobody delete one', () => {
    const topics = aclsOf('cli').filter(({ resource: { type } }) => type === 'topic')
    expect(new Set(topics.map(({ resource: { name } }) => name))).toEqual(new Set(TOPIC_NAMES))
    for (const { operations } of topics)
      expect(operations).toEqual(
        expect.arrayContaining(['Create', 'Describe', 'DescribeConfigs', 'AlterConfigs']),
      )
    expect(
      SERVICE_NAMES.flatMap((name) => aclsOf(name)).flatMap(({ operations }) => operations),
    ).not.toContain('Delete')
  })
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { avroTypeOf, readSchemaText } from './avro.ts'
import {
  IDEMPOTENCY_MS,
  KEEP_FOR_EVER,
  LOCAL_SIZES,
  PRODUCTION_SIZES,
  subjectOf,
  topicConfig,
  topicDefinition,
  TOPIC_NAMES,
  topicSizes,
} from './catalogue.ts'

const DEFINITIONS = TOPIC_NAMES.map(topicDefinition)

const recordSchema = z.object({
  type: z.literal('record'),
  name: z.string(),
  namespace: z.string().optional(),
  fields: z.array(
    z.object({ name: z.string(), doc: z.string().optional(), sensitivity: z.string().optional() }),
  ),
})
type RecordSchema = z.infer<typeof recordSchema>

const rawSchema = (name: string): unknown => JSON.parse(readSchemaText(name))

/** Every record inside a schema, at any depth, the outermost first. */
function recordsOf(schema: unknown): RecordSchema[] {
  if (typeof schema !== 'object' || schema === null) return []
  const parsed = recordSchema.safeParse(schema)
  return [...(parsed.success ? [parsed.data] : []), ...Object.values(schema).flatMap(recordsOf)]
}

describe('every topic', () => {
  it.each(DEFINITIONS)('$name is named <domain>.<entity>… and stands under its own name', (definition) => {
    expect(definition.name).toMatch(/^[a-z]+(\.[a-z]+(-[a-z]+)*)+$/)
    expect(topicDefinition(definition.name)).toBe(definition)
    expect(subjectOf(definition.name)).toBe(`${definition.name}-value`)
  })

  it.each(DEFINITIONS)('$name says what it is, who writes it and who reads it', (definition) => {
    expect(definition.title).not.toBe('')
    expect(definition.description).toMatch(/\.$/)
    expect(definition.writtenBy.length).toBeGreaterThan(0)
    expect(definition.readBy.length).toBeGreaterThan(0)
  })

  it.each(DEFINITIONS)('$name has a valid schema with the envelope of the platform', ({ schema }) => {
    const record = recordSchema.parse(rawSchema(schema))
    expect(avroTypeOf(readSchemaText(schema)).typeName).toBe('record')
    expect(record.namespace).toMatch(/^stakestream\.[a-z]+$/)
    expect(record.fields.map(({ name }) => name)).toEqual(['event_id', 'event_type', 'timestamp', 'data'])
  })

  it.each(DEFINITIONS)('$name has a word on every field of its schema', ({ schema }) => {
    for (const record of recordsOf(rawSchema(schema)))
      for (const field of record.fields) {
        expect(field.name).toMatch(/^[a-z][a-z0-9_]*$/)
        expect(field.doc, `${record.name}.${field.name}`).toBeTruthy()
      }
  })

  it.each(DEFINITIONS.filter(({ cleanupPolicy }) => cleanupPolicy === 'compact'))(
    '$name, being compacted, keeps the newest record of a key for ever',
    ({ retentionMs }) => {
      expect(retentionMs).toBe(KEEP_FOR_EVER)
    },
  )
})

describe('dead letters', () => {
  it.each(DEFINITIONS.filter(({ name }) => name.endsWith('.dlq')))(
    '$name belong to a topic',
    (definition) => {
      const source = DEFINITIONS.find(({ name }) => `${name}.dlq` === definition.name)
      expect(definition.schema).toBe('dead.letter')
      expect(definition.key).toBe(source?.key)
      for (const writer of definition.writtenBy) expect(source?.readBy).toContain(writer)
    },
  )
})

describe('personal data', () => {
  it('is marked in every schema that carries it', () => {
    const personal = new Set(['player_id', 'ip_address', 'user_agent'])
    for (const { schema } of DEFINITIONS)
      for (const record of recordsOf(rawSchema(schema)))
        for (const field of record.fields)
          if (personal.has(field.name))
            expect(field, `${schema} ${field.name}`).toMatchObject({ sensitivity: 'personal' })
  })
})

describe('the settings of a topic', () => {
  it('say the sizes of the profile', () => {
    expect(topicSizes('local')).toEqual(LOCAL_SIZES)
    expect(topicSizes('production')).toEqual(PRODUCTION_SIZES)
    expect(topicSizes('production', 48)).toEqual({ ...PRODUCTION_SIZES, partitions: 48 })
    expect(topicSizes('local', undefined, 3)).toEqual({
      partitions: LOCAL_SIZES.partitions,
      replicationFactor: 3,
      minInsyncReplicas: 2,
    })
    expect(topicSizes('local', undefined, 1)).toEqual(LOCAL_SIZES)
    for (const definition of DEFINITIONS)
      expect(topicConfig(definition, PRODUCTION_SIZES)).toMatchObject({ 'min.insync.replicas': '2' })
  })

  it('survive the loss of one replica in production', () => {
    expect(PRODUCTION_SIZES).toMatchObject({ replicationFactor: 3, minInsyncReplicas: 2 })
  })

  it('keep the log of record whole, in time and in bytes', () => {
    const config = topicConfig(topicDefinition('wallet.transaction.created'), PRODUCTION_SIZES)
    expect(config).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '-1',
      'retention.bytes': '-1',
    })
  })

  it('remember a partner’s transaction id for 120 days', () => {
    expect(IDEMPOTENCY_MS).toBe(120 * 24 * 60 * 60 * 1000)
  })
})

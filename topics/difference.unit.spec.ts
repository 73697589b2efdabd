import { describe, expect, it } from 'vitest'
import { LOCAL_SIZES, topicConfig, topicDefinition } from './catalogue.ts'
import { differencesOf, replacementConfig } from './difference.ts'
import type { SchemaState } from './difference.ts'
import type { TopicState } from './kafka-admin.ts'

const definition = topicDefinition('wallet.transaction.created')
const wellKnown: SchemaState = { registered: true, known: true, compatibility: 'BACKWARD', faults: [] }

const unknown: SchemaState = { registered: false, known: false, compatibility: undefined, faults: [] }

/** A topic as the catalogue wants it, changed as told. */
function topicWith({
  config = {},
  overrides = [],
  ...sizes
}: {
  config?: Record<string, string>
  overrides?: string[]
  partitions?: number
  replicationFactor?: number
} = {}): TopicState {
  const wanted = topicConfig(definition, LOCAL_SIZES)
  return {
    partitions: LOCAL_SIZES.partitions,
    replicationFactor: LOCAL_SIZES.replicationFactor,
    ...sizes,
    config: new Map(Object.entries({ 'compression.type': 'producer', ...wanted, ...config })),
    overrides: new Set([...Object.keys(wanted), ...overrides]),
  }
}
const compare = (state: TopicState | undefined, schema = wellKnown) =>
  differencesOf(definition, LOCAL_SIZES, state, schema)

describe('given a topic as the catalogue wants it', () => {
  it('there is no difference', () => {
    expect(compare(topicWith())).toEqual([])
  })
})

describe('given no topic', () => {
  it('it is to be created, and its schema registered under the rule', () => {
    expect(compare(undefined, unknown)).toEqual([
      { topic: definition.name, setting: 'topic', is: 'missing', should: 'existing', repair: 'create' },
      {
        topic: definition.name,
        setting: 'schema',
        is: 'not registered',
        should: 'registered',
        repair: 'register',
      },
      {
        topic: definition.name,
        setting: 'schema.compatibility',
        is: 'not set',
        should: 'BACKWARD',
        repair: 'set compatibility',
      },
    ])
  })
})

describe('given a topic whose schemas the registry does not know', () => {
  it('nothing is registered: what lies in the topic names ids of a registry that is lost', () => {
    expect(compare(topicWith(), unknown)).toMatchObject([{ setting: 'schema', repair: 'none' }])
  })
})

describe('given a setting that drifted', () => {
  it('it is named with both values and can be configured', () => {
    expect(compare(topicWith({ config: { 'retention.ms': '60000' } }))).toEqual([
      { topic: definition.name, setting: 'retention.ms', is: '60000', should: '-1', repair: 'configure' },
    ])
  })

  it('an override that the catalogue does not know is one too', () => {
    const drifted = topicWith({ config: { 'delete.retention.ms': '1' }, overrides: ['delete.retention.ms'] })
    expect(compare(drifted)).toMatchObject([
      { setting: 'delete.retention.ms', is: '1', should: "broker's default", repair: 'configure' },
    ])
    expect(replacementConfig(definition, LOCAL_SIZES, drifted)).toEqual(topicConfig(definition, LOCAL_SIZES))
  })

  it('what the broker sets while it moves replicas is left alone', () => {
    const setting = 'leader.replication.throttled.replicas'
    const moving = topicWith({ config: { [setting]: '*' }, overrides: [setting] })
    expect(compare(moving)).toEqual([])
    expect(replacementConfig(definition, LOCAL_SIZES, moving)).toMatchObject({ [setting]: '*' })
  })
})

describe('given another number of partitions or replicas', () => {
  it.each([2, 8])('%i partitions can’t be repaired: keys would move', (partitions) => {
    expect(compare(topicWith({ partitions }))).toMatchObject([
      { setting: 'partitions', is: String(partitions), should: '4', repair: 'none' },
    ])
  })

  it('replicas are a person’s to move', () => {
    expect(compare(topicWith({ replicationFactor: 3 }))).toMatchObject([
      { setting: 'replication.factor', is: '3', should: '1', repair: 'none' },
    ])
  })
})

describe('given a schema that may not follow the registered ones', () => {
  it('the registry’s reasons are shown and nothing can repair it', () => {
    const schema = {
      registered: false,
      known: true,
      compatibility: 'NONE',
      faults: ['READER_FIELD_MISSING_DEFAULT_VALUE: x'],
    }
    expect(compare(topicWith(), schema)).toMatchObject([
      { setting: 'schema', is: 'not compatible: READER_FIELD_MISSING_DEFAULT_VALUE: x', repair: 'none' },
      { setting: 'schema.compatibility', is: 'NONE', should: 'BACKWARD', repair: 'set compatibility' },
    ])
  })
})

import { describe, expect, it } from 'vitest'
import { isRecorded, schemaHistory, schemaNames } from '../avro/history.ts'
import { avroTypeOf, readSchemaText } from './avro.ts'
import { topicDefinition, TOPIC_NAMES } from './catalogue.ts'

/** Random values per recorded version: enough that each branch of each union comes up. */
const ROUNDS = 200

describe('recorded versions', () => {
  it('exist for every schema, and every schema is of a topic', () => {
    const used = new Set(TOPIC_NAMES.map((name) => topicDefinition(name).schema))
    expect(schemaNames()).toEqual([...used].toSorted())
  })

  it.each(schemaNames())('of %s include the current one (npm run generate:history)', (name) => {
    expect(isRecorded(name)).toBe(true)
  })

  it.each(schemaNames())('of %s are read by the current one', (name) => {
    const current = avroTypeOf(readSchemaText(name))
    const versions = schemaHistory(name)
    expect(versions.length).toBeGreaterThan(0)
    for (const text of versions) {
      const writer = avroTypeOf(text)
      const resolver = current.createResolver(writer)
      for (let round = 0; round < ROUNDS; round++) {
        const value = current.fromBuffer(writer.toBuffer(writer.random()), resolver)
        expect(current.isValid(value)).toBe(true)
      }
    }
  })
})

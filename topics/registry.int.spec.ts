/** Schema ids, evolution and refusals on the real registry, under subjects of this run's own. */
import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { schemaHistory, schemaNames } from '../avro/history.ts'
import { required } from '../tests/support/environment.ts'
import { avroTypeOf, readSchemaText } from './avro.ts'
import { subjectOf, topicDefinition, TOPIC_NAMES } from './catalogue.ts'
import type { TopicName } from './catalogue.ts'
import { createCodec } from './codec.ts'
import type { SchemaSource } from './codec.ts'
import { compatibilityFaults } from './compatibility.ts'
import { OperationalError } from './errors.ts'
import { registryApi } from './registry-api.ts'
import { registrySource, SUBJECT_COMPATIBILITY } from './registry.ts'

const url = required('SCHEMA_REGISTRY_URL')
const api = registryApi({ url })
const registering = () => registrySource({ url, register: true })
const lookingUp = () => registrySource({ url })

const made: string[] = []
/** A name that no catalogue has: its subject is this test's to spoil. */
function throwAway(): TopicName {
  const name = `test.${randomUUID()}` as TopicName
  made.push(subjectOf(name))
  return name
}
afterAll(async () => {
  for (const subject of made)
    for (const permanent of ['', '?permanent=true'])
      await fetch(`${url}/subjects/${subject}${permanent}`, { method: 'DELETE' })
})

const recordOf = (fields: object[]): string =>
  JSON.stringify({
    type: 'record',
    name: `R${randomUUID().slice(0, 8)}`,
    namespace: 'stakestream.test',
    fields,
  })
const codeOf = (error: unknown): string => (error instanceof OperationalError ? error.code : String(error))
const failureOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a schema', () => {
  it('that is registered is found by others under the same id, text and all', async () => {
    const topic = throwAway()
    const text = readSchemaText('wallet.transaction.created')
    const id = await registering().idOf(topic, text)
    expect(id).toBeGreaterThan(0)
    expect(await registering().idOf(topic, text)).toBe(id)
    expect(await lookingUp().idOf(topic, text)).toBe(id)
    expect(JSON.parse((await lookingUp().textOf(id)) ?? '')).toEqual(JSON.parse(text))
    expect(await api.compatibilityOf(subjectOf(topic))).toBe(SUBJECT_COMPATIBILITY)
  })

  it('that is not registered is an error for who only looks up', async () => {
    const error = await failureOf(lookingUp().idOf(throwAway(), recordOf([])))
    expect(codeOf(error)).toBe('SCHEMA_NOT_REGISTERED')
  })

  it('of an id that was never given is unknown', async () => {
    expect(await lookingUp().textOf(2_147_483_647)).toBe(undefined)
  })

  it('is an error, not unknown, at an address that is no registry', async () => {
    const elsewhere = registryApi({ url: url.replace(/\/apis\/.*$/, '/elsewhere'), retries: false })
    expect(codeOf(await failureOf(elsewhere.textOf(1)))).toBe('REGISTRY_UNREACHABLE')
  })
})

describe('a schema that readers of the older ones could not follow', () => {
  it('is refused with the reason, and the one before stays', async () => {
    const topic = throwAway()
    const first = recordOf([{ name: 'kept', type: 'string' }])
    const id = await registering().idOf(topic, first)
    const breaking = first.replace(']', ',{"name":"added","type":"string"}]')

    const faults = await compatibilityFaults(api, subjectOf(topic), breaking)
    expect(faults.join()).toContain('no matching field for default-less')
    expect(codeOf(await failureOf(registering().idOf(topic, breaking)))).toBe('SCHEMA_REFUSED')
    expect(await lookingUp().idOf(topic, first)).toBe(id)

    const following = first.replace(']', ',{"name":"added","type":"string","default":""}]')
    expect(await compatibilityFaults(api, subjectOf(topic), following)).toEqual([])
    expect(await registering().idOf(topic, following)).not.toBe(id)
  })
})

describe('every schema of the catalogue', () => {
  it.each(schemaNames())('%s follows all its recorded versions by the registry’s own check', async (name) => {
    const versions = schemaHistory(name)
    expect(versions.length).toBeGreaterThan(0)
    for (const version of versions) {
      const topic = throwAway()
      await registering().idOf(topic, version)
      expect(await compatibilityFaults(api, subjectOf(topic), readSchemaText(name))).toEqual([])
    }
  })

  it.each(TOPIC_NAMES)('%s is written by one codec and read by another that learns its id', async (topic) => {
    const text = readSchemaText(topicDefinition(topic).schema)
    const other = text.replace(/"doc": "[^"]*"/, '"doc": "As another writer words it."')
    const stand = throwAway()
    const [ours, theirs] = [await registering().idOf(stand, text), await registering().idOf(stand, other)]
    expect(theirs).not.toBe(ours)

    const source: SchemaSource = { ...lookingUp(), idOf: async () => ours }
    const codec = await createCodec(topic, source)
    const type = avroTypeOf(other)
    const body = type.toBuffer(type.random())
    const prefix = Buffer.alloc(5)
    prefix.writeInt32BE(theirs, 1)
    const bytes = Buffer.concat([prefix, body])
    expect(codec.unknownSchemaId(bytes)).toBe(theirs)
    await codec.learn(theirs)
    expect(codec.encode(codec.decode(bytes)).length).toBeGreaterThan(5)
  })
})

/**
 * `topics apply` and `verify` on the real broker and registry. The topics stand under a prefix of their own, so that
 * drift can be made without harm to whatever else uses the stack; the schemas are those of the catalogue.
 */
import { randomUUID } from 'node:crypto'
import { createServer, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokersFromEnvironment, required } from '../tests/support/environment.ts'
import { applyTopics } from './apply.ts'
import { readSchemaText } from './avro.ts'
import { partitionsOf, subjectOf, topicConfig, topicDefinition, TOPIC_NAMES } from './catalogue.ts'
import type { TopicSizes } from './catalogue.ts'
import { connectTopicAdmin } from './kafka-admin.ts'
import type { TopicAdmin } from './kafka-admin.ts'
import { createKafka } from './kafka.ts'
import { registrySource } from './registry.ts'
import { verifyTopics } from './verify.ts'

const PREFIX = `test-${randomUUID().slice(0, 8)}.`
const SIZES: TopicSizes = { partitions: 2, replicationFactor: 1, minInsyncReplicas: 1 }
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: 'topics-test', log: silent })

/** The admin as if the topics under the prefix were those of the catalogue. */
const prefixed = (admin: TopicAdmin): TopicAdmin => ({
  describe: async (names) => {
    const states = await admin.describe(names.map((name) => PREFIX + name))
    return new Map([...states].map(([name, state]) => [name.slice(PREFIX.length), state]))
  },
  create: (topics) => admin.create(topics.map((topic) => ({ ...topic, name: PREFIX + topic.name }))),
  replaceConfig: (name, config) => admin.replaceConfig(PREFIX + name, config),
  close: () => admin.close(),
})

let admin: TopicAdmin
beforeAll(async () => {
  admin = prefixed(await connectTopicAdmin(kafka, brokersFromEnvironment()))
})
afterAll(async () => {
  await admin.close()
  const cleaner = kafka.admin()
  await cleaner.connect()
  const left = (await cleaner.listTopics()).filter((name) => name.startsWith(PREFIX))
  if (left.length > 0) await cleaner.deleteTopics({ topics: left })
  await cleaner.disconnect()
})

/** The registry as if the subjects under the prefix were those of the catalogue. */
async function prefixedRegistry(): Promise<{ url: string; close: () => Promise<void> }> {
  const real = new URL(required('SCHEMA_REGISTRY_URL'))
  const server = createServer((incoming, answer) => {
    const path = (incoming.url ?? '').replace(/\/(subjects|config)\//, `$&${PREFIX}`)
    const onward = request(
      new URL(path, real),
      { method: incoming.method, headers: { ...incoming.headers, host: real.host } },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers)
        response.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}${real.pathname}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const target = (sizes = SIZES) => ({ admin, registryUrl: required('SCHEMA_REGISTRY_URL'), sizes })

describe('topics apply', () => {
  it('creates every topic with its settings, registers every schema, and then has nothing to do', async () => {
    const repaired = await applyTopics(target())
    expect(repaired.filter(({ repair }) => repair === 'create').map(({ topic }) => topic)).toEqual(
      TOPIC_NAMES,
    )

    const states = await admin.describe(TOPIC_NAMES)
    for (const name of TOPIC_NAMES) {
      const state = states.get(name)
      const wanted = topicConfig(topicDefinition(name), SIZES)
      const partitions = partitionsOf(topicDefinition(name), SIZES)
      expect(state).toMatchObject({ partitions, replicationFactor: 1 })
      expect(Object.fromEntries(state?.config ?? [])).toMatchObject(wanted)
      expect([...(state?.overrides ?? [])].toSorted()).toEqual(Object.keys(wanted).toSorted())
    }
    expect(await applyTopics(target())).toEqual([])
    expect(await verifyTopics(target())).toEqual([])
  })

  it('corrects a setting that drifted and an override that nobody asked for, and leaves the others alone', async () => {
    const name = 'wallet.transaction.created'
    const wanted = topicConfig(topicDefinition(name), SIZES)
    await admin.replaceConfig(name, {
      ...wanted,
      'retention.ms': '60000',
      'retention.bytes': '1000',
      'segment.bytes': '1048576',
    })
    const differences = await verifyTopics(target())
    expect(differences.map(({ topic, setting, is, should }) => [topic, setting, is, should])).toEqual([
      [name, 'retention.ms', '60000', '-1'],
      [name, 'retention.bytes', '1000', '-1'],
      [name, 'segment.bytes', '1048576', "broker's default"],
    ])
    expect(await applyTopics(target())).toEqual(differences)
    expect(await verifyTopics(target())).toEqual([])
  })

  it('refuses other partitions, and changes nothing then', async () => {
    const name = 'wallet.reply'
    const drifted = { ...topicConfig(topicDefinition(name), SIZES), 'retention.ms': '60000' }
    await admin.replaceConfig(name, drifted)
    const more = { ...SIZES, partitions: 4 }
    await expect(applyTopics(target(more))).rejects.toMatchObject({
      code: 'TOPICS_REFUSED',
      fault: 'refused',
    })

    const state = (await admin.describe([name])).get(name)
    expect(state?.partitions).toBe(2)
    expect(state?.config.get('retention.ms')).toBe('60000')
    const differences = await verifyTopics(target(more))
    expect(differences.filter(({ setting }) => setting === 'partitions')).toMatchObject(
      TOPIC_NAMES.filter((topic) => topicDefinition(topic).partitions === undefined).map((topic) => ({
        topic,
        is: '2',
        should: '4',
        repair: 'none',
      })),
    )
    await applyTopics(target())
  })
})

describe('a schema that can not follow what is registered', () => {
  const name = 'wallet.reply'
  let registry: Awaited<ReturnType<typeof prefixedRegistry>>
  beforeAll(async () => {
    registry = await prefixedRegistry()
  })
  afterAll(async () => {
    for (const topic of TOPIC_NAMES)
      for (const permanent of ['', '?permanent=true'])
        await fetch(`${registry.url}/subjects/${subjectOf(topic)}${permanent}`, { method: 'DELETE' })
    await registry.close()
  })

  it('is named by verify with the reason, and refused by apply, which changes nothing then', async () => {
    // A topic that is not there yet, and so a schema that is still to be registered.
    const fresh = 'wallet.command'
    const register = registrySource({ url: registry.url, register: true })
    for (const topic of TOPIC_NAMES)
      if (topic !== name && topic !== fresh)
        await register.idOf(topic, readSchemaText(topicDefinition(topic).schema))
    const here = {
      ...target(),
      registryUrl: registry.url,
      admin: {
        ...admin,
        describe: async (names: readonly string[]) => {
          const states = await admin.describe(names)
          return new Map([...states].filter(([topic]) => topic !== fresh))
        },
      },
    }
    // Another version has written something under a name that this one takes for text.
    const other = readSchemaText(name).replace(/("name": "player_id",\s*"type": )"string"/, '$1"long"')
    expect(other).not.toBe(readSchemaText(name))
    await register.idOf(name, other)

    const refused = (await verifyTopics(here)).filter(({ repair }) => repair === 'none')
    expect(refused).toMatchObject([{ topic: name, setting: 'schema' }])
    expect(refused[0]?.is).toMatch(/^not compatible: .*string/)
    await expect(applyTopics(here)).rejects.toMatchObject({
      code: 'TOPICS_REFUSED',
      message: expect.stringMatching(/^wallet\.reply schema is not compatible: .* nothing was changed/),
      help: expect.stringContaining('add fields with a default'),
    })
    const registered = registrySource({ url: registry.url })
    await expect(registered.idOf(fresh, readSchemaText(fresh))).rejects.toMatchObject({
      code: 'SCHEMA_NOT_REGISTERED',
    })
  })
})

describe('a cluster that is away', () => {
  it('is an error that names the variable', async () => {
    const nowhere = ['127.0.0.1:1']
    const client = createKafka({ brokers: nowhere, clientId: 'topics-test', log: silent })
    await expect(connectTopicAdmin(client, nowhere)).rejects.toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      fault: 'unreachable',
      message: expect.stringContaining('KAFKA_BROKERS 127.0.0.1:1 not reachable'),
    })
  }, 30_000)
})

/**
 * The catalogue as an AsyncAPI 3 document, for people and tools outside: channels with their Kafka settings, messages
 * with their Avro schemas and keys, and who sends and receives what. Sizes are those of production.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { readSchemaText } from './avro.ts'
import {
  partitionsOf,
  PRODUCTION_SIZES,
  subjectOf,
  topicConfig,
  topicDefinition,
  TOPIC_NAMES,
} from './catalogue.ts'
import type { KeyKind, TopicDefinition } from './catalogue.ts'

const FILE = new URL('../docs/asyncapi.json', import.meta.url)

const AVRO_FORMAT = 'application/vnd.apache.avro+json;version=1.9.0'
const KAFKA_BINDING = '0.5.0'

/** What a key looks like, for the readers of the document. */
const KEYS: Readonly<Record<KeyKind, { description: string; example: string }>> = {
  player: {
    description: 'partnerId/playerId: one player, one partition, one order.',
    example: '0198c1a2-7d00-7000-8000-000000000001/player-1',
  },
  command: {
    description: 'Id of the command that is answered; the partition is the one named in reply_to.',
    example: '0198c1a2-7d00-7000-8000-000000000002',
  },
  partner: {
    description: 'Id of the partner.',
    example: '0198c1a2-7d00-7000-8000-000000000001',
  },
  'api-key': {
    description: 'Id of the API key; not the key itself.',
    example: '0198c1a2-7d00-7000-8000-000000000003',
  },
  webhook: {
    description: 'Id of the webhook endpoint.',
    example: '0198c1a2-7d00-7000-8000-000000000004',
  },
  game: { description: 'Id of the game.', example: 'slots_game_001' },
  'game-provider': { description: 'Id of the game provider.', example: 'ocasino' },
  settlement: { description: 'Id of the settlement run.', example: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11' },
  rules: { description: 'Owner and version of the rules.', example: 'platform/3' },
  task: {
    description: 'Processor, input topic and partition of a task.',
    example: 'wallet/wallet.command/0',
  },
}

/** A JSON value; the document is plain data. */
export type Json = z.infer<ReturnType<typeof z.json>>
type JsonObject = { [key: string]: Json }

/** The settings of a topic with numbers and lists where the Kafka binding wants them. */
function topicConfiguration(definition: TopicDefinition): JsonObject {
  const settings = topicConfig(definition, PRODUCTION_SIZES)
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]): [string, Json] => {
      if (name === 'cleanup.policy') return [name, value.split(',')]
      const number = Number(value)
      return [name, Number.isNaN(number) ? value : number]
    }),
  )
}

function channel(definition: TopicDefinition): JsonObject {
  const { name, title, description } = definition
  return {
    address: name,
    title,
    description,
    messages: { value: { $ref: `#/components/messages/${name}` } },
    bindings: {
      kafka: {
        topic: name,
        partitions: partitionsOf(definition, PRODUCTION_SIZES),
        replicas: PRODUCTION_SIZES.replicationFactor,
        topicConfiguration: topicConfiguration(definition),
        bindingVersion: KAFKA_BINDING,
      },
    },
  }
}

function message(definition: TopicDefinition): JsonObject {
  const schema = z.json().parse(JSON.parse(readSchemaText(definition.schema)))
  const key = KEYS[definition.key]
  return {
    name: definition.name,
    title: definition.title,
    contentType: 'application/vnd.apache.avro',
    payload: { schemaFormat: AVRO_FORMAT, schema },
    bindings: {
      kafka: {
        key: { type: 'string', description: key.description, examples: [key.example] },
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: 'confluent',
        schemaLookupStrategy: 'TopicNameStrategy',
        bindingVersion: KAFKA_BINDING,
      },
    },
    'x-schema-registry-subject': subjectOf(definition.name),
  }
}

function operations(definition: TopicDefinition): [string, JsonObject][] {
  const of = (action: 'send' | 'receive', who: string): [string, JsonObject] => [
    `${who}.${action}.${definition.name}`,
    {
      action,
      title: `${who} ${action === 'send' ? 'writes' : 'reads'} ${definition.name}`,
      channel: { $ref: `#/channels/${definition.name}` },
      messages: [{ $ref: `#/channels/${definition.name}/messages/value` }],
      tags: [{ name: who }],
    },
  ]
  return [
    ...definition.writtenBy.map((who) => of('send', who)),
    ...definition.readBy.map((who) => of('receive', who)),
  ]
}

/** The whole document, a pure function of the catalogue and the schemas. */
export function asyncApiDocument(): JsonObject {
  const definitions = TOPIC_NAMES.map(topicDefinition)
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Stakestream topics',
      version: '1.0.0',
      description:
        'Every topic of the platform. Values are Avro in Confluent wire format (a zero byte, the schema id in 4 bytes, the body); keys are UTF-8 text, placed by murmur2 as in the Java client. Schemas evolve BACKWARD compatibly: readers are upgraded before writers. Generated from the topic catalogue.',
    },
    defaultContentType: 'application/vnd.apache.avro',
    servers: {
      local: {
        host: '127.0.0.1:9092',
        protocol: 'kafka',
        description: 'The local stack: 4 partitions for what is about players, one replica.',
        bindings: {
          kafka: {
            schemaRegistryUrl: 'http://127.0.0.1:8081/apis/ccompat/v7',
            schemaRegistryVendor: 'apicurio',
            bindingVersion: KAFKA_BINDING,
          },
        },
      },
    },
    channels: Object.fromEntries(definitions.map((definition) => [definition.name, channel(definition)])),
    operations: Object.fromEntries(definitions.flatMap(operations)),
    components: {
      messages: Object.fromEntries(definitions.map((definition) => [definition.name, message(definition)])),
    },
  }
}

/** The text of the document as it lies in docs/asyncapi.json. */
export const asyncApiText = (document: Json): string => `${JSON.stringify(document, null, 2)}\n`

/** The checked-in document. */
export const readAsyncApi = (): string => readFileSync(FILE, 'utf8')

/** Writes docs/asyncapi.json and answers with its path. */
export function writeAsyncApi(): string {
  writeFileSync(FILE, asyncApiText(asyncApiDocument()))
  return FILE.pathname
}

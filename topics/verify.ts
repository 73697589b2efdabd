/** `topics verify`: what differs between the catalogue and a cluster with its registry. Changes nothing. */
import { readSchemaText } from './avro.ts'
import { subjectOf, topicDefinition, TOPIC_NAMES } from './catalogue.ts'
import type { TopicName, TopicSizes } from './catalogue.ts'
import { compatibilityFaults } from './compatibility.ts'
import { differencesOf } from './difference.ts'
import type { Difference, SchemaState } from './difference.ts'
import { OperationalError } from './errors.ts'
import type { TopicAdmin, TopicState } from './kafka-admin.ts'
import { registrySource } from './registry.ts'
import { registryApi } from './registry-api.ts'
import type { RegistryApi } from './registry-api.ts'
import type { SchemaSource } from './codec.ts'

/** The cluster and the registry that the catalogue is held against. */
export interface TopicsTarget {
  admin: TopicAdmin
  registryUrl: string
  sizes: TopicSizes
}

/** The differences, and the topics as they were found. */
export interface Survey {
  differences: Difference[]
  topics: Map<string, TopicState>
}

/** Compares every topic of the catalogue. Throws `OperationalError` where Kafka or the registry can't be asked. */
export async function surveyTopics({ admin, registryUrl, sizes }: TopicsTarget): Promise<Survey> {
  const api = registryApi({ url: registryUrl })
  const lookup = registrySource({ url: registryUrl, register: false })
  const topics = await admin.describe(TOPIC_NAMES)
  const differences: Difference[] = []
  for (const name of TOPIC_NAMES) {
    const schema = await schemaState(name, api, lookup)
    differences.push(...differencesOf(topicDefinition(name), sizes, topics.get(name), schema))
  }
  return { differences, topics }
}

/** The differences alone. */
export async function verifyTopics(target: TopicsTarget): Promise<Difference[]> {
  return (await surveyTopics(target)).differences
}

async function schemaState(name: TopicName, api: RegistryApi, lookup: SchemaSource): Promise<SchemaState> {
  const text = readSchemaText(topicDefinition(name).schema)
  const subject = subjectOf(name)
  const compatibility = await api.compatibilityOf(subject)
  if (await isRegistered(lookup, name, text))
    return { registered: true, known: true, compatibility, faults: [] }
  const known = (await api.latestText(subject)) !== undefined
  return { registered: false, known, compatibility, faults: await compatibilityFaults(api, subject, text) }
}

async function isRegistered(lookup: SchemaSource, name: TopicName, text: string): Promise<boolean> {
  try {
    await lookup.idOf(name, text)
    return true
  } catch (error) {
    if (error instanceof OperationalError && error.code === 'SCHEMA_NOT_REGISTERED') return false
    throw error
  }
}

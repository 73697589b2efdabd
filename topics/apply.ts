/**
 * `topics apply`: brings a cluster and its registry into the form of the catalogue. It may run at any time and as often
 * as one likes: it creates what is missing, corrects settings that drifted and registers schemas after a compatibility
 * check. It never deletes, shrinks or grows a topic.
 */
import { readSchemaText } from './avro.ts'
import { partitionsOf, subjectOf, topicConfig, topicDefinition, TOPIC_NAMES } from './catalogue.ts'
import { replacementConfig } from './difference.ts'
import type { Difference, Repair } from './difference.ts'
import { OperationalError } from './errors.ts'
import { registrySource, SUBJECT_COMPATIBILITY } from './registry.ts'
import { registryApi } from './registry-api.ts'
import { surveyTopics } from './verify.ts'
import type { TopicsTarget } from './verify.ts'

/**
 * Repairs every difference and answers with those that it repaired, none where all was well.
 *
 * Throws `OperationalError` TOPICS_REFUSED, before anything is changed, where a difference has no repair.
 */
export async function applyTopics(target: TopicsTarget): Promise<Difference[]> {
  const { differences, topics } = await surveyTopics(target)
  refuseIrreparable(differences)
  const { admin, registryUrl, sizes } = target
  const namesTo = (...repairs: Repair[]) =>
    TOPIC_NAMES.filter((name) =>
      differences.some(({ topic, repair }) => topic === name && repairs.includes(repair)),
    )

  // 1. The rule of a subject stands before the schema that has to obey it.
  const api = registryApi({ url: registryUrl })
  for (const name of namesTo('set compatibility'))
    await api.setCompatibility(subjectOf(name), SUBJECT_COMPATIBILITY)

  // 2. Schemas before topics: who finds a topic finds its schema.
  const source = registrySource({ url: registryUrl, register: true })
  for (const name of namesTo('register'))
    await source.idOf(name, readSchemaText(topicDefinition(name).schema))

  // 3. Topics.
  const missing = namesTo('create')
  if (missing.length > 0)
    await admin.create(
      missing.map((name) => ({
        name,
        partitions: partitionsOf(topicDefinition(name), sizes),
        replicationFactor: sizes.replicationFactor,
        config: topicConfig(topicDefinition(name), sizes),
      })),
    )

  // 4. Settings.
  for (const name of namesTo('configure')) {
    const state = topics.get(name)
    if (state !== undefined)
      await admin.replaceConfig(name, replacementConfig(topicDefinition(name), sizes, state))
  }
  return differences
}

/** How many differences the message names; `topics verify` shows them all. */
const NAMED_MAX = 3

function refuseIrreparable(differences: readonly Difference[]): void {
  const irreparable = differences.filter(({ repair }) => repair === 'none')
  if (irreparable.length === 0) return
  const named = irreparable
    .slice(0, NAMED_MAX)
    .map(({ topic, setting, is, should }) => `${topic} ${setting} is ${is}, should be ${should}`)
  const more = irreparable.length - named.length
  const reasons = [...new Set(irreparable.map(({ why }) => why ?? 'decide by hand'))]
  throw new OperationalError(
    'refused',
    'TOPICS_REFUSED',
    `${named.join(', ')}${more > 0 ? ` and ${more} more, see topics verify` : ''}: nothing was changed`,
    reasons.join('; '),
  )
}

/** A processor on topics of its own, so that a test has them to itself on a broker that others use too. */
import type { ITopicConfig } from 'kafkajs'
import { partitionsOf, topicConfig, topicDefinition, topicSizes } from '../../../topics/catalogue.ts'
import type { TopicName } from '../../../topics/catalogue.ts'
import type { Output, ProcessorDefinition, TaskLogic } from '../processor.ts'

const SIZES = topicSizes('local', 1)

export const ownTopic = (prefix: string, topic: string): string => `${prefix}.${topic}`

/** What a client needs to make the topics, as the catalogue has them but for one partition each. */
export const ownTopics = (prefix: string, names: readonly TopicName[]): ITopicConfig[] =>
  names.map((name) => {
    const definition = topicDefinition(name)
    return {
      topic: ownTopic(prefix, name),
      numPartitions: partitionsOf(definition, SIZES),
      replicationFactor: 1,
      configEntries: Object.entries(topicConfig(definition, SIZES)).map(([key, value]) => ({
        name: key,
        value,
      })),
    }
  })

/** The processor over the prefixed topics; its logic knows nothing of them. */
export function onOwnTopics(prefix: string, definition: ProcessorDefinition): ProcessorDefinition {
  const theirs = (topic: string): string => topic.slice(prefix.length + 1)
  const renamed = (output: Output): Output => ({
    send: (topic, key, value, partition) => output.send(ownTopic(prefix, topic), key, value, partition),
    isFull: (topic) => output.isFull(ownTopic(prefix, topic)),
    count: (outcome) => output.count(outcome),
  })
  const createLogic = (): TaskLogic => {
    const logic = definition.createLogic()
    const process = logic.process.bind(logic)
    const restore = logic.restore.bind(logic)
    logic.process = (record, store, output) => process(record, store, renamed(output))
    logic.restore = (topic, records, store, settled) => restore(theirs(topic), records, store, settled)
    return logic
  }
  return {
    ...definition,
    inputTopic: ownTopic(prefix, definition.inputTopic),
    deadLetterTopic: ownTopic(prefix, definition.deadLetterTopic),
    positionTopic: ownTopic(prefix, definition.positionTopic),
    changelogTopics: definition.changelogTopics.map((topic) => ownTopic(prefix, topic)),
    createLogic,
    prepare: (topic, records) => definition.prepare(theirs(topic), records),
  }
}

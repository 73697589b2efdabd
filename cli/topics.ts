/** `topics`: brings Kafka and the schema registry into the form that the catalogue asks for, and checks it. */
import type { Command } from 'commander'
import { topicConfig, topicDefinition, LOCAL_SIZES, TOPIC_NAMES } from '../topics/catalogue.ts'
import { printLine } from './output.ts'

export function register(program: Command): void {
  const topics = program.command('topics').description('topics and schemas, from the catalogue')
  topics
    .command('list')
    .description('name each topic with its Kafka configuration')
    .action(() => {
      for (const name of TOPIC_NAMES)
        printLine(`${name} ${JSON.stringify(topicConfig(topicDefinition(name), LOCAL_SIZES))}`)
    })
}

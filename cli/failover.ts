/** `failover`: what a mirror of the topics needs before processors may start on it. */
import type { Command } from 'commander'
import { commonConfig, readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import { positionRecord } from '../streams/runtime/position-record.ts'
import type { OutgoingRecord, StreamsBroker } from '../streams/runtime/port.ts'
import { endsOf } from '../streams/runtime/read-log.ts'
import type { Ends } from '../streams/runtime/read-log.ts'
import type { TopicName } from '../topics/catalogue.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { CliError, EXIT } from './errors.ts'
import { printTable } from './output.ts'

/** The same for everybody, so that two who do it at once fence each other. */
const TRANSACTIONAL_ID = 'stakestream.failover'

type PositionTopic = Extract<TopicName, `${string}position`>

interface Tasks {
  processor: string
  inputTopic: TopicName
}

/** The tasks whose positions the mirror leaves out, by the topic of these: all that the catalogue has. */
const TASKS: Readonly<Record<PositionTopic, Tasks>> = {
  'wallet.position': { processor: 'wallet', inputTopic: 'wallet.command' },
  'partner.position': { processor: 'partners', inputTopic: 'partner.command' },
  'aml.position': { processor: 'aml', inputTopic: 'wallet.transaction.created' },
  'aml.alert-position': { processor: 'aml-alerts', inputTopic: 'aml.command' },
  'settlement.position': { processor: 'settlement', inputTopic: 'settlement.command' },
  'game.position': { processor: 'games', inputTopic: 'game.command' },
}

const isPositionTopic = (topic: string): topic is PositionTopic => Object.hasOwn(TASKS, topic)
const POSITION_TOPICS: readonly PositionTopic[] = Object.keys(TASKS).filter(isPositionTopic)

/** Positions that are there are those of tasks that have run here: they are right, and nobody else's to write. */
async function refuseWhereTasksRan(broker: StreamsBroker): Promise<void> {
  for (const positionTopic of POSITION_TOPICS) {
    const { processor } = TASKS[positionTopic]
    const ends = await endsOf(broker, positionTopic)
    if (ends.every((end) => end === 0)) continue
    throw new CliError(
      EXIT.failed,
      'NOT_A_NEW_MIRROR',
      `${positionTopic} is not empty: ${processor} has run on this cluster, or the topic was mirrored`,
      'a cluster that was in use needs no positions; a mirror must leave out the topics of positions',
    )
  }
}

/** Everything that the mirror holds counts as processed. All positions are one transaction. Answers them by processor. */
async function writePositions(broker: StreamsBroker, registryUrl: string): Promise<[Tasks, Ends][]> {
  const source = registrySource({ url: registryUrl })
  const written: [Tasks, Ends][] = []
  const records = new Map<string, OutgoingRecord[]>()
  for (const positionTopic of POSITION_TOPICS) {
    const tasks = TASKS[positionTopic]
    const { processor, inputTopic } = tasks
    const codec = await createCodec(positionTopic, source)
    const ends = await endsOf(broker, inputTopic)
    const own = ends.map((nextOffset, partition): OutgoingRecord => {
      const place = { processor, inputTopic, partition, nextOffset, owedFrom: null, atMs: Date.now() }
      return { partition, ...positionRecord(place, codec) }
    })
    records.set(positionTopic, own)
    written.push([tasks, ends])
  }
  const producer = broker.transactionalProducer(TRANSACTIONAL_ID)
  try {
    await producer.fence()
    await producer.send(records)
    await producer.commit()
  } finally {
    await producer.discard()
  }
  return written
}

async function positions(): Promise<void> {
  const config = readConfig(commonConfig)
  const log = createLogger('cli', 'silent')
  const broker = await connectKafkajs({ ...kafkaConnection(config), clientId: 'stakestream-failover', log })
  try {
    await refuseWhereTasksRan(broker)
    const written = await writePositions(broker, config.SCHEMA_REGISTRY_URL)
    printTable(
      ['processor', 'reads', 'goes on from'],
      written.map(([{ processor, inputTopic }, ends]) => [processor, inputTopic, ends.join(' ')]),
    )
  } finally {
    await broker.close()
  }
}

export function register(program: Command): void {
  const failover = program.command('failover').description('make a mirror of the topics fit for processors')
  failover
    .command('positions')
    .description(
      'lay down that all commands on this cluster are processed. For a mirror whose source was drained before it was left, before\n' +
        'any processor has started on it: docs/disaster-recovery.md',
    )
    .action(positions)
}

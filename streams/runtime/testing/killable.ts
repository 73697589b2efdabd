/** The process of a `KillableRig`: `node main.ts PREFIX STATE_DIR`. */
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { brokersFromEnvironment } from '../../../tests/support/environment.ts'
import { connectKafkajs } from '../kafkajs-port.ts'
import { createRuntimeMetrics } from '../metrics.ts'
import { ProcessorHost } from '../processor-host.ts'
import type { ProcessorDefinition } from '../processor.ts'
import { TaskStore } from '../store.ts'
import { onOwnTopics } from './own-topics.ts'

/** How long the group waits for a member that was killed, in milliseconds; the local broker allows this little. */
const SESSION_TIMEOUT_MS = 1_500

/** Runs a processor on topics of its own until it is killed; rejects where it crashes. */
export async function runKillable(theirs: ProcessorDefinition): Promise<void> {
  const [prefix = '', stateDir = ''] = process.argv.slice(2)
  const logger = pino({ level: 'warn' })
  const broker = await connectKafkajs(
    { brokers: brokersFromEnvironment(), clientId: prefix, log: logger },
    SESSION_TIMEOUT_MS,
  )
  const definition = onOwnTopics(prefix, theirs)
  const host = new ProcessorHost({
    app: prefix,
    definition,
    openStore: TaskStore.opener(stateDir, definition.name, {
      version: definition.storeVersion,
      clusterId: 'test',
    }),
    standby: false,
    broker,
    metrics: createRuntimeMetrics(new Registry()),
    logger,
  })
  await host.start()
  await host.crashed
}

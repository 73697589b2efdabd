/** A process of the processor on topics of its own, for a test to kill: `node main.ts PREFIX STATE_DIR`. */
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { brokersFromEnvironment, required } from '../../../tests/support/environment.ts'
import { connectKafkajs } from '../../runtime/kafkajs-port.ts'
import { createRuntimeMetrics } from '../../runtime/metrics.ts'
import { ProcessorHost } from '../../runtime/processor-host.ts'
import { TaskStore } from '../../runtime/store.ts'
import { ownProcessor, stackCodecs } from './own-topics.ts'

/** How long the group waits for a member that was killed, in milliseconds; the local broker allows this little. */
const SESSION_TIMEOUT_MS = 1_500

const [prefix = '', stateDir = ''] = process.argv.slice(2)
const logger = pino({ level: 'warn' })
const broker = await connectKafkajs(
  { brokers: brokersFromEnvironment(), clientId: prefix, log: logger },
  SESSION_TIMEOUT_MS,
)
const definition = ownProcessor(prefix, await stackCodecs(required('SCHEMA_REGISTRY_URL')))
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

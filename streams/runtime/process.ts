/** The process of a processor: broker, host, admin server and orderly stop, the same for every one. */
import { hostname } from 'node:os'
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { startAdminServer } from '../../service/admin-server.ts'
import { commonConfig, positiveInt } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import type { Logger } from '../../service/logger.ts'
import { openTracing } from '../../service/open-tracing.ts'
import { onShutdown } from '../../service/shutdown.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { connectKafkajs } from './kafkajs-port.ts'
import { SESSION_TIMEOUT_MS_DEFAULT } from './limits.ts'
import { createRuntimeMetrics } from './metrics.ts'
import type { StreamsBroker } from './port.ts'
import { ProcessorHost } from './processor-host.ts'
import type { ProcessorDefinition } from './processor.ts'
import { TaskStore } from './store.ts'

/** What every processor reads from the environment. */
export const processorConfig = commonConfig.extend({
  /** Prefix of consumer groups and transactional ids; the same in all instances of an installation. */
  APP_NAME: z.string().min(1).default('stakestream'),
  /** Folder of the local stores. Two processes that run at once need two. */
  STATE_DIR: z.string().min(1).default('.local/data/state'),
  /** Names this process among its siblings; unique while it runs. */
  INSTANCE_ID: z
    .string()
    .min(1)
    .default(() => `${hostname()}-${process.pid}`),
  /** Silence after which this instance's partitions go to another, in milliseconds. */
  SESSION_TIMEOUT_MS: positiveInt.default(SESSION_TIMEOUT_MS_DEFAULT),
  /** Keep a warm copy of the partitions that another instance processes. */
  STANDBY: z.stringbool().default(false),
})

export interface ProcessorProcessOptions {
  /** Names the process to Kafka and in the log. */
  name: string
  config: z.output<typeof processorConfig>
  adminPort: number
  logger: Logger
  /** Makes the definition once the schemas can be looked up. */
  define: (source: SchemaSource, broker: StreamsBroker) => Promise<ProcessorDefinition>
  /** Lets go of what `define` has opened; called once the tasks have ended. */
  close?: () => Promise<void>
}

/** Runs a processor until it is told to stop. Rejects when it can't go on by itself. */
export async function runProcessor(options: ProcessorProcessOptions): Promise<void> {
  const { name, config, logger } = options
  const tracing = await openTracing({ service: name, config, logger })
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL, register: false })
  const broker = await connectKafkajs(
    { ...kafkaConnection(config), clientId: `${name}-${config.INSTANCE_ID}`, log: logger },
    config.SESSION_TIMEOUT_MS,
  )
  const definition = await options.define(source, broker)
  const registry = new Registry()
  const host = new ProcessorHost({
    app: config.APP_NAME,
    definition,
    openStore: TaskStore.opener(config.STATE_DIR, definition.name, {
      version: definition.storeVersion,
      clusterId: await broker.clusterId(),
    }),
    standby: config.STANDBY,
    broker,
    metrics: createRuntimeMetrics(registry),
    tracing,
    logger,
  })
  const server = await startAdminServer({
    port: options.adminPort,
    registry,
    readiness: () => host.readiness(),
    logger,
  })
  onShutdown(logger, async () => {
    await host.stop()
    await options.close?.()
    await broker.close()
    await tracing?.close()
    server.close()
  })
  await host.start()
  logger.info(`${name} processor started`)
  await host.crashed
}

/** The process of a sink: reader, writer, dead letters, admin server and orderly stop, the same for every store. */
import { hostname } from 'node:os'
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { startAdminServer } from '../../service/admin-server.ts'
import type { Readiness } from '../../service/admin-server.ts'
import { commonConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import type { Logger } from '../../service/logger.ts'
import { openTracing } from '../../service/open-tracing.ts'
import { onShutdown } from '../../service/shutdown.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createSinkMetrics } from './metrics.ts'
import { SinkReader } from './reader.ts'
import type { ReaderOptions, ReaderStatus } from './reader.ts'
import type { SinkSources } from './sources.ts'
import type { AnySourceName, SinkStore } from './types.ts'
import { createWriter } from './writer.ts'
import type { WriterHealth } from './writer.ts'

/** What every sink reads from the environment. */
export const sinkConfig = commonConfig.extend({
  /** Prefix of the consumer group; the same in all instances of an installation. */
  APP_NAME: z.string().min(1).default('stakestream'),
  /** Names this process among its siblings. */
  INSTANCE_ID: z
    .string()
    .min(1)
    .default(() => `${hostname()}-${process.pid}`),
})

export interface SinkProcessOptions<N extends AnySourceName> {
  /** `sink-<store>`: the consumer group, the metrics' label, the `processor` of dead letters. */
  name: string
  config: z.output<typeof sinkConfig>
  adminPort: number
  /** Opens the topics that this sink reads. */
  openSources(schemas: SchemaSource): Promise<SinkSources<N>>
  store: SinkStore<N>
  logger: Logger
  /** Where the store counts too. Default: a registry of the sink's own. */
  registry?: Registry
  reading: Pick<ReaderOptions<N>, 'fetchWaitMs' | 'fetchBytesMin' | 'batchRecordsMax' | 'bytes'>
}

/** What readiness says of a sink: it is ready while its positions are known and its attempts to write succeed. */
export function readinessOf(status: ReaderStatus, health: WriterHealth): Readiness {
  const { positioned, partitions, lagRecords, lags } = status
  const failing = health.failingSinceMs !== undefined
  return {
    ready: positioned && !failing,
    parts: {
      reader: { positioned, partitions },
      lag: { records: lagRecords, partitions: lags },
      store: {
        available: !failing,
        failing_since: failing ? new Date(health.failingSinceMs ?? 0).toISOString() : null,
        last_error: health.lastError ?? null,
        last_write_at: health.lastWriteMs === undefined ? null : new Date(health.lastWriteMs).toISOString(),
      },
    },
  }
}

/** Runs a sink until it is told to stop. Rejects when the sink can't go on by itself. */
export async function runSink<N extends AnySourceName>({
  name,
  config,
  adminPort,
  openSources,
  store,
  logger,
  registry = new Registry(),
  reading,
}: SinkProcessOptions<N>): Promise<void> {
  const tracing = await openTracing({ service: name, config, logger })
  const kafka = createKafka({
    ...kafkaConnection(config),
    clientId: `${name}-${config.INSTANCE_ID}`,
    log: logger,
  })
  const { names, codecs, letters } = await openSources(registrySource({ url: config.SCHEMA_REGISTRY_URL }))
  const metrics = createSinkMetrics(registry, name)
  const deadLetters = createDeadLetters({ kafka, sink: name, targets: letters })
  const writer = createWriter({ store, codecs, deadLetters, metrics, logger, tracing })
  const sources: ReadonlyMap<string, N> = new Map(names.map((source) => [source, source]))
  const groupId = `${config.APP_NAME}.${name}`
  const reader = new SinkReader({ kafka, groupId, sources, store, writer, metrics, logger, ...reading })
  const server = await startAdminServer({
    port: adminPort,
    registry,
    readiness: () => readinessOf(reader.status(), writer.health()),
    logger,
  })
  onShutdown(logger, async () => {
    await reader.stop()
    await deadLetters.close()
    await store.close()
    await tracing?.close()
    server.close()
  })
  reader.start()
  logger.info({ groupId, adminPort }, 'sink started')
  await reader.failed
}

/** The process of a sink: reader, writer, dead letters, admin server and orderly stop, the same for every store. */
import { hostname } from 'node:os'
import { Registry } from '@prometheus-io/client'
import { z } from 'zod'
import { startAdminServer } from '../../service/admin-server.ts'
import type { Readiness } from '../../service/admin-server.ts'
import { commonConfig } from '../../service/config.ts'
import type { Logger } from '../../service/logger.ts'
import { onShutdown } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { createDeadLetters } from './dead-letters.ts'
import { createSinkMetrics } from './metrics.ts'
import { SinkReader } from './reader.ts'
import type { ReaderOptions, ReaderStatus } from './reader.ts'
import type { SinkStore, SourceName } from './types.ts'
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

export interface SinkProcessOptions {
  /** `sink-<store>`: the consumer group, the metrics' label, the `processor` of dead letters. */
  name: string
  config: z.output<typeof sinkConfig>
  adminPort: number
  store: SinkStore
  logger: Logger
  reading: Pick<ReaderOptions, 'fetchWaitMs' | 'fetchBytesMin' | 'batchRecordsMax'>
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
export async function runSink({
  name,
  config,
  adminPort,
  store,
  logger,
  reading,
}: SinkProcessOptions): Promise<void> {
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const kafka = createKafka({
    brokers: config.KAFKA_BROKERS,
    clientId: `${name}-${config.INSTANCE_ID}`,
    log: logger,
  })
  const [transaction, balance, transactionLetter, balanceLetter] = await Promise.all([
    createCodec('wallet.transaction.created', source),
    createCodec('wallet.balance', source),
    createCodec('wallet.transaction.created.dlq', source),
    createCodec('wallet.balance.dlq', source),
  ])
  const registry = new Registry()
  const metrics = createSinkMetrics(registry, name)
  const deadLetters = createDeadLetters({
    kafka,
    sink: name,
    targets: {
      'wallet.transaction.created': { topic: 'wallet.transaction.created.dlq', codec: transactionLetter },
      'wallet.balance': { topic: 'wallet.balance.dlq', codec: balanceLetter },
    },
  })
  const codecs = { 'wallet.transaction.created': transaction, 'wallet.balance': balance }
  const writer = createWriter({ store, codecs, deadLetters, metrics, logger })
  const sources: ReadonlyMap<string, SourceName> = new Map([
    ['wallet.transaction.created', 'wallet.transaction.created'],
    ['wallet.balance', 'wallet.balance'],
  ])
  const groupId = `${config.APP_NAME}.${name}`
  const reader = new SinkReader({ kafka, groupId, sources, store, writer, metrics, logger, ...reading })
  const server = await startAdminServer({
    port: adminPort,
    registry,
    readiness: () => readinessOf(reader.status(), writer.health()),
  })
  onShutdown(logger, async () => {
    await reader.stop()
    await deadLetters.close()
    await store.close()
    server.close()
  })
  reader.start()
  logger.info({ groupId, adminPort }, 'sink started')
  await reader.failed
}

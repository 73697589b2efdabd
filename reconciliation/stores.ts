/** The three stores that are compared. */
import { z } from 'zod'
import { clickhouseConfig } from '../service/clickhouse.ts'
import { commonConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import type { Logger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { openClickhouse } from './clickhouse.ts'
import type { ClickhouseStore } from './clickhouse.ts'
import { BALANCES, LOG } from './kafka.ts'
import type { KafkaCodecs } from './kafka.ts'
import { openPostgres } from './postgres.ts'
import type { PostgresStore } from './postgres.ts'

export const storesConfig = commonConfig.extend({
  DATABASE_URL: z.string().default('postgres://stakestream@127.0.0.1:5432/stakestream'),
  ...clickhouseConfig.shape,
})

export interface Stores {
  broker: StreamsBroker
  codecs: KafkaCodecs
  postgres: PostgresStore
  clickhouse: ClickhouseStore
}

type StoresConfig = z.output<typeof storesConfig>

/** Opens all three stores. */
export async function openStores(
  config: StoresConfig,
  log: Logger,
): Promise<{ stores: Stores; close: () => Promise<void> }> {
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const [transaction, balance] = await Promise.all([createCodec(LOG, source), createCodec(BALANCES, source)])
  const broker = await connectKafkajs({
    ...kafkaConnection(config),
    clientId: 'stakestream-reconcile',
    log,
  })
  const postgres = openPostgres(config.DATABASE_URL)
  const clickhouse = openClickhouse(config.CLICKHOUSE_URL, config.CLICKHOUSE_DATABASE)
  return {
    stores: { broker, codecs: { transaction, balance }, postgres, clickhouse },
    close: async () => {
      await Promise.all([broker.close(), postgres.close(), clickhouse.close()])
    },
  }
}

/** Opens all three stores for the time of `use`. */
export async function withStores<T>(
  config: StoresConfig,
  log: Logger,
  use: (stores: Stores) => Promise<T>,
): Promise<T> {
  const { stores, close } = await openStores(config, log)
  try {
    return await use(stores)
  } finally {
    await close()
  }
}

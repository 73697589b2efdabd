/** The process that counts and schedules settlements: `node sinks/settlement/main.ts`. */
import { Registry } from '@prometheus-io/client'
import { startAdminServer } from '../../service/admin-server.ts'
import { clickhouseConfig, connectClickhouse } from '../../service/clickhouse.ts'
import { readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { createLogger } from '../../service/logger.ts'
import { onShutdown, runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { FollowerOptions } from '../../topics/follower.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { holdsRecords } from '../../topics/tail.ts'
import { tableReader } from '../../topics/table-reader.ts'
import { sinkConfig } from '../runtime/process.ts'
import { SettlementBook } from './book.ts'
import { QUERY_TIMEOUT_MS, SESSION_MS, TAIL_MS } from './limits.ts'
import { startWorker } from './worker.ts'

const NAME = 'settlement-worker'
const DEFAULT_ADMIN_PORT = 8182
const COMMANDS = 'settlement.command'
const LOG = 'wallet.transaction.created'

const config = readConfig(sinkConfig.extend(clickhouseConfig.shape))
const logger = createLogger(NAME, config.LOG_LEVEL)

runMain(logger, async () => {
  const clientId = `${NAME}-${config.INSTANCE_ID}`
  const kafka = createKafka({ ...kafkaConnection(config), clientId, log: logger })
  const schemas = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const [command, run, terms, partner] = await Promise.all([
    createCodec(COMMANDS, schemas),
    createCodec('settlement.updated', schemas),
    createCodec('settlement.terms.updated', schemas),
    createCodec('partner.profile.updated', schemas),
  ])
  const groupId = `${config.APP_NAME}.${clientId}`
  const book = new SettlementBook()
  const readers: Record<string, FollowerOptions['onRecord']> = {
    'settlement.updated': tableReader(run, ({ data }) => book.layRun(data), logger),
    'settlement.terms.updated': tableReader(terms, ({ data }) => book.layTerms(data), logger),
    'partner.profile.updated': tableReader(partner, ({ data }) => book.layPartner(data), logger),
  }
  const follower = createFollower({
    kafka,
    groupId,
    topics: {
      'settlement.updated': 'beginning',
      'settlement.terms.updated': 'beginning',
      'partner.profile.updated': 'beginning',
    },
    sessionTimeoutMs: SESSION_MS,
    onRecord: (topic, value, key) => readers[topic]?.(topic, value, key),
    log: logger,
  })
  const admin = kafka.admin()
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false })
  await Promise.all([admin.connect(), producer.connect(), follower.start()])
  await follower.catchUp()
  const client = connectClickhouse({
    url: config.CLICKHOUSE_URL,
    database: config.CLICKHOUSE_DATABASE,
    requestTimeoutMs: QUERY_TIMEOUT_MS,
  })
  const worker = startWorker({
    client,
    book,
    caughtUp: follower.catchUp,
    logEnds: async () => {
      const ends = await admin.fetchTopicOffsets(LOG)
      return new Map(ends.map(({ partition, offset }) => [partition, Number(offset)]))
    },
    holdsRecords: (from, to) =>
      holdsRecords(
        { kafka, topic: LOG, groupId: `${groupId}.tail`, sessionTimeoutMs: SESSION_MS, timeoutMs: TAIL_MS },
        [...to].map(([partition, end]) => ({ partition, from: from.get(partition) ?? 0, to: end })),
      ),
    send: async (sent) => {
      const message = { key: sent.data.partner_id, value: command.encode(sent) }
      await producer.send({ topic: COMMANDS, acks: -1, messages: [message] })
    },
    nowMs: Date.now,
    logger,
  })
  const server = await startAdminServer({
    port: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    registry: new Registry(),
    readiness: () => ({
      ready: follower.caughtUp() && worker.failing() === null,
      parts: { log: follower.caughtUp(), failing: worker.failing() },
    }),
    logger,
  })
  logger.info('settlement worker started')
  onShutdown(logger, async () => {
    await worker.stop()
    await Promise.all([follower.stop(), producer.disconnect(), admin.disconnect(), client.close()])
    server.close()
  })
})

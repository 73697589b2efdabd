/** Tries rules on what has happened, from the log. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { AmlRules as AmlRulesVersion } from '../../avro/types.ts'
import type { AmlRules } from '../../domain/aml/rules.ts'
import { commonConfig, readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { createLogger } from '../../service/logger.ts'
import { RuleBook } from '../../topics/rule-book.ts'
import { STORE_VERSION } from '../../streams/aml/state-codec.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { TaskStore } from '../../streams/runtime/store.ts'
import { createCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { endsOf, readToEnd } from '../../streams/runtime/read-log.ts'
import type { ReadProgress } from '../../streams/runtime/read-log.ts'
import { formatCount, startProgress } from '../replay/progress.ts'
import { Comparison } from './comparison.ts'
import type { Detection, TypeComparison } from './comparison.ts'
import type { Labels } from './labels.ts'
import { readOutcomes } from './outcomes.ts'
import type { Outcome } from './outcomes.ts'
import { Replayed, warmUpFrom } from './replayed.ts'
import type { ReplayedOptions } from './replayed.ts'

const TRANSACTIONS = 'wallet.transaction.created'
const RULES = 'aml.rules.updated'

const backtestConfig = commonConfig.extend({
  DATABASE_URL: z.string().default('postgres://stakestream@127.0.0.1:5432/stakestream'),
})

export interface BacktestOptions {
  candidate: AmlRules
  /** Event times that are compared, from and up to but not at; epoch milliseconds. */
  fromMs: number
  toMs: number
  partnerId: string | undefined
  labels: Labels
  /** Transactions that are named per type, added and dropped each. */
  idsMax: number
  showProgress: boolean
  /** Ends the replay where it is. */
  signal: AbortSignal
}

export interface BacktestResult {
  /** False where it was stopped: then the figures are of what had been read. */
  complete: boolean
  from: string
  to: string
  warm_up_from: string
  partner_id: string | null
  warm_up_transactions: number
  transactions: number
  /** Transactions that were compared by each version of the rules that were in force. */
  rules_in_force: Record<string, number>
  types: TypeComparison[]
  labels: { players: number; in_force: Detection; candidate: Detection } | null
  /** What became of the alerts that were raised in this time. */
  outcomes: Outcome[]
}

/** All versions of the rules that the log has. Throws where one can't be read. */
async function readRules(
  broker: StreamsBroker,
  codec: Parameters<typeof readToEnd<typeof RULES>>[2],
): Promise<RuleBook> {
  const versions: AmlRulesVersion[] = []
  await readToEnd(broker, RULES, codec, { ends: await endsOf(broker, RULES) }, ({ data }) =>
    versions.push(data),
  )
  const book = new RuleBook()
  for (const version of versions) book.learn(version)
  return book
}

/** A store for the time of `use`: what is remembered of all players need not fit into memory. */
async function withStore<T>(
  clusterId: string,
  use: (store: ReplayedOptions['store']) => Promise<T>,
): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'stakestream-backtest-'))
  const store = TaskStore.open({ path: join(path, 'store'), version: STORE_VERSION, clusterId })
  try {
    return await use({
      get: (key) => store.get(key),
      range: (from, to) => store.range(from, to),
      put: (key, value) => store.put(key, value),
      delete: (key) => store.delete(key),
      onCommit: (write) => store.onCommit(write),
      commit: () => store.commit({ changelog: {} }),
    })
  } finally {
    await store.close()
    rmSync(path, { recursive: true, force: true })
  }
}

interface Log {
  broker: StreamsBroker
  codec: Parameters<typeof readToEnd<typeof TRANSACTIONS>>[2]
  book: RuleBook
}

/** Reads the log of transactions once, to its present end. */
async function replayLog(
  { broker, codec, book }: Log,
  { showProgress, signal, ...options }: BacktestOptions,
  comparison: Comparison,
): Promise<Replayed> {
  const ends = await endsOf(broker, TRANSACTIONS)
  return withStore(await broker.clusterId(), async (store) => {
    const replayed = new Replayed({ ...options, book, store, comparison })
    const passed: ReadProgress = { passed: 0, total: 0 }
    const progress = startProgress({
      unit: 'offsets of the log',
      total: ends.reduce((sum, end) => sum + end, 0),
      shown: showProgress,
      read: () => ({
        done: passed.passed,
        remark: `${formatCount(replayed.warmedUp)} before, ${formatCount(comparison.transactions)} compared`,
      }),
    })
    await readToEnd(
      broker,
      TRANSACTIONS,
      codec,
      { ends, signal },
      (event) => replayed.take(event),
      passed,
    ).finally(() => progress.stop())
    return replayed
  })
}

/** Replays the log. Rejects where Kafka, the registry or PostgreSQL are not there. */
export async function backtest(options: BacktestOptions): Promise<BacktestResult> {
  const { fromMs, toMs, partnerId, signal } = options
  const config = readConfig(backtestConfig)
  const outcomes = await readOutcomes(config.DATABASE_URL, options)
  const source = registrySource({ url: config.SCHEMA_REGISTRY_URL })
  const [codec, rulesCodec] = await Promise.all([
    createCodec(TRANSACTIONS, source),
    createCodec(RULES, source),
  ])
  const log = createLogger('backtest', 'silent')
  const broker = await connectKafkajs({
    ...kafkaConnection(config),
    clientId: 'stakestream-backtest',
    log,
  })
  const comparison = new Comparison(options.labels, options.idsMax)
  try {
    const book = await readRules(broker, rulesCodec)
    const replayed = await replayLog({ broker, codec, book }, options, comparison)
    return {
      complete: !signal.aborted,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      warm_up_from: new Date(warmUpFrom(fromMs)).toISOString(),
      partner_id: partnerId ?? null,
      warm_up_transactions: replayed.warmedUp,
      transactions: comparison.transactions,
      rules_in_force: Object.fromEntries(replayed.byVersion),
      types: comparison.types(),
      labels: comparison.detection() ?? null,
      outcomes,
    }
  } finally {
    await broker.close()
  }
}

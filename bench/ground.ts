/** The ground that the jobs run on: a stack of its own, beside any that is up, with fresh topics for each measurement. */
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createClient } from '@clickhouse/client'
import { ConstantBackoff, handleWhen, retry } from 'cockatiel'
import kafkajs from 'kafkajs'
import type { Admin, Kafka } from 'kafkajs'
import pg from 'pg'
import { createLogger } from '../service/logger.ts'
import type { StackEnv } from '../stack/env-file.ts'
import * as runner from '../stack/runner.ts'
import { prepareApps } from '../stack/services/app.ts'
import { dataDirOf, stackFrom } from '../stack/stack.ts'
import type { Stack } from '../stack/stack.ts'
import { waitUntil } from '../stack/wait.ts'
import { applyTopics } from '../topics/apply.ts'
import { TOPIC_NAMES, topicSizes } from '../topics/catalogue.ts'
import type { TopicName } from '../topics/catalogue.ts'
import { connectTopicAdmin } from '../topics/kafka-admin.ts'
import { createKafka } from '../topics/kafka.ts'

/** As in the peers' runs. */
export const PARTITIONS = 4
export const COMMAND_TOPIC = 'wallet.command'
export const WALLET_GROUP = 'stakestream.wallet'
export const AML_GROUP = 'stakestream.aml'
/** Folders of the data in which processors keep their stores. */
const STATES = /^state(-|$)/
const AML_STATES = ['state-aml', 'state-aml-2'] as const
const LOCAL_DIR = '.local/bench'
const DEFAULT_PORT_BASE = '26000'
const TOPIC_DELETION_LIMIT_MS = 30_000

const { KafkaJSError } = kafkajs
/** Right after topics were made a broker may not know yet that it leads, and kafkajs doesn't ask again. */
const untilLed = retry(
  handleWhen((error) => error instanceof KafkaJSError && error.retriable),
  { maxAttempts: 50, backoff: new ConstantBackoff(100) },
)
const GROUP_EMPTY_LIMIT_MS = 30_000

const silent = (): void => undefined

export class Ground {
  readonly stack: Stack
  readonly kafka: Kafka
  readonly admin: Admin
  #env: StackEnv = {}

  constructor() {
    // Every other choice of the user's environment (BROKERS, WALLETS, LOCAL_DIR, PORT_BASE) is about his own stack.
    this.stack = stackFrom({
      STAKESTREAM_CACHE: process.env['STAKESTREAM_CACHE'],
      LOCAL_DIR,
      WALLETS: '2',
      AML_PROCESSORS: '2',
      CLICKHOUSE_SINKS: '2',
      PORT_BASE: process.env['BENCH_PORT_BASE'] ?? DEFAULT_PORT_BASE,
    })
    const brokers = [this.brokers]
    this.kafka = createKafka({ brokers, clientId: 'bench', log: createLogger('bench', 'silent') })
    this.admin = this.kafka.admin()
  }

  get brokers(): string {
    return `127.0.0.1:${this.stack.ports.kafka}`
  }

  /** Addresses, keys and the partner of the stack. */
  value(name: string): string {
    const value = this.#env[name]
    if (value === undefined) throw new Error(`the stack's environment has no ${name}`)
    return value
  }

  /** An empty stack with Kafka and the registry up. */
  async open(): Promise<void> {
    await runner.reset(this.stack, silent)
    await this.up('kafka', 'registry')
    await this.admin.connect()
  }

  /** Stops everything, and deletes the data unless they are to be looked at. */
  async close({ keep }: { keep: boolean }): Promise<void> {
    await this.admin.disconnect()
    if (keep) await runner.down(this.stack, silent)
    else await runner.reset(this.stack, silent)
  }

  /** Starts services by their names in the stack; topics and tables are left as they are. */
  async up(...names: string[]): Promise<void> {
    this.#env = await runner.up(this.stack, names, silent, { prepare: false })
  }

  stop(...names: string[]): Promise<void> {
    return runner.stop(this.stack, names, silent)
  }

  /** SIGKILL. */
  kill(...names: string[]): Promise<void> {
    return runner.kill(this.stack, names, silent)
  }

  /**
   * Makes the tables anew, without a row, and the topics that are missing. PostgreSQL and ClickHouse must be up, and no
   * sink may run: rows and positions of topics that were deleted since would be taken for those of the new ones.
   */
  async prepareTables(): Promise<void> {
    const postgres = new pg.Client({ connectionString: this.value('DATABASE_URL') })
    await postgres.connect()
    await postgres.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public')
    await postgres.end()
    const clickhouse = createClient({ url: this.value('CLICKHOUSE_URL') })
    await clickhouse.command({ query: `DROP DATABASE IF EXISTS ${this.value('CLICKHOUSE_DATABASE')}` })
    await clickhouse.close()
    await prepareApps(this.stack, this.#env)
  }

  /** The pids of those of the stack's processes that run, by name. */
  async pids(): Promise<ReadonlyMap<string, number>> {
    const processes = await runner.status(this.stack)
    return new Map(
      processes.flatMap(({ name, pid, state }) => (pid !== null && state === 'running' ? [[name, pid]] : [])),
    )
  }

  dataDir(name: string): string {
    return dataDirOf(this.stack, name)
  }

  /**
   * Topics as if newly made, and no state: what follows begins at the first command. With `keepCommands` the commands
   * stay, to be processed anew. No processor may run.
   */
  async freshTopics({ keepCommands }: { keepCommands: boolean }): Promise<void> {
    this.wipeState()
    await this.#deleteGroup(WALLET_GROUP)
    await this.#remakeTopics((name) => !(keepCommands && name === COMMAND_TOPIC))
  }

  /** Topics of the AML rules as if newly made, and no state of theirs: what follows begins at the first transaction. */
  async freshAml(): Promise<void> {
    for (const name of AML_STATES) rmSync(this.dataDir(name), { recursive: true, force: true })
    await this.#deleteGroup(AML_GROUP)
    await this.#remakeTopics((name) => name.startsWith('aml.'))
  }

  async #remakeTopics(isStale: (name: TopicName) => boolean): Promise<void> {
    const stale: ReadonlySet<string> = new Set(TOPIC_NAMES.filter(isStale))
    await this.deleteTopics((name) => stale.has(name))
    const admin = await connectTopicAdmin(this.kafka, [this.brokers])
    try {
      await applyTopics({
        admin,
        registryUrl: this.value('SCHEMA_REGISTRY_URL'),
        sizes: topicSizes('local', PARTITIONS),
      })
    } finally {
      await admin.close()
    }
  }

  async deleteTopics(matches: (name: string) => boolean): Promise<void> {
    const existing = async (): Promise<string[]> => (await this.admin.listTopics()).filter(matches)
    const topics = await existing()
    if (topics.length === 0) return
    await this.admin.deleteTopics({ topics })
    if (!(await waitUntil(async () => (await existing()).length === 0, TOPIC_DELETION_LIMIT_MS)))
      throw new Error(`the topics ${topics.join(', ')} are still there`)
  }

  /** A member that was killed keeps its group alive until its session ends. */
  async #deleteGroup(groupId: string): Promise<void> {
    const deleted = await waitUntil(async () => {
      try {
        await this.admin.deleteGroups([groupId])
        return true
      } catch {
        const { groups } = await this.admin.listGroups()
        return !groups.some((group) => group.groupId === groupId)
      }
    }, GROUP_EMPTY_LIMIT_MS)
    if (!deleted) throw new Error(`the group ${groupId} still has members`)
  }

  /** Deletes the local stores of all processors. None may run. */
  wipeState(): void {
    const data = join(this.stack.localDir, 'data')
    if (!existsSync(data)) return
    for (const name of readdirSync(data))
      if (STATES.test(name)) rmSync(join(data, name), { recursive: true, force: true })
  }

  /** Next offsets of a topic's partitions, and their sum: markers included, open transactions not. */
  async endOffsets(topic: TopicName): Promise<ReadonlyMap<number, number>> {
    const offsets = await untilLed.execute(() => this.admin.fetchTopicOffsets(topic))
    return new Map(offsets.map(({ partition, high }) => [partition, Number(high)]))
  }

  /** A folder of the bench that outlives a reset. */
  folder(name: string): string {
    return join(this.stack.localDir, name)
  }
}

/** The stack of the drill: what stands on it, what is destroyed of it, and how it is built up again. */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../../service/config.ts'
import { connectClickhouse } from '../../service/clickhouse.ts'
import { encryptionConfig, openCipher } from '../../service/key-ring.ts'
import { createLogger } from '../../service/logger.ts'
import { envPathOf } from '../../stack/env-file.ts'
import type { StackEnv } from '../../stack/env-file.ts'
import * as runner from '../../stack/runner.ts'
import { prepareApps } from '../../stack/services/app.ts'
import { elsewhereOf } from '../../stack/services/postgres.ts'
import { dataDirOf, makeFolders } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import { runScript } from '../backup/script.ts'
import { pictureClickhouse } from './clickhouse.ts'
import type { FollowedStores } from './followers.ts'
import { dropLocalStores, pictureLocalStores } from './local-stores.ts'
import type { Picture } from './picture.ts'
import { dropDatabase, picturePostgres } from './postgres.ts'

type Note = (line: string) => void

const silent = (): void => undefined
const CLICKHOUSE_TIMEOUT_MS = 120_000
/** The stores that are made of the log. Redis holds caches, counters and sessions alone. */
const DERIVED = ['postgres', 'clickhouse', 'redis']
/** Bets need no others. */
const PROCESSORS = ['wallet', 'partners', 'aml', 'aml-alerts', 'settlement', 'games']

const valueOf = (env: StackEnv, name: string): string => {
  const value = env[name]
  if (value === undefined) throw new Error(`the stack's environment has no ${name}`)
  return value
}

export class Site {
  readonly #stack: Stack
  readonly #note: Note
  #env: StackEnv = {}

  constructor(stack: Stack, note: Note) {
    this.#stack = stack
    this.#note = note
  }

  /** An empty stack with all of it up; its addresses are this process's environment too. */
  async open(): Promise<void> {
    await runner.reset(this.#stack, silent)
    this.#env = await runner.up(this.#stack, ['all'], this.#note)
    this.enter()
  }

  /**
   * Another site that waits for the first one's log: Kafka, the first one's schemas under their ids, and its secrets. Topics
   * are there, and empty.
   */
  async standBy(first: Site, schemas: string): Promise<void> {
    await runner.reset(this.#stack, silent)
    makeFolders(this.#stack)
    copyFileSync(envPathOf(first.#stack), envPathOf(this.#stack))
    this.#env = await runner.up(this.#stack, ['kafka', 'registry'], this.#note, { prepare: false })
    runScript('registry-import.sh', [schemas], this.#env)
  }

  /** Everything stops, as in a region that is lost; the data stay where they are, and nobody reads them. */
  async leave(): Promise<void> {
    await runner.down(this.#stack, silent)
  }

  /** This process's own tools work on this site from now on. */
  enter(): void {
    Object.assign(process.env, this.#env)
  }

  /** Environment of what runs beside the stack. */
  get env(): StackEnv {
    return this.#env
  }

  /** Stops everything, and deletes the data unless they are to be looked at. */
  close({ keep }: { keep: boolean }): Promise<void> {
    return keep ? runner.down(this.#stack, silent) : runner.reset(this.#stack, silent)
  }

  value(name: string): string {
    return valueOf(this.#env, name)
  }

  /** Opens what says how far the sinks are, for the time of `use`. */
  async following<T>(use: (stores: FollowedStores) => Promise<T>): Promise<T> {
    const broker = await connectKafkajs({
      brokers: this.value('KAFKA_BROKERS').split(','),
      clientId: 'stakestream-drill',
      log: createLogger('drill', 'silent'),
    })
    const clickhouse = this.#clickhouse()
    try {
      return await use({ broker, databaseUrl: this.value('DATABASE_URL'), clickhouse })
    } finally {
      await Promise.all([broker.close(), clickhouse.close()])
    }
  }

  #clickhouse() {
    return connectClickhouse({
      url: this.value('CLICKHOUSE_URL'),
      database: this.value('CLICKHOUSE_DATABASE'),
      requestTimeoutMs: CLICKHOUSE_TIMEOUT_MS,
    })
  }

  /** Stops all who write to the log, so that it ends where it is; the sinks go on. */
  stopWriters(): Promise<void> {
    const writers = ['api', 'game-sandbox', 'screening', 'settlement-worker', 'games-worker', ...PROCESSORS]
    return runner.stop(this.#stack, writers, silent)
  }

  /** What all stores hold, once every process of the product has been stopped; places in the log where they are to be the same. */
  async picture({ withOffsets }: { withOffsets: boolean }): Promise<Picture[]> {
    await runner.stop(this.#stack, ['app'], silent)
    const logger = createLogger('drill', 'silent')
    const cipher = await openCipher(readConfig(encryptionConfig), logger)
    const clickhouse = this.#clickhouse()
    try {
      return [
        ...(await picturePostgres(this.value('DATABASE_URL'), { cipher, withOffsets })),
        ...(await pictureClickhouse(clickhouse, withOffsets)),
        ...(await pictureLocalStores(join(this.#stack.localDir, 'data'))),
      ]
    } finally {
      cipher.close()
      await clickhouse.close()
    }
  }

  /** All that was made of the log, gone for good: the database and its folder, ClickHouse's, Redis's, and the local stores. */
  async destroy(): Promise<void> {
    await dropDatabase(this.value('DATABASE_URL'))
    await runner.stop(this.#stack, DERIVED, silent)
    for (const name of DERIVED) rmSync(dataDirOf(this.#stack, name), { recursive: true, force: true })
    // Where the server can't reach the checkout, its data lie here.
    rmSync(elsewhereOf(this.#stack), { recursive: true, force: true })
    dropLocalStores(join(this.#stack.localDir, 'data'))
  }

  /** Starts processes as they are, without making or introducing anything. */
  async #start(names: readonly string[]): Promise<void> {
    await runner.up(this.#stack, names, this.#note, { prepare: false })
  }

  /** The processors restore their stores; then bets can be taken. */
  async startProcessors(): Promise<void> {
    await this.#start([...PROCESSORS, 'games-worker', 'game-sandbox', 'api'])
  }

  /** Empty databases with their tables. */
  async startDatabases(): Promise<void> {
    await this.#start(DERIVED)
    await prepareApps(this.#stack, this.#env)
  }

  async startSinks(): Promise<void> {
    await this.#start(['app'])
  }
}

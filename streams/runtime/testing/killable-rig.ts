/** A processor of one partition on a real broker, as a process that a test kills and starts anew on an empty disk. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Admin } from 'kafkajs'
import { pino } from 'pino'
import { brokersFromEnvironment } from '../../../tests/support/environment.ts'
import type { TopicName } from '../../../topics/catalogue.ts'
import { createKafka } from '../../../topics/kafka.ts'
import { connectKafkajs } from '../kafkajs-port.ts'
import type { LogReader, StreamsBroker } from '../port.ts'
import { TaskStore } from '../store.ts'
import { ownTopic, ownTopics } from './own-topics.ts'

export interface KillableOptions {
  /** Of the processor. */
  name: string
  storeVersion: number
  /** The file that runs it by `runKillable`. */
  entry: string
  /** Every topic that it reads or writes. */
  topics: readonly TopicName[]
}

export class KillableRig {
  readonly #options: KillableOptions
  readonly #prefix: string
  readonly #folder: string
  readonly #admin: Admin
  readonly #broker: StreamsBroker
  readonly #reader: LogReader
  #child: ChildProcess | undefined

  private constructor(
    options: KillableOptions,
    parts: { prefix: string; admin: Admin; broker: StreamsBroker; reader: LogReader },
  ) {
    this.#options = options
    this.#prefix = parts.prefix
    this.#admin = parts.admin
    this.#broker = parts.broker
    this.#reader = parts.reader
    this.#folder = mkdtempSync(join(tmpdir(), `stakestream-${options.name}-`))
  }

  /** Makes the topics. `hear` is told of every committed value of a topic from then on. */
  static async open(
    options: KillableOptions,
    hear: Readonly<Partial<Record<TopicName, (value: Buffer) => void>>>,
  ): Promise<KillableRig> {
    const prefix = `${options.name}-${randomUUID().slice(0, 8)}`
    const kafkaOptions = {
      brokers: brokersFromEnvironment(),
      clientId: prefix,
      log: pino({ level: 'silent' }),
    }
    const admin = createKafka(kafkaOptions).admin()
    await admin.connect()
    await admin.createTopics({ topics: ownTopics(prefix, options.topics) })
    const broker = await connectKafkajs(kafkaOptions)
    const reader = broker.logReader(Object.keys(hear).map((topic) => ownTopic(prefix, topic)))
    await reader.start((error) => {
      throw error
    })
    for (const [topic, heard] of Object.entries(hear))
      reader.follow({ topic: ownTopic(prefix, topic), partition: 0 }, 0, ({ records }) => {
        for (const { value } of records) if (value !== null) heard(value)
        return Promise.resolve()
      })
    return new KillableRig(options, { prefix, admin, broker, reader })
  }

  /** Starts the processor on the empty folder of this name. */
  start(folder: string): void {
    this.#child = spawn(
      process.execPath,
      ['--no-warnings', this.#options.entry, this.#prefix, join(this.#folder, folder)],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    )
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  send(topic: TopicName, records: readonly { key: string; value: Buffer }[]): Promise<void> {
    return this.#broker.send(ownTopic(this.#prefix, topic), records)
  }

  /** What a processor that is gone has left in its store, values in hex. */
  async storeOf(folder: string): Promise<Map<string, string>> {
    const { name, storeVersion: version } = this.#options
    const store = TaskStore.opener(join(this.#folder, folder), name, { version, clusterId: 'test' })(0)
    const kept = new Map([...store.range('a', 'z')].map(({ key, value }) => [key, value.toString('hex')]))
    await store.close()
    return kept
  }

  async close(): Promise<void> {
    await this.kill()
    await this.#reader.stop()
    await this.#broker.close()
    await this.#admin.deleteTopics({
      topics: ownTopics(this.#prefix, this.#options.topics).map(({ topic }) => topic),
    })
    await this.#admin.disconnect()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

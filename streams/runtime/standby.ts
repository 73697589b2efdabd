/** A warm copy of a task's store: it tails the changelog, so that taking over means to read a few records. */
import type { RuntimeMetrics } from './metrics.ts'
import type { LogReader } from './port.ts'
import type { ProcessorDefinition } from './processor.ts'
import { changelogOf, followInto } from './restore.ts'
import type { StateStore } from './store.ts'

export interface StandbyOptions {
  definition: ProcessorDefinition
  partition: number
  reader: LogReader
  metrics: RuntimeMetrics
  store: StateStore
  /** It has stopped reading, and is of no use any more: what it has up to here is whole. */
  failed(error: unknown): void
}

export class Standby {
  readonly #options: StandbyOptions
  readonly #remaining = new Map<string, number>()
  #stopped = false

  constructor(options: StandbyOptions) {
    this.#options = options
    const { definition, partition, reader, metrics, store } = options
    const task = { definition, partition, store, logic: definition.createLogic() }
    const labels = { processor: definition.name, partition }
    followInto(task, reader, {
      topics: changelogOf(definition),
      // What comes next may always be owed.
      settled: false,
      onRead: ({ topic, nextOffset, highWatermark }) => {
        this.#remaining.set(topic, Math.max(0, highWatermark - nextOffset))
        metrics.restoreRemaining.set(
          labels,
          [...this.#remaining.values()].reduce((sum, count) => sum + count, 0),
        )
      },
      onError: (error) => {
        if (!this.#stopped) options.failed(error)
      },
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    const { definition, partition, reader, store } = this.#options
    for (const topic of changelogOf(definition)) reader.unfollow({ topic, partition })
    await store.close()
  }
}

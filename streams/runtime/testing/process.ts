/** A process of the tally processor in a test: a host with a broker view and a state folder of its own. */
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import type { Tracing } from '../../../service/tracing.ts'
import { ProcessorHost } from '../processor-host.ts'
import type { ProcessorDefinition } from '../processor.ts'
import { createRuntimeMetrics } from '../metrics.ts'
import { TaskStore } from '../store.ts'
import { MemoryBroker } from './memory-broker.ts'
import type { MemoryCluster } from './memory-broker.ts'

export class TestProcess {
  readonly broker: MemoryBroker
  readonly host: ProcessorHost
  readonly stateDir: string
  readonly registry = new Registry()

  constructor(
    cluster: MemoryCluster,
    definition: ProcessorDefinition,
    stateDir: string,
    { standby = false, tracing }: { standby?: boolean; tracing?: Tracing | undefined } = {},
  ) {
    this.broker = new MemoryBroker(cluster)
    this.stateDir = stateDir
    this.host = new ProcessorHost({
      app: 'test',
      definition,
      openStore: TaskStore.opener(stateDir, definition.name, {
        version: definition.storeVersion,
        clusterId: 'memory',
      }),
      broker: this.broker,
      standby,
      metrics: createRuntimeMetrics(this.registry),
      tracing,
      logger: pino({ level: 'silent' }),
    })
  }

  start(): Promise<void> {
    return this.host.start()
  }

  assign(...partitions: number[]): void {
    this.broker.member?.assign(partitions)
  }

  /** SIGKILL: it hears nothing any more, and what it is waiting for never comes. */
  kill(): void {
    this.broker.fault = () => new Promise<never>(() => {})
    void this.broker.member?.stop()
    for (const reader of this.broker.readers) void reader.stop()
  }
}

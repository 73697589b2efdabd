/**
 * The world of a simulation: an in-memory cluster, processes with disks of their own, and every effect on the broker held
 * back until the simulation lets it happen. Nothing in it moves by itself, and time is the simulation's.
 */
import { Registry } from '@prometheus-io/client'
import { pino } from 'pino'
import { createRuntimeMetrics } from '../../streams/runtime/metrics.ts'
import { ProcessorHost } from '../../streams/runtime/processor-host.ts'
import type { ProcessorDefinition } from '../../streams/runtime/processor.ts'
import type { StateStore } from '../../streams/runtime/store.ts'
import { MemoryBroker } from '../../streams/runtime/testing/memory-broker.ts'
import type { MemoryCluster, Step } from '../../streams/runtime/testing/memory-broker.ts'
import { MemoryDisk, MemoryStore } from './memory-store.ts'

const metrics = createRuntimeMetrics(new Registry())
const logger = pino({ level: 'silent' })

/** An effect that waits: to happen (`before`), or to be answered (`after`). */
export interface Held {
  step: Step
  when: 'before' | 'after'
  goOn(): void
  fail(error: Error): void
}

export type Disks = Map<number, MemoryDisk>

export interface ProcessOptions {
  name: string
  cluster: MemoryCluster
  definition: ProcessorDefinition
  disks: Disks
  standby: boolean
  openStore?: (disk: MemoryDisk) => StateStore
  sabotage?: (broker: MemoryBroker) => void
}

export class SimulatedProcess {
  readonly name: string
  readonly disks: Disks
  readonly broker: MemoryBroker
  readonly host: ProcessorHost
  /** In the order in which they were asked for. */
  held: Held[] = []
  state: 'running' | 'paused' | 'dead' = 'running'
  /** What the group has given it and it has not heard of yet, since it is paused. */
  unheard: readonly number[] | undefined
  #assigned: readonly number[] = []

  constructor(options: ProcessOptions) {
    const { name, cluster, definition, disks, standby } = options
    const openStore = options.openStore ?? ((disk) => new MemoryStore(disk))
    this.name = name
    this.disks = disks
    this.broker = new MemoryBroker(cluster)
    this.broker.fault = (step, when) => this.#hold(step, when)
    options.sabotage?.(this.broker)
    this.host = new ProcessorHost({
      app: 'simulated',
      definition,
      broker: this.broker,
      standby,
      metrics,
      logger,
      openStore: (partition) => openStore(this.#disk(partition)),
    })
  }

  #disk(partition: number): MemoryDisk {
    const disk = this.disks.get(partition) ?? new MemoryDisk()
    this.disks.set(partition, disk)
    return disk
  }

  #hold(step: Step, when: 'before' | 'after'): Promise<void> {
    if (this.state === 'dead') return new Promise(() => {})
    return new Promise((resolve, reject) => {
      this.held.push({ step, when, goOn: resolve, fail: reject })
    })
  }

  /** The group's new assignment; a paused process hears of it when it wakes. */
  assign(partitions: readonly number[]): void {
    if (this.state === 'paused') {
      this.unheard = partitions
      return
    }
    this.#assigned = partitions
    this.broker.member?.assign(partitions)
  }

  owns(partition: number): boolean {
    return this.#assigned.includes(partition)
  }

  wake(): void {
    this.state = 'running'
    const { unheard } = this
    this.unheard = undefined
    if (unheard !== undefined) this.assign(unheard)
  }

  /** SIGKILL: what it waits for never comes, and its disks stay as they are. */
  kill(): void {
    this.state = 'dead'
    this.held = []
    void this.broker.member?.stop()
    for (const reader of this.broker.readers) void reader.stop()
  }
}

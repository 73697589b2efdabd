/**
 * Each hazard that the runtime defends against, with its defence taken out from outside: a cluster that doesn't fence,
 * a store that writes too early. A simulation with one of these has to end in a violation, or it proves nothing.
 */
import type { ProcessorDefinition } from '../../streams/runtime/processor.ts'
import type { Checkpoint, StateStore } from '../../streams/runtime/store.ts'
import type { MemoryBroker, MemoryCluster } from '../../streams/runtime/testing/memory-broker.ts'
import { MemoryStore } from './memory-store.ts'
import type { MemoryDisk } from './memory-store.ts'

export interface Sabotage {
  hazard: string
  cluster?: (cluster: MemoryCluster) => void
  broker?: (broker: MemoryBroker) => void
  openStore?: (disk: MemoryDisk) => StateStore
  definition?: (definition: ProcessorDefinition) => ProcessorDefinition
}

/** Writes reach the disk as they are made, not with the commit. */
class EagerStore extends MemoryStore {
  override put(key: string, value: Buffer): void {
    super.put(key, value)
    this.disk.entries.set(key, Buffer.from(value))
  }
}

/** The checkpoint reaches the disk while the entries are still owed to it. */
class HastyStore extends MemoryStore {
  override advance(checkpoint: Checkpoint): void {
    super.advance(checkpoint)
    this.disk.checkpoint = checkpoint
  }
}

/** The checkpoint is written, and the entries a commit later. */
class LateStore extends MemoryStore {
  #late: ReadonlyMap<string, Buffer> = new Map()
  override commit(checkpoint: Checkpoint): void {
    const before = new Map(this.disk.entries)
    super.commit(checkpoint)
    this.#late = new Map(this.disk.entries)
    this.disk.entries.clear()
    for (const [key, value] of before) this.disk.entries.set(key, value)
  }
  override get(key: string): Buffer | undefined {
    return super.get(key) ?? this.#late.get(key)
  }
}

/** Forgets how far the input was processed. */
class AimlessStore extends MemoryStore {
  override get checkpoint(): Checkpoint {
    return { changelog: super.checkpoint.changelog }
  }
}

/** Lets a store that was opened before the last one write all the same. */
class SharedStore extends MemoryStore {
  protected override assertOwned(): void {}
}

/** Goes on with what a failed batch has left in memory. */
function remembering(definition: ProcessorDefinition): ProcessorDefinition {
  const logic = definition.createLogic()
  return { ...definition, createLogic: () => logic }
}

/** Owes nothing of what was processed before it. */
function forgiving(definition: ProcessorDefinition): ProcessorDefinition {
  return {
    ...definition,
    createLogic: () => {
      const logic = definition.createLogic()
      logic.recall = () => undefined
      return logic
    },
  }
}

/** Leaves the wallets to the snapshots, whether or not all of them have been sent. */
function settling(definition: ProcessorDefinition): ProcessorDefinition {
  return {
    ...definition,
    createLogic: () => {
      const logic = definition.createLogic()
      const restore = logic.restore.bind(logic)
      logic.restore = (topic, records, store) => restore(topic, records, store, true)
      return logic
    },
  }
}

/** Takes a request for done, however it ended. */
function trusting(broker: MemoryBroker): void {
  const { transactionalProducer } = broker
  broker.transactionalProducer = (id) => {
    const producer = transactionalProducer.call(broker, id)
    const commit = producer.commit.bind(producer)
    producer.commit = () => commit().catch(() => undefined)
    return producer
  }
}

/** Fences with the first batch only: the mark that ends the restore is left by nobody in particular. */
function fencingLate(broker: MemoryBroker): void {
  const { cluster } = broker
  const { transactionalProducer } = broker
  broker.transactionalProducer = (id) => {
    const producer = transactionalProducer.call(broker, id)
    const { fence, send, abort } = producer
    let fenced = false
    let marking = false
    producer.fence = () => Promise.resolve()
    producer.send = async (records) => {
      const all = [...records].flatMap(([topic, list]) => list.map((record) => ({ topic, record })))
      marking = all.some(({ record }) => record.key === '!fence')
      if (marking) {
        const mark = `${id}.mark`
        const sent = all.map(({ topic, record }) => {
          const baseOffset = cluster.add(mark, topic, record)
          return { topic, partition: record.partition, baseOffset, nextOffset: baseOffset + 1 }
        })
        cluster.end(mark, 'aborted')
        return sent
      }
      if (!fenced) await fence.call(producer)
      fenced = true
      return send.call(producer, records)
    }
    producer.abort = () => (marking ? Promise.resolve() : abort.call(producer))
    return producer
  }
}

export const SABOTAGES: readonly Sabotage[] = [
  {
    hazard: 'a zombie commits, since nothing fences it',
    cluster: (cluster) => {
      cluster.checkEpoch = () => undefined
      cluster.initProducer = () => 1
    },
  },
  { hazard: 'the restore ends before what a predecessor still commits', broker: fencingLate },
  {
    hazard: 'state becomes visible before its transaction is committed',
    openStore: (disk) => new EagerStore(disk),
  },
  { hazard: 'checkpoint and entries are two writes', openStore: (disk) => new LateStore(disk) },
  { hazard: 'the checkpoint is written before the entries', openStore: (disk) => new HastyStore(disk) },
  {
    hazard: 'the position is forgotten and the group offset trusted',
    openStore: (disk) => new AimlessStore(disk),
  },
  { hazard: 'a sleeper writes into the store of its successor', openStore: (disk) => new SharedStore(disk) },
  { hazard: 'a commit of unknown outcome is taken for done', broker: trusting },
  { hazard: 'the memory of a failed batch outlives it', definition: remembering },
  { hazard: 'what a dead task owed is forgotten', definition: forgiving },
  { hazard: 'a restore takes snapshots that are owed for sent', definition: settling },
  {
    hazard: 'events are visible before their transaction is committed',
    cluster: (cluster) => {
      const { add } = cluster
      cluster.add = (id, topic, record) => {
        const offset = add.call(cluster, id, topic, record)
        const entry = cluster.log(topic, record.partition)[offset]
        if (entry !== undefined && record.key !== '!fence') entry.state = 'committed'
        return offset
      }
    },
  },
]

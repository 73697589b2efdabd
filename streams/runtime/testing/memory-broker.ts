/**
 * Kafka as far as the runtime's port goes, in memory and without a clock: partitions with transactions, markers and
 * read-committed readers, fencing by transactional id, groups whose assignment the test decides. Nothing moves unless
 * `settle` is called, and `fault` is asked before and after each effect, so a test can cut anything anywhere.
 */
import type {
  FetchedBatch,
  GroupConsumer,
  GroupHandlers,
  LogReader,
  OutgoingRecord,
  SentOffsets,
  StreamsBroker,
  TopicPartition,
  TransactionalProducer,
} from '../port.ts'
import type { LogRecord } from '../processor.ts'

export type Step = 'fence' | 'send' | 'commit' | 'abort'
/** Called with the step and whether its effect has happened; throws to inject a fault. */
export type Fault = (step: Step, when: 'before' | 'after') => void | Promise<void>

/** An error as the broker would answer it. */
export class ProtocolError extends Error {
  readonly type: string
  constructor(type: string) {
    super(type)
    this.type = type
  }
}

type EntryState = 'open' | 'committed' | 'aborted' | 'marker'
interface Entry extends LogRecord {
  transactionalId?: string
  state: EntryState
}
interface OpenTransaction {
  entries: Entry[]
  partitions: Set<string>
}

const FETCH_RECORDS = 7
const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

export class MemoryCluster {
  readonly partitions: number
  /** Records that one fetch brings of one partition. */
  fetchRecords = FETCH_RECORDS
  readonly #logs = new Map<string, Entry[]>()
  readonly #epochs = new Map<string, number>()
  readonly #open = new Map<string, OpenTransaction>()
  readonly groupOffsets = new Map<string, number>()
  readonly members: MemoryMember[] = []
  readonly readers: MemoryReader[] = []

  constructor(partitions: number) {
    this.partitions = partitions
  }

  log(topic: string, partition: number): Entry[] {
    const key = keyOf(topic, partition)
    const log = this.#logs.get(key) ?? []
    this.#logs.set(key, log)
    return log
  }

  append(
    topic: string,
    { key, value, partition, traceparent }: OutgoingRecord,
    transactionalId?: string,
  ): Entry {
    const log = this.log(topic, partition)
    const headers: LogRecord['headers'] =
      traceparent === undefined ? {} : { traceparent: Buffer.from(traceparent) }
    const base = { offset: log.length, timestampMs: log.length, key: Buffer.from(key), value, headers }
    const entry: Entry =
      transactionalId === undefined
        ? { ...base, state: 'committed' }
        : { ...base, state: 'open', transactionalId }
    log.push(entry)
    return entry
  }

  /** Records that a reader of committed records sees, from an offset up to the last stable offset. */
  read(
    topic: string,
    partition: number,
    from: number,
    max: number,
  ): { records: LogRecord[]; nextOffset: number } {
    const records: LogRecord[] = []
    const log = this.log(topic, partition)
    let at = from
    for (; at < log.length && records.length < max; at++) {
      const entry = log[at]
      if (entry === undefined || entry.state === 'open') break
      if (entry.state === 'committed') records.push(entry)
    }
    return { records, nextOffset: at }
  }

  /** All committed records of a topic, in partition order. */
  committed(topic: string): LogRecord[] {
    return Array.from({ length: this.partitions }, (_, partition) =>
      this.read(topic, partition, 0, Number.POSITIVE_INFINITY),
    ).flatMap(({ records }) => records)
  }

  initProducer(transactionalId: string): number {
    this.end(transactionalId, 'aborted')
    const epoch = (this.#epochs.get(transactionalId) ?? 0) + 1
    this.#epochs.set(transactionalId, epoch)
    return epoch
  }

  checkEpoch(transactionalId: string, epoch: number): void {
    if (this.#epochs.get(transactionalId) !== epoch) throw new ProtocolError('INVALID_PRODUCER_EPOCH')
  }

  add(transactionalId: string, topic: string, record: OutgoingRecord): number {
    const open = this.#open.get(transactionalId) ?? { entries: [], partitions: new Set() }
    this.#open.set(transactionalId, open)
    const entry = this.append(topic, record, transactionalId)
    open.entries.push(entry)
    open.partitions.add(keyOf(topic, record.partition))
    return entry.offset
  }

  openTransactions(): string[] {
    return [...this.#open.keys()]
  }

  end(transactionalId: string, state: 'committed' | 'aborted'): void {
    const open = this.#open.get(transactionalId)
    if (open === undefined) return
    for (const entry of open.entries) entry.state = state
    for (const key of open.partitions) {
      const log = this.#logs.get(key) ?? []
      log.push({ offset: log.length, timestampMs: 0, key: null, value: null, headers: {}, state: 'marker' })
    }
    this.#open.delete(transactionalId)
  }

  /** Delivers what there is to all followers until nothing moves any more. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3;) {
      let moved = false
      for (const reader of [...this.readers]) moved = (await reader.poll()) || moved
      for (const member of [...this.members]) moved = member.poll() || moved
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
      quiet = moved ? 0 : quiet + 1
    }
  }
}

/** A member of a group; the test assigns its partitions. */
export class MemoryMember implements GroupConsumer {
  readonly #cluster: MemoryCluster
  readonly #groupId: string
  readonly #topic: string
  readonly #next = new Map<number, number>()
  readonly #paused = new Set<number>()
  /** A group that rebalances takes no offsets. */
  rebalancing = false
  #handlers: GroupHandlers | undefined

  constructor(cluster: MemoryCluster, groupId: string, topic: string) {
    this.#cluster = cluster
    this.#groupId = groupId
    this.#topic = topic
  }

  start(handlers: GroupHandlers): Promise<void> {
    this.#handlers = handlers
    this.#cluster.members.push(this)
    return Promise.resolve()
  }
  /** A rebalance: positions go back to where the group's offsets are, here the beginning: the stalest possible. */
  assign(partitions: readonly number[]): void {
    this.#next.clear()
    for (const partition of partitions) this.#next.set(partition, 0)
    this.#handlers?.assigned(partitions)
  }
  poll(): boolean {
    let moved = false
    for (const [partition, from] of this.#next) {
      if (this.#paused.has(partition)) continue
      const { records, nextOffset } = this.#cluster.read(
        this.#topic,
        partition,
        from,
        this.#cluster.fetchRecords,
      )
      if (nextOffset === from) continue
      this.#next.set(partition, nextOffset)
      const highWatermark = this.#cluster.log(this.#topic, partition).length
      this.#handlers?.fetched({ topic: this.#topic, partition, records, nextOffset, highWatermark })
      moved = true
    }
    return moved
  }
  pause(partition: number): void {
    this.#paused.add(partition)
  }
  resume(partition: number): void {
    this.#paused.delete(partition)
  }
  seek(partition: number, offset: number): void {
    if (this.#next.has(partition)) this.#next.set(partition, offset)
  }
  commitOffset(partition: number, nextOffset: number): Promise<void> {
    if (this.rebalancing) return Promise.reject(new ProtocolError('REBALANCE_IN_PROGRESS'))
    this.#cluster.groupOffsets.set(`${this.#groupId}/${keyOf(this.#topic, partition)}`, nextOffset)
    return Promise.resolve()
  }
  stop(): Promise<void> {
    this.#cluster.members.splice(this.#cluster.members.indexOf(this), 1)
    return Promise.resolve()
  }
}

export class MemoryReader implements LogReader {
  readonly #cluster: MemoryCluster
  readonly #followed = new Map<
    string,
    { source: TopicPartition; next: number; onBatch: (batch: FetchedBatch) => Promise<void> }
  >()

  constructor(cluster: MemoryCluster) {
    this.#cluster = cluster
  }
  start(): Promise<void> {
    this.#cluster.readers.push(this)
    return Promise.resolve()
  }
  follow(source: TopicPartition, next: number, onBatch: (batch: FetchedBatch) => Promise<void>): void {
    this.#followed.set(keyOf(source.topic, source.partition), { source, next, onBatch })
  }
  unfollow({ topic, partition }: TopicPartition): void {
    this.#followed.delete(keyOf(topic, partition))
  }
  async poll(): Promise<boolean> {
    let moved = false
    for (const entry of [...this.#followed.values()]) {
      const { topic, partition } = entry.source
      const { records, nextOffset } = this.#cluster.read(
        topic,
        partition,
        entry.next,
        this.#cluster.fetchRecords,
      )
      if (nextOffset === entry.next) continue
      entry.next = nextOffset
      const highWatermark = this.#cluster.log(topic, partition).length
      await entry.onBatch({ topic, partition, records, nextOffset, highWatermark })
      moved = true
    }
    return moved
  }
  stop(): Promise<void> {
    this.#cluster.readers.splice(this.#cluster.readers.indexOf(this), 1)
    return Promise.resolve()
  }
}

class MemoryProducer implements TransactionalProducer {
  readonly #cluster: MemoryCluster
  readonly #id: string
  readonly #fault: Fault
  #epoch = 0

  constructor(cluster: MemoryCluster, id: string, fault: Fault) {
    this.#cluster = cluster
    this.#id = id
    this.#fault = fault
  }
  async #step<T>(step: Step, effect: () => T): Promise<T> {
    await this.#fault(step, 'before')
    if (step !== 'fence') this.#cluster.checkEpoch(this.#id, this.#epoch)
    const result = effect()
    await this.#fault(step, 'after')
    return result
  }
  fence(): Promise<void> {
    return this.#step('fence', () => {
      this.#epoch = this.#cluster.initProducer(this.#id)
    })
  }
  send(records: ReadonlyMap<string, readonly OutgoingRecord[]>): Promise<SentOffsets> {
    return this.#step('send', () => {
      const sent = new Map<string, SentOffsets[number]>()
      for (const [topic, list] of records)
        for (const record of list) {
          const offset = this.#cluster.add(this.#id, topic, record)
          const key = keyOf(topic, record.partition)
          const baseOffset = sent.get(key)?.baseOffset ?? offset
          sent.set(key, { topic, partition: record.partition, baseOffset, nextOffset: offset + 1 })
        }
      return [...sent.values()]
    })
  }
  commit(): Promise<void> {
    return this.#step('commit', () => this.#cluster.end(this.#id, 'committed'))
  }
  abort(): Promise<void> {
    return this.#step('abort', () => this.#cluster.end(this.#id, 'aborted'))
  }
  discard(): Promise<void> {
    return Promise.resolve()
  }
}

/** One process's view of the cluster. `fault` may be replaced at any time. */
export class MemoryBroker implements StreamsBroker {
  readonly cluster: MemoryCluster
  fault: Fault = () => {}
  member: MemoryMember | undefined
  readonly readers: MemoryReader[] = []

  constructor(cluster: MemoryCluster) {
    this.cluster = cluster
  }
  groupConsumer(groupId: string, topic: string): GroupConsumer {
    this.member = new MemoryMember(this.cluster, groupId, topic)
    return this.member
  }
  transactionalProducer(transactionalId: string): TransactionalProducer {
    return new MemoryProducer(this.cluster, transactionalId, (step, when) => this.fault(step, when))
  }
  logReader(): MemoryReader {
    const reader = new MemoryReader(this.cluster)
    this.readers.push(reader)
    return reader
  }
  offsets({ topic, partition }: TopicPartition): Promise<{ first: number; end: number }> {
    return Promise.resolve({ first: 0, end: this.cluster.log(topic, partition).length })
  }
  partitionCount(): Promise<number> {
    return Promise.resolve(this.cluster.partitions)
  }
  clusterId(): Promise<string> {
    return Promise.resolve('memory')
  }
  send(topic: string, records: readonly { key: string; value: Buffer }[]): Promise<void> {
    for (const record of records) this.cluster.append(topic, { ...record, partition: 0 })
    return Promise.resolve()
  }
  close(): Promise<void> {
    return Promise.resolve()
  }
}

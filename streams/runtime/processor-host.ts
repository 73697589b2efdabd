/**
 * Hosts the tasks of one processor in this process: joins the group, starts and stops tasks as partitions come and go,
 * starts a failed one anew, and keeps warm copies of the rest where that is wanted.
 */
import type { Logger } from '../../service/logger.ts'
import { protocolErrorType } from './errors.ts'
import { assertLimits, TASK_RESTART_MS, TASK_RESTART_MS_MAX } from './limits.ts'
import { forgetPartition, TASK_STATES } from './metrics.ts'
import type { TaskState } from './metrics.ts'
import type { FetchedBatch, GroupConsumer, LogReader, MemberState } from './port.ts'
import { changelogOf } from './restore.ts'
import { Standby } from './standby.ts'
import { StoreTakenError } from './store.ts'
import { Task } from './task.ts'
import type { TaskEnvironment } from './task.ts'

export interface HostOptions extends Omit<TaskEnvironment, 'reader'> {
  /** Keep a warm copy of every partition that is not processed here. */
  standby: boolean
  logger: Logger
}

/** What a partition is to this process. Changes of one partition happen one after the other. */
interface Slot {
  state: TaskState
  wanted: 'active' | 'standby' | 'none'
  task?: Task | undefined
  standby?: Standby | undefined
  restarts: number
  lastError?: string | undefined
  /** The change in progress; the next one waits for it. */
  work: Promise<void>
  restartTimer?: NodeJS.Timeout | undefined
}

export class ProcessorHost {
  readonly #options: HostOptions
  readonly #environment: TaskEnvironment
  readonly #consumer: GroupConsumer
  readonly #reader: LogReader
  readonly #slots = new Map<number, Slot>()
  readonly #crashed = Promise.withResolvers<never>()
  #joined = false
  #stopping = false

  constructor(options: HostOptions) {
    assertLimits()
    const { app, definition, broker } = options
    const groupId = `${app}.${definition.name}`
    this.#options = options
    this.#reader = broker.logReader(changelogOf(definition))
    this.#environment = { ...options, reader: this.#reader }
    this.#consumer = broker.groupConsumer(groupId, definition.inputTopic, () => this.#memberState())
    this.#crashed.promise.catch(() => {})
  }

  /** Rejects when the consumer gave up for good: the process should end then and be started anew. */
  get crashed(): Promise<never> {
    return this.#crashed.promise
  }

  async start(): Promise<void> {
    await this.#reader.start((error) => this.#crashed.reject(error))
    if (this.#options.standby) {
      const count = await this.#options.broker.partitionCount(this.#options.definition.inputTopic)
      for (let partition = 0; partition < count; partition++) this.#want(partition, 'standby')
    }
    await this.#consumer.start({
      assigned: (partitions) => this.#assigned(partitions),
      fetched: (batch) => this.#fetched(batch),
      crashed: (error) => this.#crashed.reject(error),
    })
  }

  /** Finishes the batches in progress, gives the tasks up, then leaves the group, so that another takes over at once. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const partition of this.#slots.keys()) this.#want(partition, 'none')
    await Promise.all([...this.#slots.values()].map((slot) => slot.work))
    await this.#consumer.stop()
    await this.#reader.stop()
  }

  /** Ready when the group has been joined and no task that should run here restores or fails. */
  readiness(): { ready: boolean; parts: Record<string, unknown> } {
    const parts: Record<string, unknown> = { joined: this.#joined }
    let ready = this.#joined
    for (const [partition, { state, wanted, restarts, lastError }] of this.#slots) {
      parts[`task_${partition}`] = {
        state,
        restarts,
        ...(lastError === undefined ? {} : { last_error: lastError }),
      }
      if (wanted === 'active' && state !== 'running') ready = false
    }
    return { ready, parts }
  }

  #memberState(): MemberState {
    const of = (wanted: Slot['wanted']): number[] =>
      [...this.#slots].filter(([, slot]) => slot.wanted === wanted).map(([partition]) => partition)
    return { owned: of('active'), standby: of('standby') }
  }

  #assigned(partitions: readonly number[]): void {
    if (this.#stopping) return
    this.#joined = true
    const mine = new Set(partitions)
    for (const [partition, slot] of this.#slots)
      if (!mine.has(partition) && slot.wanted === 'active')
        this.#want(partition, this.#options.standby ? 'standby' : 'none')
    for (const partition of mine) {
      const slot = this.#slots.get(partition)
      if (slot?.task?.givenUp === false && slot.state === 'running') this.#goOn(partition, slot.task)
      else this.#consumer.pause(partition)
      this.#want(partition, 'active')
    }
    this.#options.logger.info({ partitions }, 'partitions assigned')
  }

  /** A task that stays goes on where it is; left alone, the client would go back to the group's offset. */
  #goOn(partition: number, task: Task): void {
    this.#consumer.seek(partition, task.fetchOffset)
    if (task.paused) this.#consumer.pause(partition)
    else this.#consumer.resume(partition)
  }

  #fetched(batch: FetchedBatch): void {
    const slot = this.#slots.get(batch.partition)
    // What comes for a task that is not running is dropped: the task's start seeks to its position anyway.
    if (slot?.state === 'running' && slot.wanted === 'active') slot.task?.offer(batch)
  }

  /** Sets what a partition should be, and queues the change. */
  #want(partition: number, wanted: Slot['wanted']): void {
    const slot = this.#slots.get(partition) ?? {
      state: 'standby',
      wanted: 'none',
      restarts: 0,
      work: Promise.resolve(),
    }
    this.#slots.set(partition, slot)
    if (slot.wanted === wanted) return
    slot.wanted = wanted
    if (wanted !== 'active') slot.task?.giveUp()
    this.#change(partition, slot)
  }

  #change(partition: number, slot: Slot): void {
    slot.work = slot.work
      .then(() => this.#settle(partition, slot))
      .catch((error: unknown) => this.#failed(partition, slot, error))
  }

  /** Makes a partition what it should be by now. */
  async #settle(partition: number, slot: Slot): Promise<void> {
    clearTimeout(slot.restartTimer)
    if (slot.wanted !== 'active' || slot.state === 'failed' || slot.task?.givenUp === true)
      await this.#stopTask(slot)
    if (slot.state === 'failed') await this.#stopStandby(slot)
    if (slot.wanted === 'active' && slot.task === undefined) return this.#startTask(partition, slot)
    if (slot.wanted === 'standby' && slot.standby === undefined) return this.#startStandby(partition, slot)
    if (slot.wanted === 'none') {
      await this.#stopStandby(slot)
      this.#slots.delete(partition)
      forgetPartition(this.#options.metrics, this.#options.definition.name, partition)
    }
  }

  async #startTask(partition: number, slot: Slot): Promise<void> {
    await this.#stopStandby(slot)
    this.#setState(partition, slot, 'restoring')
    slot.task = new Task(this.#environment, partition, {
      pause: () => this.#consumer.pause(partition),
      resume: () => this.#consumer.resume(partition),
      commitOffset: (nextOffset) => this.#commitOffset(partition, nextOffset),
      failed: (error) => this.#failed(partition, slot, error),
    })
    const position = await slot.task.start()
    slot.restarts = 0
    slot.lastError = undefined
    this.#setState(partition, slot, 'running')
    this.#consumer.seek(partition, position)
    this.#consumer.resume(partition)
    this.#options.logger.info({ partition, position }, 'task runs')
  }

  /** The position is the task's own record: a group that moves on or a broker that is away loses nothing here. */
  async #commitOffset(partition: number, nextOffset: number): Promise<boolean> {
    try {
      await this.#consumer.commitOffset(partition, nextOffset)
      return true
    } catch (error) {
      this.#options.logger.debug({ partition, err: error }, 'the group offset was not taken')
      return false
    }
  }

  #startStandby(partition: number, slot: Slot): void {
    const { definition, metrics, openStore } = this.#options
    forgetPartition(metrics, definition.name, partition)
    this.#setState(partition, slot, 'standby')
    const failed = (error: unknown): void => this.#standbyFailed(partition, slot, error)
    try {
      const store = openStore(partition)
      slot.standby = new Standby({ definition, partition, reader: this.#reader, metrics, store, failed })
    } catch (error) {
      failed(error)
    }
  }

  async #stopTask(slot: Slot): Promise<void> {
    const { task } = slot
    slot.task = undefined
    await task?.stop()
  }

  async #stopStandby(slot: Slot): Promise<void> {
    const { standby } = slot
    slot.standby = undefined
    await standby?.stop()
  }

  /** A task that failed starts anew after a pause, for as long as the partition is ours. */
  #failed(partition: number, slot: Slot, error: unknown): void {
    if (slot.wanted !== 'active') return
    this.#consumer.pause(partition)
    this.#startAnew(partition, slot, error)
  }

  /** So does a standby, unless its store is another process's by now: two that take it from each other end nowhere. */
  #standbyFailed(partition: number, slot: Slot, error: unknown): void {
    if (slot.wanted !== 'standby') return
    if (!(error instanceof StoreTakenError)) return this.#startAnew(partition, slot, error)
    this.#options.logger.error({ partition, err: error }, 'standby ends: its state folder is in use')
    this.#setState(partition, slot, 'failed')
  }

  #startAnew(partition: number, slot: Slot, error: unknown): void {
    const reason = protocolErrorType(error) ?? (error instanceof Error ? error.name : 'unknown')
    const pauseMs = Math.min(TASK_RESTART_MS * 2 ** slot.restarts, TASK_RESTART_MS_MAX)
    const { definition, metrics, logger } = this.#options
    slot.restarts++
    slot.lastError = error instanceof Error ? error.message : String(error)
    metrics.restarts.inc({ processor: definition.name, partition, reason })
    logger.error({ partition, reason, pauseMs, err: error }, 'task failed; it starts anew')
    this.#setState(partition, slot, 'failed')
    slot.restartTimer = setTimeout(() => this.#change(partition, slot), pauseMs)
  }

  #setState(partition: number, slot: Slot, state: TaskState): void {
    slot.state = state
    for (const name of TASK_STATES)
      this.#options.metrics.state.set(
        { processor: this.#options.definition.name, partition, state: name },
        name === state ? 1 : 0,
      )
  }
}

/** One simulation: a seed chooses what happens next, step by step, and after every step the invariants are checked. */
import FakeTimers from '@sinonjs/fake-timers'
import type { Clock } from '@sinonjs/fake-timers'
import { MemoryCluster, ProtocolError } from '../../streams/runtime/testing/memory-broker.ts'
import type { ProcessorDefinition, TaskLogic } from '../../streams/runtime/processor.ts'
import { walletProcessor } from '../../streams/wallet/logic.ts'
import type { WalletCodecs } from '../../streams/wallet/logic.ts'
import { START_MS } from '../../streams/wallet/testing/fixtures.ts'
import { Checker, Violation } from './checker.ts'
import { Random } from './random.ts'
import { Reference } from './reference.ts'
import type { Sabotage } from './sabotage.ts'
import { PARTITIONS, Workload } from './workload.ts'
import { SimulatedProcess } from './world.ts'
import type { Disks, Held } from './world.ts'

const COMMANDS = 'wallet.command'
const STEPS = 350
const PROCESSES_MAX = 3
const OWING_ONE_IN = 3
const TICK_MS_MAX = 2_500
/** Rounds after which everything must have come to rest. */
const REST_ROUNDS_MAX = 400
const TRACE_LINES = 40
const LOST = new Error('simulated: the answer is lost')

export interface SimulationResult {
  seed: number
  events: number
  /** What was done to the processes and to their requests, by kind. */
  faults: ReadonlyMap<string, number>
  violation?: string
  /** The last steps before a violation. */
  trace: readonly string[]
}

/** Lets everything that waits for nothing but its turn go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

type Action = () => void | Promise<void>

export class Simulation {
  readonly #random: Random
  readonly #cluster = new MemoryCluster(PARTITIONS)
  readonly #reference: Reference
  readonly #checker: Checker
  readonly #workload: Workload
  readonly #codecs: WalletCodecs
  readonly #clock: Clock
  readonly #sabotage: Sabotage | undefined
  readonly #faults = new Map<string, number>()
  readonly #trace: string[] = []
  readonly #free: Disks[] = []
  #processes: SimulatedProcess[] = []
  #spawned = 0

  constructor(seed: number, codecs: WalletCodecs, clock: Clock, sabotage?: Sabotage) {
    this.#random = new Random(seed)
    this.#codecs = codecs
    this.#clock = clock
    this.#sabotage = sabotage
    this.#reference = new Reference(codecs)
    this.#checker = new Checker(this.#cluster, codecs, this.#reference)
    this.#workload = new Workload(this.#random, codecs)
    sabotage?.cluster?.(this.#cluster)
  }

  get events(): number {
    return this.#checker.events
  }
  get faults(): ReadonlyMap<string, number> {
    return this.#faults
  }
  get trace(): readonly string[] {
    return this.#trace.slice(-TRACE_LINES)
  }

  /** Throws a `Violation`. */
  async run(): Promise<void> {
    await this.#spawn()
    this.#rebalance()
    for (let step = 0; step < STEPS; step++) {
      await this.#choose()()
      await turn()
      this.#checker.check()
    }
    await this.#rest()
    this.#checker.checkEnd()
    this.#checkStores()
  }

  #running(): SimulatedProcess[] {
    return this.#processes.filter(({ state }) => state === 'running')
  }

  #note(text: string): void {
    this.#trace.push(text)
  }

  #fault(kind: string): void {
    this.#faults.set(kind, (this.#faults.get(kind) ?? 0) + 1)
  }

  #choose(): Action {
    const running = this.#running()
    const holding = running.filter(({ held }) => held.length > 0)
    const paused = this.#processes.filter(({ state }) => state === 'paused')
    return this.#random.weighted<Action>([
      [14, () => this.#append()],
      [holding.length > 0 ? 45 : 0, () => this.#goOn(this.#random.pick(holding))],
      [running.length > 0 ? 25 : 0, () => this.#poll(this.#random.pick(running))],
      [6, () => this.#tick()],
      [holding.length > 0 ? 3 : 0, () => this.#fail(this.#random.pick(holding))],
      [running.length > 0 ? 1 : 0, () => this.#kill(this.#random.pick(running))],
      [running.length > 0 ? 1 : 0, () => this.#pause(this.#random.pick(running))],
      [2 * paused.length, () => this.#wake(this.#random.pick(paused))],
      [running.length < PROCESSES_MAX ? 3 - running.length : 0, () => this.#start()],
      [2, () => this.#rebalance()],
      [1, () => this.#expire()],
    ])
  }

  #append(): void {
    const record = this.#workload.next()
    const entry = this.#cluster.append(COMMANDS, record)
    this.#reference.take(entry, record.partition)
    this.#note(`append ${COMMANDS}/${record.partition}/${entry.offset}`)
  }

  #take(process: SimulatedProcess): Held {
    const held = this.#random.pick(process.held)
    process.held.splice(process.held.indexOf(held), 1)
    return held
  }

  #goOn(process: SimulatedProcess): void {
    const held = this.#take(process)
    this.#note(`${process.name} ${held.step} ${held.when === 'before' ? 'happens' : 'is answered'}`)
    held.goOn()
  }

  /** A request that is refused, or one that was done and whose answer is lost. */
  #fail(process: SimulatedProcess): void {
    const held = this.#take(process)
    this.#fault(`${held.step} ${held.when === 'before' ? 'refused' : 'unanswered'}`)
    this.#note(`${process.name} ${held.step} fails ${held.when} its effect`)
    held.fail(held.when === 'before' ? new ProtocolError('COORDINATOR_NOT_AVAILABLE') : LOST)
  }

  async #poll(process: SimulatedProcess): Promise<void> {
    const { member, readers } = process.broker
    const source = this.#random.pick([...readers, ...(member === undefined ? [] : [member])])
    this.#note(`${process.name} fetches`)
    await source.poll()
  }

  async #tick(): Promise<void> {
    const ms = 1 + this.#random.below(TICK_MS_MAX)
    this.#note(`${ms} ms pass`)
    await this.#clock.tickAsync(ms)
  }

  #kill(process: SimulatedProcess): void {
    this.#fault('kill')
    this.#note(`${process.name} is killed`)
    process.kill()
    this.#processes = this.#processes.filter((each) => each !== process)
    this.#free.push(process.disks)
    if (this.#random.oneIn(2)) this.#rebalance()
  }

  #pause(process: SimulatedProcess): void {
    this.#fault('pause')
    this.#note(`${process.name} is paused`)
    process.state = 'paused'
    // Whoever takes it for dead starts another one in its folder.
    if (this.#random.oneIn(2)) this.#free.push(process.disks)
    // Past its session the group gives its partitions away.
    if (this.#random.below(3) > 0) this.#rebalance()
  }

  #wake(process: SimulatedProcess): void {
    this.#note(`${process.name} wakes`)
    process.wake()
  }

  async #start(): Promise<void> {
    await this.#spawn()
    this.#rebalance()
  }

  /** A new process, in the folder of a dead one or in an empty one. */
  async #spawn(): Promise<void> {
    const reuse = this.#free.length > 0 && this.#random.below(4) > 0
    const disks = reuse ? this.#free.splice(this.#random.below(this.#free.length), 1)[0] : undefined
    const name = `p${++this.#spawned}`
    const definition = this.#owing(walletProcessor(this.#codecs, { replyPartitions: PARTITIONS }))
    const process = new SimulatedProcess({
      name,
      cluster: this.#cluster,
      definition: this.#sabotage?.definition?.(definition) ?? definition,
      disks: disks ?? new Map(),
      standby: this.#random.oneIn(3),
      ...(this.#sabotage?.openStore === undefined ? {} : { openStore: this.#sabotage.openStore }),
      ...(this.#sabotage?.broker === undefined ? {} : { sabotage: this.#sabotage.broker }),
    })
    this.#note(`${name} starts ${disks === undefined ? 'with nothing' : "in a dead one's folder"}`)
    this.#processes.push(process)
    await process.host.start()
  }

  /** Now and then a batch leaves its snapshots owing, as if its output were full. */
  #owing(definition: ProcessorDefinition): ProcessorDefinition {
    const createLogic = (): TaskLogic => {
      const logic = definition.createLogic()
      const endBatch = logic.endBatch.bind(logic)
      logic.endBatch = (store, output, pressing) =>
        endBatch(store, output, pressing && !this.#random.oneIn(OWING_ONE_IN))
      return logic
    }
    return { ...definition, createLogic }
  }

  /** The group hands the partitions to its running members anew; the paused ones lose theirs without knowing. */
  #rebalance(): void {
    this.#fault('rebalance')
    const members = this.#running()
    const shares = new Map<SimulatedProcess, number[]>(this.#processes.map((process) => [process, []]))
    if (members.length > 0)
      for (let partition = 0; partition < PARTITIONS; partition++)
        shares.get(this.#random.pick(members))?.push(partition)
    this.#note(
      `rebalance: ${[...shares].map(([{ name }, share]) => `${name} ${share.join(',')}`).join('; ')}`,
    )
    for (const [process, share] of shares) process.assign(share)
  }

  /** The broker ends a transaction that was open for too long. */
  #expire(): void {
    const open = this.#cluster.openTransactions()
    if (open.length === 0) return
    const id = this.#random.pick(open)
    this.#fault('expiry')
    this.#note(`the transaction of ${id} expires`)
    this.#cluster.initProducer(id)
  }

  /** No more faults: sleepers wake, one process gets everything, and all that is left is done. */
  async #rest(): Promise<void> {
    for (const process of this.#processes) if (process.state === 'paused') this.#wake(process)
    if (this.#processes.length === 0) await this.#spawn()
    this.#rebalance()
    let quiet = 0
    for (let round = 0; quiet < 3; round++) {
      if (round === REST_ROUNDS_MAX) throw new Violation('it does not come to rest')
      let moved = false
      for (const process of this.#processes) {
        while (process.held.length > 0) {
          process.held.shift()?.goOn()
          moved = true
          await turn()
        }
        for (const source of [...process.broker.readers, process.broker.member])
          if (source !== undefined) moved = (await source.poll()) || moved
        await turn()
      }
      this.#checker.check()
      if (!moved) await this.#clock.tickAsync(TICK_MS_MAX * 5)
      await turn()
      quiet = moved || this.#processes.some(({ held }) => held.length > 0) ? 0 : quiet + 1
    }
  }

  /** What the tasks have on disk is what the reference has, entry by entry. */
  #checkStores(): void {
    for (const process of this.#processes)
      for (const [partition, disk] of process.disks) {
        if (!process.owns(partition)) continue
        const expected = this.#reference.of(partition).store.committed
        for (const [key, value] of expected)
          if (disk.entries.get(key)?.equals(value) !== true)
            throw new Violation(`the store of partition ${partition} has another entry ${key}`)
        if (disk.entries.size !== expected.size)
          throw new Violation(
            `the store of partition ${partition} has ${disk.entries.size} of ${expected.size} entries`,
          )
      }
  }
}

/** Runs the simulation of a seed. The clock is taken from the process for as long as it runs. */
export async function simulate(
  seed: number,
  codecs: WalletCodecs,
  sabotage?: Sabotage,
): Promise<SimulationResult> {
  const clock = FakeTimers.install({
    now: START_MS,
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
  })
  const simulation = new Simulation(seed, codecs, clock, sabotage)
  try {
    await simulation.run()
    return { seed, events: simulation.events, faults: simulation.faults, trace: [] }
  } catch (error) {
    const violation = error instanceof Violation ? error.message : String(error)
    return { seed, events: simulation.events, faults: simulation.faults, violation, trace: simulation.trace }
  } finally {
    clock.uninstall()
  }
}

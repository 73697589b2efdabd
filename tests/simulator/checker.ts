/** What must hold after every step of a simulation, and at its end. */
import { isDeepStrictEqual } from 'node:util'
import type { PlayerBalance, Transaction } from '../../avro/types.ts'
import type { MemoryCluster } from '../../streams/runtime/testing/memory-broker.ts'
import type { WalletCodecs } from '../../streams/wallet/logic.ts'
import type { Reference } from './reference.ts'
import { PARTITIONS } from './workload.ts'

const EVENTS = 'wallet.transaction.created'
const REPLIES = 'wallet.reply'
const BALANCES = 'wallet.balance'
const PROFILES = 'player.profile.updated'
const DEAD_LETTERS = 'wallet.command.dlq'
const ALL = Number.POSITIVE_INFINITY

/** An invariant does not hold. */
export class Violation extends Error {
  override name = 'Violation'
}

function ensure(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what)
}

interface Known {
  balance: bigint
  held: bigint
  version: number
}

/** Reads what has been committed since the last look and holds it against the reference and the rules of money. */
export class Checker {
  readonly #cluster: MemoryCluster
  readonly #codecs: WalletCodecs
  readonly #reference: Reference
  readonly #offsets = new Map<string, number>()
  readonly #eventCounts = Array.from({ length: PARTITIONS }, () => 0)
  readonly #replyCounts = new Map<string, number>()
  readonly #wallets = new Map<string, Known>()
  readonly #commandIds = new Set<string>()

  constructor(cluster: MemoryCluster, codecs: WalletCodecs, reference: Reference) {
    this.#cluster = cluster
    this.#codecs = codecs
    this.#reference = reference
  }

  /** Committed so far, of all partitions. */
  get events(): number {
    return this.#eventCounts.reduce((sum, count) => sum + count, 0)
  }

  check(): void {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (const { value } of this.#fresh(EVENTS, partition)) this.#checkEvent(partition, value)
      for (const { key, value } of this.#fresh(REPLIES, partition)) this.#checkReply(String(key), value)
    }
  }

  #fresh(topic: string, partition: number): readonly { key: Buffer | null; value: Buffer | null }[] {
    const place = `${topic}/${partition}`
    const { records, nextOffset } = this.#cluster.read(topic, partition, this.#offsets.get(place) ?? 0, ALL)
    this.#offsets.set(place, nextOffset)
    return records
  }

  /** The committed events are the beginning of the reference's: none is lost, doubled or out of order. */
  #checkEvent(partition: number, value: Buffer | null): void {
    const index = this.#eventCounts[partition] ?? 0
    this.#eventCounts[partition] = index + 1
    const expected = this.#reference.of(partition).events[index]
    ensure(value !== null, `event ${index} of partition ${partition} has no value`)
    const { data } = this.#codecs.transaction.decode(value ?? Buffer.alloc(0))
    ensure(
      expected?.equals(value ?? Buffer.alloc(0)) === true,
      `event ${index} of partition ${partition} is ${describe(data)}, not what the commands give` +
        (expected === undefined ? '' : `: ${describe(this.#codecs.transaction.decode(expected).data)}`),
    )
    this.#checkMoney(data)
  }

  #checkMoney(data: Transaction): void {
    const what = describe(data)
    ensure(!this.#commandIds.has(data.command_id), `${what} was decided twice`)
    if (!data.retryable) this.#commandIds.add(data.command_id)
    const sum = data.entries.reduce((total, { amount }) => total + amount, 0n)
    ensure(sum === 0n, `${what}: its entries sum to ${sum}`)
    if (data.balance_after === null) return
    const key = `${data.player_id}/${data.currency}`
    const before = this.#wallets.get(key) ?? { balance: 0n, held: 0n, version: 0 }
    const after = { balance: data.balance_after, held: data.held_after ?? 0n, version: data.version }
    ensure(after.balance >= 0n && after.held >= 0n, `${what}: a negative balance`)
    ensure(data.balance_before === before.balance, `${what}: the balance before is not that after the last`)
    const moved = after.balance !== before.balance || after.held !== before.held
    ensure(!moved || data.entries.length > 0, `${what}: moved without entries`)
    // A change of standing takes a version, too, and shows in a snapshot only.
    const gapMax = 1 + (this.#reference.standingCommands.get(data.player_id) ?? 0)
    const step = after.version - before.version
    ensure(step <= gapMax && step >= (moved ? 1 : 0), `${what}: the version went from ${before.version}`)
    this.#wallets.set(key, after)
  }

  #checkReply(commandId: string, value: Buffer | null): void {
    const index = this.#replyCounts.get(commandId) ?? 0
    this.#replyCounts.set(commandId, index + 1)
    const expected = this.#reference.replies.get(commandId)?.[index]
    ensure(
      expected?.equals(value ?? Buffer.alloc(0)) === true,
      `reply ${index} to ${commandId} does not agree with what was decided`,
    )
  }

  /** The newest record of each key of a compacted topic. */
  #newestOf(topic: string, partition: number): Map<string, Buffer | null> {
    const { records } = this.#cluster.read(topic, partition, 0, ALL)
    return new Map(records.map(({ key, value }) => [String(key), value] as const))
  }

  /** A snapshot without its head: one that a restart has sent names another message, and the same balances. */
  #contentOf(snapshot: Buffer | null | undefined): PlayerBalance | undefined {
    return snapshot ? this.#codecs.balance.decode(snapshot).data : undefined
  }

  /** After everything has come to rest: all that should be there is there. */
  checkEnd(): void {
    this.check()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { events, snapshots, profiles, deadLetters } = this.#reference.of(partition)
      ensure(
        this.#eventCounts[partition] === events.length,
        `partition ${partition} has ${this.#eventCounts[partition]} of ${events.length} events`,
      )
      const newest = this.#newestOf(BALANCES, partition)
      for (const [key, snapshot] of snapshots)
        ensure(
          isDeepStrictEqual(this.#contentOf(newest.get(key)), this.#contentOf(snapshot)),
          `the newest snapshot of ${key} is another`,
        )
      const players = this.#newestOf(PROFILES, partition)
      ensure(isDeepStrictEqual(players, profiles), `the profiles of partition ${partition} are others`)
      const letters = this.#cluster.read(DEAD_LETTERS, partition, 0, ALL).records.length
      ensure(letters === deadLetters, `partition ${partition} has ${letters} dead letters of ${deadLetters}`)
    }
    for (const [commandId, replies] of this.#reference.replies)
      ensure(
        this.#replyCounts.get(commandId) === replies.length,
        `${commandId} has ${this.#replyCounts.get(commandId) ?? 0} of ${replies.length} replies`,
      )
  }
}

const describe = ({
  type,
  status,
  command_id: id,
  player_id: player,
  amount,
  version,
}: Transaction): string =>
  `${type} ${status} of ${player}, command ${id}, ${amount} units, version ${version}`

/** The same commands without a runtime, faults or restarts: what must come out, record by record. */
import { PoisonError } from '../../streams/runtime/processor.ts'
import type { LogRecord, Output } from '../../streams/runtime/processor.ts'
import { WalletLogic } from '../../streams/wallet/logic.ts'
import type { WalletCodecs } from '../../streams/wallet/logic.ts'
import { UndecodableError } from '../../topics/codec.ts'
import { MapStore } from '../../streams/wallet/testing/fixtures.ts'
import { PARTITIONS } from './workload.ts'

interface Partition {
  logic: WalletLogic
  store: MapStore
  events: Buffer[]
  /** Newest snapshot of each player. */
  snapshots: Map<string, Buffer>
  /** Newest profile of each player. */
  profiles: Map<string, Buffer>
  deadLetters: number
}

export class Reference {
  readonly #partitions: readonly Partition[]
  /** Answers by command id; a record that came twice is answered twice. */
  readonly replies = new Map<string, Buffer[]>()
  /** Commands to freeze or unfreeze, by player id. */
  readonly standingCommands = new Map<string, number>()
  readonly #codecs: WalletCodecs

  constructor(codecs: WalletCodecs) {
    this.#codecs = codecs
    this.#partitions = Array.from({ length: PARTITIONS }, () => ({
      logic: new WalletLogic(codecs, { replyPartitions: PARTITIONS }),
      store: new MapStore(),
      events: [],
      snapshots: new Map(),
      profiles: new Map(),
      deadLetters: 0,
    }))
  }

  of(partition: number): Partition {
    const found = this.#partitions[partition]
    if (found === undefined) throw new RangeError(`no partition ${partition}`)
    return found
  }

  take(record: LogRecord, partition: number): void {
    const target = this.of(partition)
    this.#countStanding(record)
    const output: Output = {
      send: (topic, key, value) => this.#sent(target, topic, key, value),
      isFull: () => false,
      count: () => undefined,
    }
    try {
      target.logic.process(record, target.store, output)
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error
      target.deadLetters++
    }
    target.logic.endBatch(target.store, output, true)
    target.store.commit()
  }

  #countStanding({ value }: LogRecord): void {
    try {
      const { type, player_id: player } = this.#codecs.command.decode(value ?? Buffer.alloc(0)).data
      if (type !== 'WALLET_FREEZE' && type !== 'WALLET_UNFREEZE') return
      this.standingCommands.set(player, (this.standingCommands.get(player) ?? 0) + 1)
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
    }
  }

  #sent(target: Partition, topic: string, key: string, value: Buffer): void {
    switch (topic) {
      case 'wallet.transaction.created':
        target.events.push(value)
        break
      case 'wallet.balance':
        target.snapshots.set(key, value)
        break
      case 'player.profile.updated':
        target.profiles.set(key, value)
        break
      case 'wallet.reply':
        this.replies.set(key, [...(this.replies.get(key) ?? []), value])
        break
      case 'audit.wallet-entry.recorded':
        // Nothing is rebuilt from the trail; its tests are the wallet's own.
        break
      default:
        throw new Error(`the wallet wrote to ${topic}`)
    }
  }
}

/** The log as the wallet's changelog: how its records are laid over a store, on restore and on a standby. */
import type { BalanceUpdated, PlayerUpdated, TransactionCreated } from '../../avro/types.ts'
import { toPlayerKey } from '../../domain/ids.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { LogRecord, StoreWriter } from '../runtime/processor.ts'
import { evolve, evolveIndex, evolveStanding } from './evolve.ts'
import { playerEntryKey, PLAYERS } from './keys.ts'
import { BatchMemory } from './memory.ts'
import type { KeptPlayers, PlayerMemory } from './memory.ts'
import { readSnapshot } from './recorded-snapshot.ts'
import { readTransaction } from './recorded-transaction.ts'
import { encodePlayer } from './state-codec.ts'

export const TRANSACTIONS = 'wallet.transaction.created'
export const BALANCES = 'wallet.balance'
export const PROFILES = 'player.profile.updated'

export interface ChangelogCodecs {
  transaction: TopicCodec<TransactionCreated>
  balance: TopicCodec<BalanceUpdated>
  profile: TopicCodec<PlayerUpdated>
}

const isEmpty = (entries: Iterable<unknown>): boolean => entries[Symbol.iterator]().next().done === true

/** A record of a changelog with all that it must have. Its key is the player's, since the wallet itself has sent it. */
function keyAndValue(topic: string, { offset, key, value }: LogRecord): { key: PlayerKey; value: Buffer } {
  if (key === null || value === null)
    throw new Error(`${topic} holds a record without a value or a key at offset ${offset}`)
  return { key: toPlayerKey(key), value }
}

/** Belongs to one task. */
export class Changelog {
  readonly #codecs: ChangelogCodecs
  readonly #keptPlayers: KeptPlayers
  /** Whether the store holds any player; undefined before it was looked at. */
  #hasPlayers: boolean | undefined

  constructor(codecs: ChangelogCodecs, keptPlayers: KeptPlayers) {
    this.#codecs = codecs
    this.#keptPlayers = keptPlayers
  }

  /** See `TaskLogic.restore`. A topic that is none of these is left alone. */
  lay(topic: string, records: readonly LogRecord[], store: StoreWriter, settled: boolean): void {
    const lay = this.#layerOf(topic, settled)
    if (lay === undefined) return
    this.#hasPlayers ??= !isEmpty(store.range(PLAYERS.from, PLAYERS.to))
    if (topic === BALANCES && !this.#hasPlayers) return this.#layFirstSnapshots(records, store)
    this.#hasPlayers = true
    const batch = new BatchMemory(store, this.#keptPlayers)
    for (const record of records) {
      const { key, value } = keyAndValue(topic, record)
      lay(batch.player(key), value)
    }
    batch.flush(store)
  }

  /**
   * While nothing but snapshots has been laid into the store, the newest one of a player is all there is to know of him:
   * it takes the place of what came before, unread.
   */
  #layFirstSnapshots(records: readonly LogRecord[], store: StoreWriter): void {
    const newest = new Map<PlayerKey, Buffer>()
    for (const record of records) {
      const { key, value } = keyAndValue(BALANCES, record)
      newest.set(key, value)
    }
    for (const [key, value] of newest) {
      const wallets = readSnapshot(this.#codecs.balance, value)
      store.put(playerEntryKey(key), encodePlayer({ wallets, profile: undefined }))
    }
  }

  /** What lays a record of a changelog topic over the memory of a batch. */
  #layerOf(topic: string, settled: boolean): ((memory: PlayerMemory, value: Buffer) => void) | undefined {
    const { transaction, balance, profile } = this.#codecs
    switch (topic) {
      case TRANSACTIONS:
        // Where the snapshots are as new as the events, the wallets are theirs, whichever are laid first.
        return settled
          ? (memory, value) => memory.apply(evolveIndex(memory, readTransaction(transaction, value)))
          : (memory, value) => memory.apply(evolve(memory, readTransaction(transaction, value)))
      case BALANCES:
        return (memory, value) => {
          for (const wallet of readSnapshot(balance, value))
            memory.setPlayer(evolveStanding(memory.player, wallet))
        }
      case PROFILES:
        return (memory, value) => memory.applyProfile(profile.decode(value).data)
      default:
        return undefined
    }
  }
}

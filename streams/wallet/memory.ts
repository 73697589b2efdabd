/**
 * The decoded state of the players that a batch touches, laid over the store: each entry is decoded at most once and
 * encoded once, at the end of the batch.
 */
import type { PlayerKey } from '../../domain/ids.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { commandKey, holdKey, playerEntryKey, roundKey, transactionKey, withdrawalKey } from './keys.ts'
import {
  decodePlayer,
  decodeRound,
  decodeTransaction,
  decodeWithdrawal,
  encodePlayer,
  encodeRound,
  encodeTransaction,
  encodeWithdrawal,
} from './state-codec.ts'
import { NO_WALLETS } from './state.ts'
import type {
  PlayerState,
  PlayerView,
  RoundState,
  StateChanges,
  TransactionState,
  WithdrawalState,
} from './state.ts'

interface EntryKind<T> {
  key(player: PlayerKey, id: string): string
  encode(value: T): Buffer
  decode(bytes: Buffer): T
}

const TRANSACTIONS: EntryKind<TransactionState> = {
  key: transactionKey,
  encode: encodeTransaction,
  decode: decodeTransaction,
}
const COMMANDS: EntryKind<TransactionState> = { ...TRANSACTIONS, key: commandKey }
const ROUNDS: EntryKind<RoundState> = { key: roundKey, encode: encodeRound, decode: decodeRound }
const WITHDRAWALS: EntryKind<WithdrawalState> = {
  key: withdrawalKey,
  encode: encodeWithdrawal,
  decode: decodeWithdrawal,
}

interface Slot<T> {
  value: T | undefined
  changed: boolean
}

/** The entries of one kind of one player, by id. */
class Entries<T> {
  readonly #kind: EntryKind<T>
  readonly #player: PlayerKey
  readonly #store: StoreReader
  readonly #slots = new Map<string, Slot<T>>()

  constructor(kind: EntryKind<T>, player: PlayerKey, store: StoreReader) {
    this.#kind = kind
    this.#player = player
    this.#store = store
  }

  get(id: string): T | undefined {
    const known = this.#slots.get(id)
    if (known !== undefined) return known.value
    const bytes = this.#store.get(this.#kind.key(this.#player, id))
    const value = bytes === undefined ? undefined : this.#kind.decode(bytes)
    this.#slots.set(id, { value, changed: false })
    return value
  }

  set(id: string, value: T): void {
    const known = this.#slots.get(id)
    if (known === undefined) this.#slots.set(id, { value, changed: true })
    else {
      known.value = value
      known.changed = true
    }
  }

  flush(store: StoreWriter): void {
    for (const [id, { value, changed }] of this.#slots)
      if (changed && value !== undefined)
        store.put(this.#kind.key(this.#player, id), this.#kind.encode(value))
  }
}

/** The memory of one player, as the rules see it and as events change it. */
export class PlayerMemory implements PlayerView {
  readonly key: PlayerKey
  player: PlayerState
  /** True where a wallet has changed since the state was read. */
  walletsChanged = false
  readonly #transactions: Entries<TransactionState>
  #commands: Entries<TransactionState> | undefined
  #rounds: Entries<RoundState> | undefined
  #withdrawals: Entries<WithdrawalState> | undefined
  #holds: Map<string, string | undefined> | undefined
  readonly #store: StoreReader

  constructor(key: PlayerKey, store: StoreReader) {
    this.key = key
    this.#store = store
    this.#transactions = new Entries(TRANSACTIONS, key, store)
    const bytes = store.get(playerEntryKey(key))
    this.player = bytes === undefined ? NO_WALLETS : decodePlayer(bytes)
  }

  transaction(id: string): TransactionState | undefined {
    return this.#transactions.get(id)
  }

  command(id: string): TransactionState | undefined {
    this.#commands ??= new Entries(COMMANDS, this.key, this.#store)
    return this.#commands.get(id)
  }

  round(id: string): RoundState | undefined {
    this.#rounds ??= new Entries(ROUNDS, this.key, this.#store)
    return this.#rounds.get(id)
  }

  withdrawal(id: string): WithdrawalState | undefined {
    this.#withdrawals ??= new Entries(WITHDRAWALS, this.key, this.#store)
    return this.#withdrawals.get(id)
  }

  /** Lays the changes of one event over what is known. */
  apply(changes: StateChanges): void {
    const { player, transactions, command, round, withdrawal, hold } = changes
    if (player !== undefined) this.setPlayer(player)
    if (transactions !== undefined)
      for (const { id, state } of transactions) this.#transactions.set(id, state)
    if (command !== undefined)
      (this.#commands ??= new Entries(COMMANDS, this.key, this.#store)).set(command.id, command.state)
    if (round !== undefined)
      (this.#rounds ??= new Entries(ROUNDS, this.key, this.#store)).set(round.id, round.state)
    if (withdrawal !== undefined)
      (this.#withdrawals ??= new Entries(WITHDRAWALS, this.key, this.#store)).set(
        withdrawal.id,
        withdrawal.state,
      )
    if (hold !== undefined)
      (this.#holds ??= new Map()).set(
        holdKey(hold.expiresAtMs, this.key, hold.transactionId),
        hold.open ? hold.currency : undefined,
      )
  }

  setPlayer(player: PlayerState): void {
    if (player === this.player) return
    this.player = player
    this.walletsChanged = true
  }

  /** Writes every changed entry to the store. */
  flush(store: StoreWriter): void {
    if (this.walletsChanged) store.put(playerEntryKey(this.key), encodePlayer(this.player))
    this.#transactions.flush(store)
    this.#commands?.flush(store)
    this.#rounds?.flush(store)
    this.#withdrawals?.flush(store)
    if (this.#holds !== undefined)
      for (const [key, currency] of this.#holds) {
        if (currency === undefined) store.delete(key)
        else store.put(key, Buffer.from(currency))
      }
  }
}

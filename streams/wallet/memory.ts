/**
 * The decoded state that a batch touches, laid over the store: each entry is decoded at most once and encoded once, at
 * the end of the batch.
 */
import type { Player } from '../../avro/types.ts'
import { auditText } from '../../domain/audit.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { EntryWriter, StoreReader } from '../runtime/processor.ts'
import type { AuditedView } from './audit.ts'
import { evolveProfile } from './evolve.ts'
import {
  commandKey,
  holdKey,
  holdText,
  playerEntryKey,
  profileTextKey,
  roundKey,
  transactionKey,
  heldMovementKey,
} from './keys.ts'
import {
  decodePlayer,
  decodeRound,
  decodeTransaction,
  decodeHeldMovement,
  encodePlayer,
  encodeRound,
  encodeTransaction,
  encodeHeldMovement,
} from './state-codec.ts'
import { NEW_PLAYER } from './state.ts'
import type { PlayerState, RoundState, StateChanges, TransactionState, HeldMovement } from './state.ts'

interface Slot<T> {
  value: T | undefined
  changed: boolean
}

interface EntryCodec<T> {
  encode(value: T): Buffer
  decode(bytes: Buffer): T
}

/** The entries of one kind, of all players of a batch. */
class Entries<T> {
  readonly #codec: EntryCodec<T>
  readonly #store: StoreReader
  readonly #slots = new Map<string, Slot<T>>()

  constructor(codec: EntryCodec<T>, store: StoreReader) {
    this.#codec = codec
    this.#store = store
  }

  /** The entry's place in the batch; it stays the same until the end of the batch. */
  slot(key: string): Slot<T> {
    const known = this.#slots.get(key)
    if (known !== undefined) return known
    const bytes = this.#store.get(key)
    const slot: Slot<T> = {
      value: bytes === undefined ? undefined : this.#codec.decode(bytes),
      changed: false,
    }
    this.#slots.set(key, slot)
    return slot
  }

  flush(store: EntryWriter): void {
    for (const [key, { value, changed }] of this.#slots)
      if (changed && value !== undefined) store.put(key, this.#codec.encode(value))
  }
}

const TEXT: EntryCodec<string> = {
  encode: (text) => Buffer.from(text),
  decode: (bytes) => bytes.toString(),
}

function change<T>(slot: Slot<T>, value: T): void {
  slot.value = value
  slot.changed = true
}

/** Players that a task keeps decoded, some 400 bytes each: most bets come from who bet a moment ago. */
export const PLAYERS_KEPT_MAX = 5_000

/**
 * The players that changed last, as the store has them once the batch is committed. Belongs to one task, and is thrown
 * away with it where a batch fails.
 */
export class KeptPlayers {
  // Two maps, of which the older is forgotten whole: a map that loses its oldest entry at each step leaves a gap for each,
  // and finding the next oldest has to walk over all of them.
  #newer = new Map<PlayerKey, PlayerState>()
  #older: ReadonlyMap<PlayerKey, PlayerState> = new Map()

  get(key: PlayerKey): PlayerState | undefined {
    return this.#newer.get(key) ?? this.#older.get(key)
  }

  set(key: PlayerKey, player: PlayerState): void {
    this.#newer.set(key, player)
    if (this.#newer.size < PLAYERS_KEPT_MAX / 2) return
    this.#older = this.#newer
    this.#newer = new Map()
  }
}

/** The memory of all players of a batch. */
export class BatchMemory {
  readonly transactions: Entries<TransactionState>
  readonly rounds: Entries<RoundState>
  readonly heldMovements: Entries<HeldMovement>
  readonly profileTexts: Entries<string>
  /** Open holds with what they are of, ended ones without. */
  readonly holds = new Map<string, string | undefined>()
  readonly #store: StoreReader
  readonly #kept: KeptPlayers
  readonly #players = new Map<string, PlayerMemory>()

  constructor(store: StoreReader, kept: KeptPlayers) {
    this.#store = store
    this.#kept = kept
    this.transactions = new Entries({ encode: encodeTransaction, decode: decodeTransaction }, store)
    this.rounds = new Entries({ encode: encodeRound, decode: decodeRound }, store)
    this.heldMovements = new Entries({ encode: encodeHeldMovement, decode: decodeHeldMovement }, store)
    this.profileTexts = new Entries(TEXT, store)
  }

  player(key: PlayerKey): PlayerMemory {
    const known = this.#players.get(key)
    if (known !== undefined) return known
    const memory = new PlayerMemory(key, this)
    this.#players.set(key, memory)
    return memory
  }

  /** The player as the store has him. */
  read(key: PlayerKey): PlayerState {
    const kept = this.#kept.get(key)
    if (kept !== undefined) return kept
    const bytes = this.#store.get(playerEntryKey(key))
    return bytes === undefined ? NEW_PLAYER : decodePlayer(bytes)
  }

  /** Writes every changed entry to the store. */
  flush(store: EntryWriter): void {
    for (const memory of this.#players.values()) {
      if (!memory.changed) continue
      store.put(playerEntryKey(memory.key), encodePlayer(memory.player))
      this.#kept.set(memory.key, memory.player)
    }
    this.transactions.flush(store)
    this.rounds.flush(store)
    this.heldMovements.flush(store)
    this.profileTexts.flush(store)
    for (const [key, text] of this.holds) {
      if (text === undefined) store.delete(key)
      else store.put(key, Buffer.from(text))
    }
  }
}

/** The memory of one player, as the rules see it and as events change it. */
export class PlayerMemory implements AuditedView {
  readonly key: PlayerKey
  /** True where the player has changed since the state was read. */
  changed = false
  /** Read when it is first asked for: a restore may not need it. */
  #player: PlayerState | undefined
  readonly #batch: BatchMemory
  /** The id that was asked for last, and its place: a command asks for the same ones several times. */
  #transactionId: string | undefined
  #transactionSlot: Slot<TransactionState> | undefined
  #roundId: string | undefined
  #roundSlot: Slot<RoundState> | undefined

  constructor(key: PlayerKey, batch: BatchMemory) {
    this.key = key
    this.#batch = batch
  }

  get player(): PlayerState {
    return (this.#player ??= this.#batch.read(this.key))
  }

  setPlayer(player: PlayerState): void {
    if (player === this.player) return
    this.#player = player
    this.changed = true
  }

  transaction(id: string): TransactionState | undefined {
    return this.#transaction(id).value
  }

  command(id: string): TransactionState | undefined {
    return this.#batch.transactions.slot(commandKey(this.key, id)).value
  }

  round(id: string): RoundState | undefined {
    return this.#round(id).value
  }

  heldMovement(id: string): HeldMovement | undefined {
    return this.#batch.heldMovements.slot(heldMovementKey(this.key, id)).value
  }

  get profileText(): string | undefined {
    return this.#batch.profileTexts.slot(profileTextKey(this.key)).value
  }

  /** Lays a recorded profile over what is known; an older one than is known changes nothing. */
  applyProfile(record: Player): void {
    const player = evolveProfile(this.player, record)
    if (player === this.player) return
    this.setPlayer(player)
    change(this.#batch.profileTexts.slot(profileTextKey(this.key)), auditText(record))
  }

  /** Lays the changes of one event over what is known. */
  apply({ player, transactions, command, round, heldMovement, hold }: StateChanges): void {
    const { key } = this
    const batch = this.#batch
    if (player !== undefined) this.setPlayer(player)
    if (transactions !== undefined)
      for (const { id, state } of transactions) change(this.#transaction(id), state)
    if (command !== undefined) change(batch.transactions.slot(commandKey(key, command.id)), command.state)
    if (round !== undefined) change(this.#round(round.id), round.state)
    if (heldMovement !== undefined)
      change(batch.heldMovements.slot(heldMovementKey(key, heldMovement.id)), heldMovement.state)
    if (hold !== undefined)
      batch.holds.set(
        holdKey(hold.expiresAtMs, key, hold.transactionId),
        hold.open ? holdText(hold) : undefined,
      )
  }

  #transaction(id: string): Slot<TransactionState> {
    if (this.#transactionSlot !== undefined && this.#transactionId === id) return this.#transactionSlot
    this.#transactionId = id
    return (this.#transactionSlot = this.#batch.transactions.slot(transactionKey(this.key, id)))
  }

  #round(id: string): Slot<RoundState> {
    if (this.#roundSlot !== undefined && this.#roundId === id) return this.#roundSlot
    this.#roundId = id
    return (this.#roundSlot = this.#batch.rounds.slot(roundKey(this.key, id)))
  }
}

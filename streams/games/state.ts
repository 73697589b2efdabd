/**
 * The store's entries, and how bets are laid over them: the same way when a command is decided and on a restore. A bet that is
 * no newer than what is there changes nothing.
 *
 * | key | entry |
 * |---|---|
 * | `b/<bet id>` | the bet |
 * | `d/<due, 13 digits>/<bet id>` | an open bet is to be looked at then |
 */
import type { GameBet, GameBetUpdated } from '../../avro/types.ts'
import { createCodec } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { isOpen } from './decide.ts'
import { TIME_MS_MAX } from './limits.ts'

/**
 * A store that was written under another number is dropped and restored from the log. It has to change with the keys above, and
 * with the schema of game.bet.updated: a test holds it to it.
 */
export const STORE_VERSION = 1

const TIME_DIGITS = 13
const UUID_CHARS = 36

/**
 * Stored bets are in the form of the topic, but with the store's version in place of a schema id: an id is the registry's to
 * give, and a store must stay readable whatever a registry says.
 */
export const storeCodec = (): Promise<TopicCodec<GameBetUpdated>> =>
  createCodec('game.bet.updated', {
    idOf: () => Promise.resolve(STORE_VERSION),
    textOf: () => Promise.resolve(undefined),
  })

const deadline = (atMs: number): string => String(atMs).padStart(TIME_DIGITS, '0')
const betKey = (betId: string): string => `b/${betId}`
const dueKey = (atMs: number, betId: string): string => `d/${deadline(atMs)}/${betId}`

const EMPTY = Buffer.alloc(0)

export const betEvent = (bet: GameBet): GameBetUpdated => ({
  event_id: bet.command_id,
  event_type: 'bet.updated',
  timestamp: bet.updated_at,
  data: bet,
})

export class BetsState {
  readonly #store: StoreWriter
  readonly #codec: TopicCodec<GameBetUpdated>

  constructor(store: StoreWriter, codec: TopicCodec<GameBetUpdated>) {
    this.#store = store
    this.#codec = codec
  }

  bet(betId: string): GameBet | undefined {
    const bytes = this.#store.get(betKey(betId))
    return bytes === undefined ? undefined : this.#codec.decode(bytes).data
  }

  lay(event: GameBetUpdated): void {
    const { bet_id: id, version, due_at: dueAtMs } = event.data
    const before = this.bet(id)
    if ((before?.version ?? 0) >= version) return
    if (before !== undefined && before.due_at !== null) this.#store.delete(dueKey(before.due_at, id))
    this.#store.put(betKey(id), this.#codec.encode(event))
    if (dueAtMs !== null) this.#store.put(dueKey(dueAtMs, id), EMPTY)
  }
}

/** Bets whose time has come, the longest overdue first. */
export function* dueBets(
  store: StoreReader,
  codec: TopicCodec<GameBetUpdated>,
  nowMs: number,
): Generator<GameBet> {
  const to = `d/${deadline(Math.min(nowMs + 1, TIME_MS_MAX))}/`
  for (const { key } of store.range('d/', to)) {
    const bytes = store.get(betKey(key.slice(-UUID_CHARS)))
    if (bytes !== undefined) yield codec.decode(bytes).data
  }
}

/**
 * Looks at up to `entriesMax` bets from `fromKey` on ('' for the first), and deletes those that were over before a moment: the
 * log does not hold them any more either. Answers the key to go on from, or '' after the last bet.
 */
export function sweep(
  store: StoreWriter,
  codec: TopicCodec<GameBetUpdated>,
  { fromKey, entriesMax, beforeMs }: { fromKey: string; entriesMax: number; beforeMs: number },
): string {
  let left = entriesMax
  for (const { key, value } of store.range(fromKey > 'b/' ? fromKey : 'b/', 'b0')) {
    if (left-- === 0) return key
    const { state, updated_at: atMs } = codec.decode(value).data
    if (!isOpen(state) && atMs < beforeMs) store.delete(key)
  }
  return ''
}

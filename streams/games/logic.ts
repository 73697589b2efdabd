/**
 * Bets at game providers as a stateful processor: bytes in, decisions by the pure core, bytes out. The state of the bet, the call
 * that is to be made and what the wallet is to do are one Kafka transaction with the position in game.command: whoever dies when,
 * all of it is there, or none.
 */
import { v5 } from 'uuid'
import type {
  DeadLettered,
  GameBet,
  GameBetUpdated,
  GameCall,
  GameCommand,
  TaskPositioned,
  WalletCommand,
} from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { BET_STEPS_MS } from '../../topics/catalogue/games.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { assertKey, changelogValues, decodeInput } from '../runtime/input.ts'
import { PoisonError } from '../runtime/processor.ts'
import type {
  LogRecord,
  Output,
  Owing,
  ProcessorDefinition,
  StoreWriter,
  TaskLogic,
} from '../runtime/processor.ts'
import { learnSchemas } from '../runtime/schemas.ts'
import { checkCommand } from './command.ts'
import type { CheckedCommand } from './command.ts'
import { decide } from './decide.ts'
import type { NextCall } from './decide.ts'
import { SWEEP_ENTRIES_MAX, WAKES_MAX, WAKE_AGAIN_MS } from './limits.ts'
import { BetsState, STORE_VERSION, betEvent, dueBets, sweep } from './state.ts'
import { walletCommandsOf } from './wallet-commands.ts'

export interface GamesCodecs {
  command: TopicCodec<GameCommand>
  bet: TopicCodec<GameBetUpdated>
  call: TopicCodec<GameCall>
  walletCommand: TopicCodec<WalletCommand>
  position: TopicCodec<TaskPositioned>
  deadLetter: TopicCodec<DeadLettered>
  store: TopicCodec<GameBetUpdated>
}

const COMMANDS = 'game.command'
const BETS = 'game.bet.updated'
const CALLS = 'game.call'
const WALLET_COMMANDS = 'wallet.command'

/** Namespace of the UUIDv5 of commands that wake a bet; it must never change. */
const WAKES = 'e1c5a3b2-6d0f-5b7a-9d39-1f0a8c4e7b25'

const keyOf = ({
  partner_id: partner,
  player_id: player,
}: Pick<GameBet, 'partner_id' | 'player_id'>): string => playerKey(partner, player)

const callEvent = (bet: GameBet, { kind, expiresAtMs }: NextCall): GameCall => ({
  event_id: bet.command_id,
  event_type: 'game.call',
  timestamp: bet.updated_at,
  data: {
    partner_id: bet.partner_id,
    player_id: bet.player_id,
    bet_id: bet.bet_id,
    terms: bet.terms,
    call: bet.call,
    kind,
    expires_at: expiresAtMs,
  },
})

const wakeCommand = ({ partner_id, player_id, bet_id, version }: GameBet, nowMs: number): GameCommand => ({
  event_id: v5(`${bet_id}/${version}`, WAKES),
  event_type: 'game.command',
  timestamp: nowMs,
  data: { partner_id, player_id, bet_id, action: 'WAKE', bet: null, result: null, requested_at: nowMs },
})

export class GamesLogic implements TaskLogic {
  readonly #codecs: GamesCodecs
  /** Bets that were woken, by id and version. */
  readonly #wokenAtMs = new Map<string, number>()
  #sweepKey = ''

  constructor(codecs: GamesCodecs) {
    this.#codecs = codecs
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const command = this.#read(record)
    const state = new BetsState(store, this.#codecs.store)
    const decision = decide(command, state.bet(command.ids.bet_id))
    if (decision.kind === 'ignored') return
    const { bet, call, steps } = decision
    output.count(bet.state)
    const event = betEvent(bet)
    const key = keyOf(bet)
    state.lay(event)
    output.send(BETS, key, this.#codecs.bet.encode(event))
    if (call !== undefined) output.send(CALLS, key, this.#codecs.call.encode(callEvent(bet, call)))
    // The player's wallet has the same partition number: all topics of players have as many partitions.
    for (const each of steps.flatMap((step) => walletCommandsOf(bet, step)))
      output.send(WALLET_COMMANDS, key, this.#codecs.walletCommand.encode(each))
  }

  /** Every record was sent with its command. */
  endBatch(): Owing {
    return 'nothing'
  }

  recall(): void {
    // Nothing is ever owed.
  }

  restore(topic: string, records: readonly LogRecord[], store: StoreWriter): void {
    if (topic !== BETS) return
    const state = new BetsState(store, this.#codecs.store)
    for (const value of changelogValues(topic, records)) state.lay(this.#codecs.bet.decode(value))
  }

  housekeep(store: StoreWriter, nowMs: number): readonly { key: string; value: Buffer }[] {
    this.#sweepKey = sweep(store, this.#codecs.store, {
      fromKey: this.#sweepKey,
      entriesMax: SWEEP_ENTRIES_MAX,
      beforeMs: nowMs - BET_STEPS_MS,
    })
    for (const [id, atMs] of this.#wokenAtMs) if (nowMs - atMs >= WAKE_AGAIN_MS) this.#wokenAtMs.delete(id)
    const wakes: { key: string; value: Buffer }[] = []
    for (const bet of dueBets(store, this.#codecs.store, nowMs)) {
      if (wakes.length >= WAKES_MAX) break
      const id = `${bet.bet_id}/${bet.version}`
      if (this.#wokenAtMs.has(id)) continue
      this.#wokenAtMs.set(id, nowMs)
      wakes.push({ key: keyOf(bet), value: this.#codecs.command.encode(wakeCommand(bet, nowMs)) })
    }
    return wakes
  }

  /** The command in a record; throws `PoisonError` where there is none that could be decided. */
  #read(record: LogRecord): CheckedCommand {
    const command = checkCommand(decodeInput(this.#codecs.command, record))
    if ('fault' in command) throw new PoisonError('RECORD_INVALID', command.fault)
    assertKey(record, keyOf(command.ids), 'partner_id/player_id of the command')
    return command
  }
}

/** The processor of bets at providers. A logic belongs to one task and is thrown away with a batch that failed. */
export function gamesProcessor(codecs: GamesCodecs): ProcessorDefinition {
  const readers = new Map<string, TopicCodec<unknown>>([
    [COMMANDS, codecs.command],
    [BETS, codecs.bet],
  ])
  return {
    name: 'games',
    inputTopic: COMMANDS,
    deadLetterTopic: 'game.command.dlq',
    deadLetterCodec: codecs.deadLetter,
    positionTopic: 'game.position',
    positionCodec: codecs.position,
    changelogTopics: [BETS],
    storeVersion: STORE_VERSION,
    createLogic: () => new GamesLogic(codecs),
    prepare: (topic, records) => learnSchemas(readers.get(topic), records),
  }
}

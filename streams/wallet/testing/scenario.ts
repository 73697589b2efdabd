/** A player's wallet under test: commands go in, one after another, and each answers what became of it. */
import type { Transaction, WalletCommand, WalletReplyData } from '../../../avro/types.ts'
import { playerKey } from '../../../domain/ids.ts'
import { decide } from '../decide.ts'
import { evolve, evolveProfile, evolveStanding } from '../evolve.ts'
import { BatchMemory, KeptPlayers } from '../memory.ts'
import { replyTo } from '../reply.ts'
import type { PlayerState } from '../state.ts'
import { faultOfCommand } from '../validate.ts'
import { MapStore, PARTNER_ID, START_MS, testCommand, testUuid } from './fixtures.ts'
import type { CommandParts } from './fixtures.ts'

export interface Answer extends WalletReplyData {
  /** The recorded transaction, where there is one. */
  event: Transaction | undefined
}

const ANN = playerKey(PARTNER_ID, 'ann')

export class Scenario {
  readonly store = new MapStore()
  readonly events: Transaction[] = []
  /** Time of the next command. Each command takes a millisecond. */
  nowMs = START_MS
  #commands = 0
  #batch = new BatchMemory(this.store, new KeptPlayers())
  #memory = this.#batch.player(ANN)

  get player(): PlayerState {
    return this.#memory.player
  }

  /** Id of the last command. */
  get lastId(): string {
    return testUuid(this.#commands)
  }

  /** Lets time pass before the next command. */
  wait(ms: number): this {
    this.nowMs += ms
    return this
  }

  /** Sends a command under a new id. */
  send(parts: CommandParts): Answer {
    this.#commands++
    const command = testCommand(this.lastId, this.nowMs, { created_at: this.nowMs - 5, ...parts })
    this.nowMs++
    return this.apply(command)
  }

  /** Sends a command as it is. */
  apply(command: WalletCommand): Answer {
    const fault = faultOfCommand(command)
    if (fault !== undefined) throw new Error(fault)
    const memory = this.#memory
    const decision = decide(command, memory, command.timestamp)
    let event: Transaction | undefined
    if (decision.kind === 'applied' || decision.kind === 'rejected') {
      event = decision.transaction
      this.events.push(event)
      memory.apply(evolve(memory, event))
    } else if (decision.kind === 'standing') memory.setPlayer(evolveStanding(memory.player, decision.wallet))
    else if (decision.kind === 'profile') memory.setPlayer(evolveProfile(memory.player, decision.player))
    return { ...replyTo(command, decision, memory).data, event }
  }

  /** Writes the state to the store and reads it back, as between two batches. */
  reload(): this {
    this.#batch.flush(this.store)
    this.store.commit()
    this.#batch = new BatchMemory(this.store, new KeptPlayers())
    this.#memory = this.#batch.player(ANN)
    return this
  }
}

/** A scenario with an open USD wallet that holds this much. */
export function funded(units = 1_000n): Scenario {
  const scenario = new Scenario()
  scenario.send({ type: 'DEPOSIT', amount: units, transaction_id_partner: 'first-deposit' })
  return scenario
}

const DAY_MS = 86_400_000

export const days = (count: number): number => count * DAY_MS

export const bet = (id: string | null, amount: bigint, parts: Partial<CommandParts> = {}): CommandParts => ({
  round_id: 'round',
  game_id: 'game',
  ...parts,
  type: 'BET',
  transaction_id_partner: id,
  amount,
})

export const win = (id: string | null, amount: bigint, parts: Partial<CommandParts> = {}): CommandParts => ({
  round_id: 'round',
  ...parts,
  type: 'WIN',
  transaction_id_partner: id,
  amount,
})

export const rollback = (
  reference: string,
  id: string | null = null,
  parts: Partial<CommandParts> = {},
): CommandParts => ({
  ...parts,
  type: 'ROLLBACK',
  transaction_id_partner: id,
  reference_transaction_id_partner: reference,
})

export const withdrawal = (amount: bigint, parts: Partial<CommandParts> = {}): CommandParts => ({
  hold_expires_at: START_MS + days(1),
  ...parts,
  type: 'WITHDRAWAL',
  amount,
})

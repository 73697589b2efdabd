/**
 * Commands of a few players, as unruly as partners send them: the same id again with the same or another payload, wins
 * and rollbacks before their bets, bets beyond the balance, withdrawals and their steps, records that are no commands.
 */
import type { WalletCommand } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { playerKey } from '../../domain/ids.ts'
import type { WalletCodecs } from '../../streams/wallet/logic.ts'
import { PARTNER_ID, START_MS, testCommand, testUuid } from '../../streams/wallet/testing/fixtures.ts'
import type { CommandParts } from '../../streams/wallet/testing/fixtures.ts'
import type { OutgoingRecord } from '../../streams/runtime/port.ts'
import type { Random } from './random.ts'

export const PARTITIONS = 3
const PLAYERS_PER_PARTITION = 2
const AMOUNT_MAX = 60
const UNITS = 10_000n
/** From one command to the next. */
const COMMAND_MS = 1_000
const HOLD_MS = 3_600_000
/** Ids are drawn from a few, so that they meet again. */
const IDS = 40
const ROUNDS = 8

export class Workload {
  readonly #random: Random
  readonly #codecs: WalletCodecs
  readonly #sent: OutgoingRecord[] = []
  readonly #withdrawals: { player: number; id: string }[] = []
  #count = 0

  constructor(random: Random, codecs: WalletCodecs) {
    this.#random = random
    this.#codecs = codecs
  }

  next(): OutgoingRecord {
    const random = this.#random
    if (this.#sent.length > 0 && random.oneIn(8)) return random.pick(this.#sent)
    if (random.oneIn(25)) return this.#poison()
    const record = this.#record(random.below(PARTITIONS * PLAYERS_PER_PARTITION))
    this.#sent.push(record)
    return record
  }

  #poison(): OutgoingRecord {
    return { key: 'nobody', value: Buffer.from('no command'), partition: this.#random.below(PARTITIONS) }
  }

  #record(player: number): OutgoingRecord {
    const number = ++this.#count
    const playerId = `player-${player}`
    const id = testUuid(number)
    const parts = this.#parts(player, id)
    const command: WalletCommand = testCommand(id, START_MS + number * COMMAND_MS, {
      player_id: playerId,
      created_at: START_MS + number * COMMAND_MS,
      reply_to: this.#random.oneIn(4) ? null : this.#random.below(PARTITIONS),
      ...parts,
    })
    return {
      key: playerKey(PARTNER_ID, playerId),
      value: this.#codecs.command.encode(command),
      partition: player % PARTITIONS,
    }
  }

  #parts(player: number, commandId: string): CommandParts {
    const random = this.#random
    const amount = BigInt(1 + random.below(AMOUNT_MAX)) * UNITS
    const idPartner = `t${random.below(IDS)}`
    const round = { game_id: 'game', round_id: `r${random.below(ROUNDS)}` }
    const open = this.#withdrawals.filter((withdrawal) => withdrawal.player === player)
    const step = random.weighted<() => CommandParts>([
      [6, () => ({ type: 'DEPOSIT', amount, transaction_id_partner: `d${random.below(IDS)}` })],
      [12, () => ({ type: 'BET', amount, transaction_id_partner: idPartner, ...round })],
      [3, () => ({ type: 'BET', amount, ...round })],
      [5, () => ({ type: 'WIN', amount, transaction_id_partner: `w${random.below(IDS)}`, ...round })],
      [2, () => ({ type: 'WIN', amount: 0n, transaction_id_partner: `w${random.below(IDS)}`, ...round })],
      [
        4,
        () => ({
          type: 'ROLLBACK',
          transaction_id_partner: `k${random.below(IDS)}`,
          reference_transaction_id_partner: idPartner,
        }),
      ],
      [3, () => this.#withdrawal(player, commandId, amount)],
      [
        open.length > 0 ? 4 : 0,
        () => ({
          type: random.pick([
            'WITHDRAWAL_APPROVE',
            'WITHDRAWAL_DECLINE',
            'WITHDRAWAL_COMPLETE',
            'WITHDRAWAL_FAIL',
          ]),
          transaction_id: random.pick(open).id,
        }),
      ],
      [1, () => this.#profile(commandId)],
      [1, () => ({ type: random.pick(['WALLET_FREEZE', 'WALLET_UNFREEZE']), reason: 'simulated' })],
    ])
    return step()
  }

  /** A new profile, now and then with an exclusion of some commands' length. */
  #profile(commandId: string): CommandParts {
    const random = this.#random
    const from = START_MS + this.#count * COMMAND_MS
    return {
      type: 'PLAYER_UPDATE',
      currency: NO_CURRENCY,
      player: {
        country: random.pick(['MT', 'SE']),
        name: `sealed ${commandId}`,
        date_of_birth: null,
        self_exclusion: random.oneIn(2) ? null : { from, until: from + random.below(20) * COMMAND_MS + 1 },
        limits: [],
      },
    }
  }

  #withdrawal(player: number, commandId: string, amount: bigint): CommandParts {
    this.#withdrawals.push({ player, id: commandId })
    return {
      type: 'WITHDRAWAL',
      amount,
      transaction_id_partner: `o${this.#random.below(IDS)}`,
      // Beyond the end of every simulation: expiry goes by the wall clock, which the reference does not have.
      hold_expires_at: START_MS + HOLD_MS * 24 * 365 * 10,
    }
  }
}

/**
 * The commands of a bulk run. As in the peer: a fifth deposits, half bets, the rest wins, over wallets drawn at random,
 * with about 150 bytes of audit fields each. Unlike the peer's, each wallet is opened by a deposit first, a win belongs to
 * a round with an unsettled bet, and money never runs out: all of them are accepted.
 */
import { v7 as uuidV7 } from 'uuid'
import type { CommandType, WalletCommand } from '../avro/types.ts'
import { playerKey } from '../domain/ids.ts'
import { UNITS_PER_WHOLE } from '../domain/money.ts'

export interface Workload {
  /** All of them, opening deposits included; at least one per player. */
  commands: number
  players: number
  partnerId: string
  /** First part of the partner's transaction ids and rounds, so that two workloads share none. */
  prefix: string
  /** Partition of wallet.reply for the answers; none are asked for where absent. */
  replyTo?: number
}

const OPENING_UNITS = 1_000_000n * UNITS_PER_WHOLE
const SEED = 1
const USER_AGENT =
  'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36'

/** mulberry32: the same numbers in every run. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface Movement {
  type: CommandType
  player: number
  units: bigint
  /** Number of the round, of a bet or win. */
  round?: number
}

/** The movements without their form. */
function* movements({ commands, players }: Workload): Generator<Movement> {
  const random = createRandom(SEED)
  const open: { player: number; round: number }[] = []
  for (let player = 1; player <= players; player++) yield { type: 'DEPOSIT', player, units: OPENING_UNITS }
  for (let index = 0; index < commands - players; index++) {
    const units = BigInt(100 + random(900)) * 100n
    const kind = index % 10
    const settled = kind < 7 ? undefined : open.splice(random(open.length), 1)[0]
    if (settled !== undefined) yield { type: 'WIN', units, ...settled }
    else if (kind < 2) yield { type: 'DEPOSIT', player: 1 + random(players), units }
    else {
      const bet = { player: 1 + random(players), round: index }
      if (open.length < players) open.push(bet)
      yield { type: 'BET', units, ...bet }
    }
  }
}

/** One command as the API would send it. `nowMs` is its time of acceptance. */
function commandOf(workload: Workload, movement: Movement, index: number, nowMs: number): WalletCommand {
  const { type, player, units, round } = movement
  const inRound = round !== undefined
  return {
    event_id: uuidV7(),
    event_type: 'wallet.command',
    timestamp: nowMs,
    data: {
      partner_id: workload.partnerId,
      player_id: String(player),
      type,
      currency: 'USD',
      amount: units,
      direction: null,
      game_id: inRound ? 'slots_game_001' : null,
      round_id: inRound ? `${workload.prefix}r${round}` : null,
      campaign_id: null,
      transaction_id_partner: `${workload.prefix}t${index}`,
      reference_transaction_id_partner: null,
      transaction_id: null,
      win_type: type === 'WIN' ? 'STANDARD' : null,
      round_closed: type === 'WIN',
      auto_approve: false,
      hold_expires_at: null,
      reason: null,
      created_at: nowMs,
      ip_address: `198.51.${player % 256}.${index % 256}`,
      user_agent: USER_AGENT,
      country: 'DE',
      metadata: `{"session":"s${player}","channel":"mobile"}`,
      reply_to: workload.replyTo ?? null,
      player: null,
      actor: null,
      expected_version: null,
      provider_id: null,
    },
  }
}

/** The workload's commands with their keys. */
export function* commandsOf(workload: Workload): Generator<{ key: string; command: WalletCommand }> {
  let index = 0
  for (const movement of movements(workload)) {
    const key = playerKey(workload.partnerId, String(movement.player))
    yield { key, command: commandOf(workload, movement, index++, Date.now()) }
  }
}

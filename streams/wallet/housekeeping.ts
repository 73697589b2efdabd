/**
 * What happens by the passing of time: holds whose deadline has come, and entries that no rule looks at any more.
 * Neither touches a rule: an overdue hold only becomes a command, and a forgotten entry counts as absent anyway.
 */
import type { WalletCommand } from '../../avro/types.ts'
import { BLANK_WALLET_COMMAND } from '../../avro/wallet-command.ts'
import { playerKey } from '../../domain/ids.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { StoreReader, StoreWriter } from '../runtime/processor.ts'
import { dueHoldRange, splitHoldKey, splitHoldText } from './keys.ts'
import type { HeldType } from './state.ts'
import { decodeRound, decodeTransaction, decodeHeldMovement } from './state-codec.ts'
import { recallRound, recallTransaction, recallHeldMovement } from './state.ts'
import { holdExpiryIdOf } from './wallet-id.ts'

export interface DueHold {
  player: PlayerKey
  partnerId: string
  playerId: string
  transactionId: string
  type: HeldType
  currency: string
  expiresAtMs: number
}

/** Holds whose deadline has come, the oldest first. */
export function dueHolds(store: StoreReader, nowMs: number, holdsMax: number): DueHold[] {
  const due: DueHold[] = []
  const { from, to } = dueHoldRange(nowMs)
  for (const { key, value } of store.range(from, to)) {
    if (due.length >= holdsMax) break
    const parts = splitHoldKey(key)
    due.push({
      ...parts,
      player: playerKey(parts.partnerId, parts.playerId),
      ...splitHoldText(value.toString()),
    })
  }
  return due
}

/** The command that ends a hold. Its id follows from what is held for, and the second of two does nothing. */
export const expiryCommand = (hold: DueHold, nowMs: number): WalletCommand => ({
  event_id: holdExpiryIdOf(hold.transactionId),
  event_type: 'wallet.command',
  timestamp: nowMs,
  data: {
    partner_id: hold.partnerId,
    player_id: hold.playerId,
    type: hold.type === 'BET' ? 'BET_EXPIRE' : 'WITHDRAWAL_EXPIRE',
    currency: hold.currency,
    created_at: hold.expiresAtMs,
    ...BLANK_WALLET_COMMAND,
    transaction_id: hold.transactionId,
  },
})

const DAY_MS = 86_400_000
/**
 * Entries are kept this much longer than the rules remember them, because the clocks that stamp commands differ: what
 * one command's time finds forgotten, a later command's time may not.
 */
export const SWEEP_MARGIN_MS = DAY_MS

/** Kinds of entry that are forgotten, by the first letter of their keys, in key order. */
const FORGOTTEN: readonly {
  prefix: string
  end: string
  isForgotten(bytes: Buffer, nowMs: number): boolean
}[] = [
  {
    prefix: 'c/',
    end: 'c0',
    isForgotten: (bytes, nowMs) => recallTransaction(decodeTransaction(bytes), nowMs) === undefined,
  },
  {
    prefix: 'r/',
    end: 'r0',
    isForgotten: (bytes, nowMs) => recallRound(decodeRound(bytes), nowMs) === undefined,
  },
  {
    prefix: 't/',
    end: 't0',
    isForgotten: (bytes, nowMs) => recallTransaction(decodeTransaction(bytes), nowMs) === undefined,
  },
  {
    prefix: 'w/',
    end: 'w0',
    isForgotten: (bytes, nowMs) => recallHeldMovement(decodeHeldMovement(bytes), nowMs) === undefined,
  },
]

/**
 * Looks at up to `entriesMax` entries from `fromKey` on ('' for the first) and deletes the forgotten ones. To be called
 * between two batches. Answers the key to go on from, or '' after the last entry.
 */
export function sweep(store: StoreWriter, fromKey: string, entriesMax: number, nowMs: number): string {
  let left = entriesMax
  for (const { prefix, end, isForgotten } of FORGOTTEN) {
    if (fromKey >= end) continue
    for (const { key, value } of store.range(fromKey > prefix ? fromKey : prefix, end)) {
      if (left-- === 0) return key
      if (isForgotten(value, nowMs - SWEEP_MARGIN_MS)) store.delete(key)
    }
  }
  return ''
}

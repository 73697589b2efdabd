/** What the audit trail has in common, whoever writes an entry. */
import { v5 } from 'uuid'
import { playerKey } from './ids.ts'
import { formatAmount } from './money.ts'

/** Namespace of the UUIDv5 by which the audit trail names players; it must never change. */
const PLAYERS = 'c2a6f0d4-1b8e-5f37-a9d5-70e4b3c18f26'

/** UUIDv5 of partner and player: how the audit trail names a player, whose own id is no UUID. */
export const playerSubjectIdOf = (partnerId: string, playerId: string): string =>
  v5(playerKey(partnerId, playerId), PLAYERS)

/**
 * Wallet commands that someone decides, as against what players do and what follows by itself: each of them leaves an
 * entry in the audit trail.
 */
const ADMINISTRATIVE: ReadonlySet<string> = new Set([
  'ADJUSTMENT',
  'WITHDRAWAL_APPROVE',
  'WITHDRAWAL_DECLINE',
  'WITHDRAWAL_COMPLETE',
  'WITHDRAWAL_FAIL',
  'WALLET_FREEZE',
  'WALLET_UNFREEZE',
  'AML_HOLD',
  'AML_RELEASE',
  'PLAYER_UPDATE',
])

/** True for a type of wallet command that leaves an entry in the audit trail. */
export const isAdministrative = (commandType: string): boolean => ADMINISTRATIVE.has(commandType)

const NONE: ReadonlySet<string> = new Set()

/** A subject as the JSON text of an entry: amounts and rates as decimals with four places, hidden fields left out. */
export const auditText = (subject: object, hidden: ReadonlySet<string> = NONE): string =>
  JSON.stringify(subject, (name, value: unknown) => {
    if (hidden.has(name)) return undefined
    return typeof value === 'bigint' ? formatAmount(value) : value
  })

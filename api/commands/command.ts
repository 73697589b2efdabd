/** Makes wallet commands of validated bodies. */
import { v7 as uuidv7 } from 'uuid'
import type { CommandType, PlayerSettings, WalletCommand } from '../../avro/types.ts'
import { isAdministrative } from '../../domain/audit.ts'
import { actorOf } from '../access/actor.ts'
import type { Origin } from '../access/actor.ts'
import { requireScope } from '../access/principal.ts'
import type { Principal } from '../access/principal.ts'
import type { CommandFields } from '../schemas/commands.ts'

/** What the caller asks, and in whose name. */
export interface CommandRequest {
  principal: Principal
  origin: Origin
  playerId: string
  type: CommandType
  fields: CommandFields
  /** The withdrawal that a step concerns. */
  transactionId?: string
  /** The profile that a PLAYER_UPDATE puts in place. */
  player?: PlayerSettings
  /** The version that a PLAYER_UPDATE was made on. */
  expectedVersion?: number | undefined
}

export interface CommandDefaults {
  /** How long the funds of a withdrawal are held when nobody confirms it, in milliseconds. */
  withdrawalHoldMs: number
  /** True for a player whose withdrawals wait for compliance. */
  isWithheld(partnerId: string, playerId: string): boolean
  /** How long the stake of a bet is held that its game's provider has to confirm, in milliseconds. */
  betHoldMs: number
  /** The provider that has to confirm a bet on a game; undefined where none has. Throws GAME_NOT_AVAILABLE. */
  confirmingProvider(gameId: string, currency: string): string | undefined
}

const EVENT_TYPE = 'wallet.command'

function autoApproved(
  { principal, playerId, type, fields }: CommandRequest,
  { isWithheld }: CommandDefaults,
): boolean {
  if (type !== 'WITHDRAWAL' || fields.amount === undefined) return false
  if (isWithheld(principal.partnerId, playerId)) return false
  const limit = principal.limits.autoApproveUnits.get(fields.currency)
  return limit !== undefined && fields.amount <= limit
}

const providerOf = (
  { type, fields }: CommandRequest,
  { confirmingProvider }: CommandDefaults,
): string | null =>
  type === 'BET' && fields.game_id !== undefined
    ? (confirmingProvider(fields.game_id, fields.currency) ?? null)
    : null

function holdEndOf(
  type: CommandType,
  provider: string | null,
  { withdrawalHoldMs, betHoldMs }: CommandDefaults,
  nowMs: number,
): number | null {
  if (provider !== null) return nowMs + betHoldMs
  return type === 'WITHDRAWAL' ? nowMs + withdrawalHoldMs : null
}

/**
 * A command with an id of its own (UUIDv7, which becomes the transaction's id); `reply_to` is left to the gateway.
 * Throws FORBIDDEN for a back-dated command without the scope wallet:backfill.
 */
export function buildCommand(
  request: CommandRequest,
  defaults: CommandDefaults,
  nowMs: number,
): WalletCommand {
  const { principal, playerId, type, fields } = request
  if (fields.created_at !== undefined) requireScope(principal, 'wallet:backfill')
  const id = uuidv7()
  const provider = providerOf(request, defaults)
  return {
    event_id: id,
    event_type: EVENT_TYPE,
    timestamp: nowMs,
    data: {
      partner_id: principal.partnerId,
      player_id: playerId,
      type,
      currency: fields.currency,
      amount: fields.amount ?? null,
      direction: fields.direction ?? null,
      game_id: fields.game_id ?? null,
      round_id: fields.round_id ?? null,
      campaign_id: fields.campaign_id ?? null,
      // A bet that its provider may want to give back needs an id by which it is named.
      transaction_id_partner: fields.transaction_id_partner ?? (provider === null ? null : id),
      reference_transaction_id_partner: fields.reference_transaction_id_partner ?? null,
      transaction_id: request.transactionId ?? null,
      win_type: type === 'WIN' ? (fields.win_type ?? 'STANDARD') : null,
      round_closed: type === 'WIN' && (fields.round_closed ?? fields.amount === 0n),
      auto_approve: autoApproved(request, defaults),
      hold_expires_at: holdEndOf(type, provider, defaults, nowMs),
      reason: fields.reason ?? null,
      created_at: fields.created_at ?? nowMs,
      ip_address: fields.ip_address ?? null,
      user_agent: fields.user_agent ?? null,
      country: fields.country ?? null,
      metadata: fields.metadata ?? null,
      reply_to: null,
      player: request.player ?? null,
      actor: isAdministrative(type) ? actorOf(principal, request.origin) : null,
      expected_version: request.expectedVersion ?? null,
      provider_id: provider,
    },
  }
}

/** Time within a UUIDv7, in epoch milliseconds; undefined for other UUIDs. */
export function uuidTimeMs(id: string): number | undefined {
  if (id.charAt(14) !== '7') return undefined
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

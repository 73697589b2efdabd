/**
 * What a command has to be before the rules look at it. The API lets nothing else through, but anyone with a producer
 * can write to the topic; what is refused here becomes a dead letter.
 */
import type { Actor, WalletCommand, WalletCommandData } from '../../avro/types.ts'
import { NO_CURRENCY, isCurrency } from '../../domain/currencies.ts'
import {
  GAME_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
  isPartnerId,
  isPlayerId,
  isUuid,
} from '../../domain/ids.ts'
import { isProviderId } from '../../domain/game-provider.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { TIME_MS_MAX } from './keys.ts'
import { COUNTRY, faultOfPlayer } from './validate-player.ts'

const IP_ADDRESS_CHARS_MAX = 45
/** Longest text about who asks, in characters. */
const ACTOR_CHARS_MAX = 255
/** Control characters and the like; an id of these can't be shown, and NUL can't be stored in PostgreSQL. */
const UNPRINTABLE = /\p{C}/u
/** JSON that parses but that PostgreSQL's JSONB refuses. */
const ESCAPED_NUL = '\\u0000'

type Fault = string | undefined

/** Most ids are plain, and a loop tells so faster than the expression that knows all of Unicode. */
function isPlainAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code > 0x7e) return false
  }
  return true
}

function faultOfId(name: string, id: string | null, charsMax: number): Fault {
  if (id === null) return undefined
  if (id.length === 0 || id.length > charsMax)
    return `${name} has ${id.length} characters, not 1 to ${charsMax}`
  return isPlainAscii(id) || !UNPRINTABLE.test(id) ? undefined : `${name} holds unprintable characters`
}

const faultOfText = (name: string, text: string | null): Fault =>
  text !== null && text.includes('\0') ? `${name} holds a NUL` : undefined

const isTime = (value: number): boolean => value >= 0 && value <= TIME_MS_MAX

/** A session's commands carry the same metadata, which need not be parsed each time: this many texts of this length. */
const SOUND_METADATA_MAX = 10_000
const SOUND_METADATA_CHARS_MAX = 256
const soundMetadata = new Set<string>()

function faultOfMetadata(metadata: string | null): Fault {
  if (metadata === null || soundMetadata.has(metadata)) return undefined
  const fault = faultOfNewMetadata(metadata)
  if (fault === undefined && metadata.length <= SOUND_METADATA_CHARS_MAX) {
    if (soundMetadata.size >= SOUND_METADATA_MAX) soundMetadata.clear()
    soundMetadata.add(metadata)
  }
  return fault
}

function faultOfNewMetadata(metadata: string): Fault {
  if (metadata.includes(ESCAPED_NUL)) return 'metadata holds an escaped NUL'
  try {
    const value: unknown = JSON.parse(metadata)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? undefined
      : 'metadata is not a JSON object'
  } catch {
    return 'metadata is not JSON'
  }
}

/** Of what every command carries. */
function faultOfCommon({ event_id, timestamp, data }: WalletCommand): Fault {
  if (!isUuid(event_id)) return 'event_id is not a canonical UUID'
  if (!isPartnerId(data.partner_id)) return 'partner_id is not a canonical UUID'
  if (!isPlayerId(data.player_id)) return 'player_id is not 1 to 255 visible characters without a slash'
  if (data.type === 'PLAYER_UPDATE' ? data.currency !== NO_CURRENCY : !isCurrency(data.currency))
    return 'currency is not an ISO 4217 code in use'
  if (!isTime(timestamp)) return 'timestamp is out of range'
  if (!isTime(data.created_at)) return 'created_at is out of range'
  return data.reply_to !== null && data.reply_to < 0 ? 'reply_to is negative' : undefined
}

/** Of what is carried along for the record. */
function faultOfTexts(data: WalletCommandData): Fault {
  if (data.ip_address !== null && data.ip_address.length > IP_ADDRESS_CHARS_MAX)
    return 'ip_address is too long'
  if (data.country !== null && !COUNTRY.test(data.country)) return 'country is not an ISO 3166-1 alpha-2 code'
  return (
    faultOfText('ip_address', data.ip_address) ??
    faultOfText('user_agent', data.user_agent) ??
    faultOfText('reason', data.reason) ??
    faultOfMetadata(data.metadata)
  )
}

/** What stands in the audit trail as long as there is one. */
function faultOfActor(actor: Actor | null): Fault {
  if (actor === null) return undefined
  if (actor.partner_id !== null && !isPartnerId(actor.partner_id))
    return 'partner_id of the actor is not a canonical UUID'
  return (
    faultOfId('key_id of the actor', actor.key_id, ACTOR_CHARS_MAX) ??
    faultOfId('ip_address of the actor', actor.ip_address, IP_ADDRESS_CHARS_MAX) ??
    faultOfId('request_id of the actor', actor.request_id, ACTOR_CHARS_MAX)
  )
}

const faultOfIds = (data: WalletCommandData): Fault =>
  faultOfId('transaction_id_partner', data.transaction_id_partner, TRANSACTION_ID_PARTNER_CHARS_MAX) ??
  faultOfId(
    'reference_transaction_id_partner',
    data.reference_transaction_id_partner,
    TRANSACTION_ID_PARTNER_CHARS_MAX,
  ) ??
  faultOfId('game_id', data.game_id, GAME_ID_CHARS_MAX) ??
  faultOfId('round_id', data.round_id, GAME_ID_CHARS_MAX) ??
  faultOfId('campaign_id', data.campaign_id, TRANSACTION_ID_PARTNER_CHARS_MAX)

function faultOfAmount(amount: bigint | null, zeroAllowed: boolean): Fault {
  if (amount === null) return 'amount is missing'
  if (amount < 0n) return 'amount is negative'
  if (amount > AMOUNT_UNITS_MAX) return 'amount exceeds NUMERIC(19,4)'
  return amount === 0n && !zeroAllowed ? 'amount is 0' : undefined
}

/** Fields that would mean something else on a command of another type. */
function faultOfStrayFields(data: WalletCommandData): Fault {
  const { type } = data
  if (data.direction !== null && type !== 'ADJUSTMENT' && type !== 'COMMISSION')
    return `${type} carries a direction`
  if (data.win_type !== null && type !== 'WIN') return `${type} carries a win_type`
  if (data.provider_id !== null && type !== 'BET') return `${type} carries a provider_id`
  if (data.round_closed && type !== 'WIN') return `${type} carries round_closed`
  if (type === 'PLAYER_UPDATE') return undefined
  if (data.expected_version !== null) return `${type} carries an expected_version`
  return data.player !== null ? `${type} carries a player` : undefined
}

/** A bet that a provider has to confirm: the provider is told of all this. */
function faultOfHeldBet(data: WalletCommandData): Fault {
  const { provider_id: provider, hold_expires_at: expiresAtMs } = data
  if (provider === null) return undefined
  if (!isProviderId(provider)) return 'provider_id is no id of a game provider'
  if (data.game_id === null || data.round_id === null || data.transaction_id_partner === null)
    return 'a BET with provider_id lacks game_id, round_id or transaction_id_partner'
  if (expiresAtMs === null) return 'hold_expires_at is missing'
  return isTime(expiresAtMs) ? undefined : 'hold_expires_at is out of range'
}

function faultOfWin(data: WalletCommandData): Fault {
  const namesNothing = data.round_id === null && data.reference_transaction_id_partner === null
  if (data.amount === 0n && namesNothing) return 'a WIN of 0 names neither round nor bet'
  return faultOfAmount(data.amount, true)
}

function faultOfWithdrawal(data: WalletCommandData): Fault {
  if (data.hold_expires_at === null) return 'hold_expires_at is missing'
  if (!isTime(data.hold_expires_at)) return 'hold_expires_at is out of range'
  return faultOfAmount(data.amount, false)
}

function faultOfRollback(data: WalletCommandData): Fault {
  if (data.reference_transaction_id_partner === null) return 'reference_transaction_id_partner is missing'
  return data.amount !== null ? 'a ROLLBACK takes its amount from its bet' : undefined
}

/** What a command of its type needs. */
function faultOfType(data: WalletCommandData): Fault {
  switch (data.type) {
    case 'BET':
      return faultOfAmount(data.amount, data.campaign_id !== null) ?? faultOfHeldBet(data)
    case 'WIN':
      return faultOfWin(data)
    case 'DEPOSIT':
      return faultOfAmount(data.amount, false)
    case 'WITHDRAWAL':
      return faultOfWithdrawal(data)
    case 'ROLLBACK':
      return faultOfRollback(data)
    case 'ADJUSTMENT':
    case 'COMMISSION':
      return data.direction === null ? 'direction is missing' : faultOfAmount(data.amount, false)
    case 'WITHDRAWAL_APPROVE':
    case 'WITHDRAWAL_DECLINE':
    case 'WITHDRAWAL_COMPLETE':
    case 'WITHDRAWAL_FAIL':
    case 'WITHDRAWAL_EXPIRE':
    case 'BET_CONFIRM':
    case 'BET_REFUSE':
    case 'BET_CANCEL':
    case 'BET_EXPIRE':
      return data.transaction_id === null || !isUuid(data.transaction_id)
        ? 'transaction_id is not a canonical UUID'
        : undefined
    case 'WALLET_FREEZE':
    case 'WALLET_UNFREEZE':
    case 'AML_HOLD':
    case 'AML_RELEASE':
      return undefined
    case 'PLAYER_UPDATE':
      return data.player === null ? 'player is missing' : faultOfPlayer(data.player)
  }
}

/** What is wrong with a command, or undefined where nothing is. */
export const faultOfCommand = (command: WalletCommand): Fault =>
  faultOfCommon(command) ??
  faultOfType(command.data) ??
  faultOfStrayFields(command.data) ??
  faultOfIds(command.data) ??
  faultOfActor(command.data.actor) ??
  faultOfTexts(command.data)

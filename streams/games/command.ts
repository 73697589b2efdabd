/** A command whose fields are known to be there: what the rules work on. */
import type { GameBetTerms, GameCommand, ProviderResult } from '../../avro/types.ts'
import { isCurrency } from '../../domain/currencies.ts'
import { isProviderId } from '../../domain/game-provider.ts'
import {
  GAME_ID_CHARS_MAX,
  TRANSACTION_ID_PARTNER_CHARS_MAX,
  isPartnerId,
  isPlayerId,
  isUuid,
} from '../../domain/ids.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { CODE_CHARS_MAX, TIME_MS_MAX, WINS_MAX } from './limits.ts'

/** Whose bet it is. */
export interface BetIds {
  partner_id: string
  player_id: string
  bet_id: string
}

interface Head {
  commandId: string
  /** When it was sent, epoch milliseconds: the time by which it is decided. */
  nowMs: number
  ids: BetIds
}

export interface Placed extends Head {
  action: 'HELD' | 'RESOLVE'
  terms: GameBetTerms
}

export interface Told extends Head {
  action: 'RESULT'
  result: ProviderResult
}

export interface Plain extends Head {
  action: 'EXPIRED' | 'WAKE' | 'VOIDED'
}

export type CheckedCommand = Placed | Told | Plain

/** The command, or what is wrong with it. */
export type Check = CheckedCommand | { fault: string }

type Fault = string | undefined

const isText = (text: string, charsMax: number): boolean => text.length > 0 && text.length <= charsMax
const isTime = (value: number): boolean => value >= 0 && value <= TIME_MS_MAX

function faultOfTerms(terms: GameBetTerms): Fault {
  if (!isProviderId(terms.provider_id)) return 'provider_id is no id of a game provider'
  if (!isText(terms.game_id, GAME_ID_CHARS_MAX)) return 'game_id has not 1 to 100 characters'
  if (!isText(terms.round_id, GAME_ID_CHARS_MAX)) return 'round_id has not 1 to 100 characters'
  if (!isText(terms.transaction_id_partner, TRANSACTION_ID_PARTNER_CHARS_MAX))
    return 'transaction_id_partner has not 1 to 255 characters'
  if (!isCurrency(terms.currency)) return 'currency is not an ISO 4217 code in use'
  if (terms.amount < 0n || terms.amount > AMOUNT_UNITS_MAX) return 'amount is no amount'
  return isTime(terms.placed_at) && isTime(terms.hold_expires_at)
    ? undefined
    : 'placed_at or hold_expires_at is out of range'
}

function faultOfResult({ call, code, reference, wins }: ProviderResult): Fault {
  if (call < 1) return 'call is not a number from 1 on'
  if (code.length > CODE_CHARS_MAX || (reference ?? '').length > CODE_CHARS_MAX)
    return `code or reference has more than ${CODE_CHARS_MAX} characters`
  if (wins.length > WINS_MAX) return `wins are more than ${WINS_MAX}`
  return wins.every(
    ({ id, amount }) => isText(id, CODE_CHARS_MAX) && amount >= 0n && amount <= AMOUNT_UNITS_MAX,
  )
    ? undefined
    : 'a win has no id, or no amount'
}

function faultOfHead({ event_id: id, data }: GameCommand): Fault {
  if (!isUuid(id) || !isUuid(data.bet_id)) return 'event_id or bet_id is not a canonical UUID'
  if (!isPartnerId(data.partner_id)) return 'partner_id is not a canonical UUID of a partner'
  if (!isPlayerId(data.player_id)) return 'player_id is not 1 to 255 visible characters without a slash'
  return isTime(data.requested_at) ? undefined : 'requested_at is out of range'
}

const unless = (command: CheckedCommand, fault: Fault): Check => (fault === undefined ? command : { fault })

/** Looks whether a command can be decided. */
export function checkCommand(command: GameCommand): Check {
  const fault = faultOfHead(command)
  if (fault !== undefined) return { fault }
  const { action, bet: terms, result, partner_id, player_id, bet_id, requested_at: nowMs } = command.data
  const head: Head = { commandId: command.event_id, nowMs, ids: { partner_id, player_id, bet_id } }
  switch (action) {
    case 'HELD':
    case 'RESOLVE':
      return terms === null
        ? { fault: `${action} without bet` }
        : unless({ ...head, action, terms }, faultOfTerms(terms))
    case 'RESULT':
      return result === null
        ? { fault: `${action} without result` }
        : unless({ ...head, action, result }, faultOfResult(result))
    case 'EXPIRED':
    case 'WAKE':
    case 'VOIDED':
      return { ...head, action }
  }
}

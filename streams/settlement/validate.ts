/**
 * What the parts of a command have to be before the rules look at them. The API lets nothing else through, but anyone with
 * a producer can write to the topic; what is refused here becomes a dead letter.
 */
import type {
  NewSettlementTerms,
  SettlementActor,
  SettlementCommand,
  SettlementDraft,
  SettlementFee,
  SettlementPeriod,
} from '../../avro/types.ts'
import { isCurrency } from '../../domain/currencies.ts'
import { isPartnerId, isUuid } from '../../domain/ids.ts'
import { isDate, isTimeZone } from '../../domain/settlement/calendar.ts'
import {
  ACTOR_CHARS_MAX,
  CURRENCIES_MAX,
  DAYS_MAX,
  FEES_MAX,
  LABEL_CHARS_MAX,
  RATE_UNITS_MAX,
  REFERENCE_CHARS_MAX,
  SEALS_MAX,
  TIME_MS_MAX,
} from './limits.ts'

/** What is wrong, or undefined where nothing is. */
export type Fault = string | undefined

const CONTROL = /\p{Cc}/u
const FEE_CODE = /^[A-Z][A-Z0-9_]{0,30}$/
const SHA256 = /^[0-9a-f]{64}$/

const isRate = (rate: bigint): boolean => rate >= 0n && rate <= RATE_UNITS_MAX

function faultOfText(name: string, text: string | null, charsMax: number): Fault {
  if (text === null) return undefined
  if (text === '' || text.length > charsMax) return `${name} has not 1 to ${charsMax} characters`
  return CONTROL.test(text) ? `${name} holds control characters` : undefined
}

const isDistinct = (items: readonly string[]): boolean => new Set(items).size === items.length

function faultOfFee({ code, label, rate }: SettlementFee): Fault {
  if (!FEE_CODE.test(code)) return 'code of a fee is not of capital letters, digits and underscores'
  if (!isRate(rate)) return 'rate of a fee is not within 0 and 1'
  return faultOfText('label of a fee', label, LABEL_CHARS_MAX)
}

/** What is wrong with the terms of a partner. */
export function faultOfTerms(terms: NewSettlementTerms): Fault {
  const { time_zone: zone, schedule_from: from, currencies, fees } = terms
  if (!isTimeZone(zone)) return 'time_zone is no IANA time zone'
  if (from !== null && !isDate(from)) return 'schedule_from is no date'
  if (currencies.length > CURRENCIES_MAX || !isDistinct(currencies))
    return `currencies has an item twice, or more than ${CURRENCIES_MAX}`
  if (!currencies.every(isCurrency)) return 'currencies holds what is no ISO 4217 code in use'
  if (fees.length > FEES_MAX || !isDistinct(fees.map(({ code }) => code)))
    return `fees has a code twice, or more than ${FEES_MAX} items`
  return fees.map(faultOfFee).find((fault) => fault !== undefined)
}

/** What is wrong with a period; whether it can be settled is for the rules to say. */
export function faultOfPeriod({ currency, from, to }: SettlementPeriod): Fault {
  if (!isCurrency(currency)) return 'currency is not an ISO 4217 code in use'
  return isDate(from) && isDate(to) ? undefined : 'from or to is no date'
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0

/** What is wrong with what was counted. */
export function faultOfDraft({
  seals,
  days,
  late_entries: late,
  late_digest: digest,
}: SettlementDraft): Fault {
  if (seals.length > SEALS_MAX || days.length > DAYS_MAX) return 'draft has too many seals or days'
  if (!seals.every(({ partition, next_offset: next }, at) => partition === at && isCount(next)))
    return 'seals are not those of all partitions in their order'
  if (!days.every(({ date, rate, movements }) => isDate(date) && isRate(rate) && isCount(movements)))
    return 'a day has no date, no rate within 0 and 1, or no count'
  if (days.some(({ date }, at) => at > 0 && date <= (days[at - 1]?.date ?? ''))) return 'days do not rise'
  return isCount(late) && SHA256.test(digest) ? undefined : 'late_entries or late_digest is none'
}

export const faultOfReference = (reference: string | null): Fault =>
  faultOfText('payment_reference', reference, REFERENCE_CHARS_MAX)

const faultOfActor = (actor: SettlementActor | null): Fault =>
  actor === null
    ? undefined
    : (faultOfText('key_id of the actor', actor.key_id, ACTOR_CHARS_MAX) ??
      faultOfText('ip_address of the actor', actor.ip_address, ACTOR_CHARS_MAX) ??
      faultOfText('request_id of the actor', actor.request_id, ACTOR_CHARS_MAX))

/** What is wrong with what every command carries. */
export function faultOfHead({ event_id: id, data }: SettlementCommand): Fault {
  const { partner_id: partnerId, settlement_id: runId, requested_at: atMs } = data
  if (!isUuid(id)) return 'event_id is not a canonical UUID'
  if (!isPartnerId(partnerId)) return 'partner_id is not a canonical UUID of a partner'
  if (runId !== null && !isUuid(runId)) return 'settlement_id is not a canonical UUID'
  if (atMs < 0 || atMs > TIME_MS_MAX) return 'requested_at is out of range'
  return faultOfActor(data.actor)
}

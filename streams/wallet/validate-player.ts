/** What a player's profile has to be before the rules look at it; see `validate.ts`. */
import type { PlayerLimit, PlayerSettings, SelfExclusion } from '../../avro/types.ts'
import { isCurrency } from '../../domain/currencies.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'

export const COUNTRY = /^[A-Z]{2}$/
/** An exclusion may last as long as dates have four digits; many who mean "for ever" write the year 9999. */
const MOMENT_MS_END = Date.UTC(10_000, 0, 1)

type Fault = string | undefined

const isMoment = (value: number): boolean => value >= 0 && value < MOMENT_MS_END

function faultOfExclusion({ from, until }: SelfExclusion): Fault {
  if (!isMoment(from)) return 'the self-exclusion begins out of range'
  if (until === null) return undefined
  if (!isMoment(until)) return 'the self-exclusion ends out of range'
  return until > from ? undefined : 'the self-exclusion ends before it begins'
}

const faultOfLimit = ({ currency, amount }: PlayerLimit): Fault => {
  if (!isCurrency(currency)) return 'the currency of a limit is not an ISO 4217 code in use'
  return amount >= 0n && amount <= AMOUNT_UNITS_MAX ? undefined : 'a limit is out of range'
}

function faultOfLimits(limits: readonly PlayerLimit[]): Fault {
  const kinds = new Set(limits.map(({ kind, period, currency }) => `${kind} ${period} ${currency}`))
  if (kinds.size < limits.length) return 'two limits are of the same kind, period and currency'
  return limits.map(faultOfLimit).find((fault) => fault !== undefined)
}

/** What is wrong with a profile, or undefined where nothing is. */
export function faultOfPlayer({
  country,
  name,
  date_of_birth,
  self_exclusion,
  limits,
}: PlayerSettings): Fault {
  if (country !== null && !COUNTRY.test(country))
    return 'the country of the player is not an ISO 3166-1 alpha-2 code'
  if (name?.includes('\0') === true || date_of_birth?.includes('\0') === true) return 'the player holds a NUL'
  return (self_exclusion === null ? undefined : faultOfExclusion(self_exclusion)) ?? faultOfLimits(limits)
}

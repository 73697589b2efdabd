/**
 * Money is a `bigint` count of units of 1/10000 of a currency (NUMERIC(19,4)). No floating point touches it.
 */

/** Digits after the decimal point that every amount carries. */
export const AMOUNT_SCALE = 4
/** Significant digits of the widest amount, as in NUMERIC(19,4). */
export const AMOUNT_PRECISION = 19
/** Units in one whole of a currency. */
export const UNITS_PER_WHOLE = 10_000n
/** The largest amount that NUMERIC(19,4) holds, in units. */
export const AMOUNT_UNITS_MAX = 10n ** BigInt(AMOUNT_PRECISION) - 1n

// oxlint-disable-next-line security/detect-unsafe-regex -- digits, a point, digits: linear
const PLAIN_DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** Why a text is no amount. */
export type AmountFault = 'NOT_A_DECIMAL' | 'TOO_MANY_DECIMALS' | 'OUT_OF_RANGE'

export type ParsedAmount = { ok: true; units: bigint } | { ok: false; fault: AmountFault }

/**
 * Reads a plain decimal ("10", "10.50", "-3.0001") into units. Exponents, signs other than a leading minus,
 * blanks, more than 4 decimals (even zeros) and anything outside NUMERIC(19,4) are refused.
 */
export function parseAmount(text: string): ParsedAmount {
  const match = PLAIN_DECIMAL.exec(text)
  if (match === null) return { ok: false, fault: 'NOT_A_DECIMAL' }
  const [, sign, whole = '', fraction = ''] = match
  if (fraction.length > AMOUNT_SCALE) return { ok: false, fault: 'TOO_MANY_DECIMALS' }
  // A huge digit string must not reach BigInt: its conversion costs quadratic time.
  if (whole.replace(/^0+/, '').length > AMOUNT_PRECISION - AMOUNT_SCALE)
    return { ok: false, fault: 'OUT_OF_RANGE' }
  const magnitude = BigInt(whole) * UNITS_PER_WHOLE + BigInt(fraction.padEnd(AMOUNT_SCALE, '0'))
  return { ok: true, units: sign === '-' ? -magnitude : magnitude }
}

/** Writes units as a decimal with exactly four decimals: 105000n → "10.5000". The form of SQL and CSV. */
export function formatAmount(units: bigint): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(AMOUNT_SCALE + 1, '0')
  const split = digits.length - AMOUNT_SCALE
  return `${sign}${digits.slice(0, split)}.${digits.slice(split)}`
}

/** Writes units in the shortest exact form with at least two decimals: 105000n → "10.50". The form of JSON. */
export function formatAmountShort(units: bigint): string {
  const full = formatAmount(units)
  if (full.endsWith('00')) return full.slice(0, -2)
  return full.endsWith('0') ? full.slice(0, -1) : full
}

/**
 * Amounts as providers write them: whole numbers of a power of ten of the currency. They travel as texts of digits or as JSON numbers
 * without a fraction; money never becomes a floating-point number.
 */
import { AMOUNT_SCALE, AMOUNT_UNITS_MAX } from '../domain/money.ts'

/** Largest exponent that providers declare. */
export const EXPONENT_MAX = 8

/** Digits of the largest amount at the largest exponent, and some; a longer text never reaches BigInt. */
const DIGITS = /^(0|[1-9]\d{0,29})$/

/** What units are at an exponent, or undefined where digits would be lost. */
export function toScaled(units: bigint, exponent: number): string | undefined {
  if (exponent >= AMOUNT_SCALE) return (units * 10n ** BigInt(exponent - AMOUNT_SCALE)).toString()
  const divisor = 10n ** BigInt(AMOUNT_SCALE - exponent)
  return units % divisor === 0n ? (units / divisor).toString() : undefined
}

/** The same, rounded towards zero: for balances, which may be said too low and never too high. */
export const toScaledFloor = (units: bigint, exponent: number): string =>
  exponent >= AMOUNT_SCALE
    ? (units * 10n ** BigInt(exponent - AMOUNT_SCALE)).toString()
    : (units / 10n ** BigInt(AMOUNT_SCALE - exponent)).toString()

/** Units of a text of digits at an exponent; undefined for anything else, and where units would be lost or too many. */
export function fromScaled(digits: string, exponent: number): bigint | undefined {
  if (!DIGITS.test(digits)) return undefined
  const value = BigInt(digits)
  if (exponent <= AMOUNT_SCALE) {
    const units = value * 10n ** BigInt(AMOUNT_SCALE - exponent)
    return units <= AMOUNT_UNITS_MAX ? units : undefined
  }
  const divisor = 10n ** BigInt(exponent - AMOUNT_SCALE)
  const units = value / divisor
  return value % divisor === 0n && units <= AMOUNT_UNITS_MAX ? units : undefined
}

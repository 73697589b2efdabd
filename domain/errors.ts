/**
 * The error catalogue: every code that the platform answers with, once. HTTP answers, wallet rejections and the
 * documentation draw on it; a test holds them together.
 */
import { WALLET_ERRORS } from './errors/wallet.ts'
import { PARTNER_ERRORS } from './errors/partners.ts'
import { ALERT_ERRORS } from './errors/alerts.ts'
import { SETTLEMENT_ERRORS } from './errors/settlement.ts'
import { REQUEST_ERRORS } from './errors/requests.ts'
import { RECORD_ERRORS } from './errors/records.ts'

export { WALLET_ERRORS, PARTNER_ERRORS, ALERT_ERRORS, SETTLEMENT_ERRORS, REQUEST_ERRORS, RECORD_ERRORS }

export const ERRORS = {
  ...WALLET_ERRORS,
  ...PARTNER_ERRORS,
  ...ALERT_ERRORS,
  ...SETTLEMENT_ERRORS,
  ...REQUEST_ERRORS,
  ...RECORD_ERRORS,
}

export type WalletErrorCode = keyof typeof WALLET_ERRORS
export type PartnerErrorCode = keyof typeof PARTNER_ERRORS
export type AlertErrorCode = keyof typeof ALERT_ERRORS
export type SettlementErrorCode = keyof typeof SETTLEMENT_ERRORS
export type RequestErrorCode = keyof typeof REQUEST_ERRORS
export type RecordErrorCode = keyof typeof RECORD_ERRORS
export type ErrorCode = keyof typeof ERRORS

export const isWalletErrorCode = (code: string): code is WalletErrorCode => code in WALLET_ERRORS

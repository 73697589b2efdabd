/** What becomes of a command: the run or the terms that it changes, or why it changes nothing. */
import type { Settlement, SettlementTerms } from '../../avro/types.ts'
import type { SettlementErrorCode } from '../../domain/errors.ts'

/** What the rules know of the state. */
export interface SettlementView {
  terms(partnerId: string): SettlementTerms | undefined
  run(runId: string): Settlement | undefined
  /** The last confirmed run of a partner and currency. */
  lastConfirmed(partnerId: string, currency: string): Settlement | undefined
}

/** Why a command is refused. */
export type Refusal = SettlementErrorCode | 'VERSION_CONFLICT'

export type Decision =
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'terms'; terms: SettlementTerms }
  | { kind: 'run'; run: Settlement }

export const refused = (refusal: Refusal): Decision => ({ kind: 'refused', refusal })

/** Hex of a SHA-256 over a text: the core knows no platform. */
export type Sha256 = (text: string) => string

/** Reads the recorded examples of `games/contract/`: amounts are texts of units there, since JSON has no whole numbers of that size. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BetRequest, CancelRequest, LaunchRequest, RoundQuery } from '../adapter.ts'

export interface RecordedExchange {
  name: string
  operation: 'listGames' | 'launch' | 'placeBet' | 'roundResult' | 'cancelBet'
  given?: unknown
  /** What is on the wire; absent where it is shown elsewhere, or where nothing may be sent. */
  request?: { method: string; path: string; headers: Record<string, string>; body?: unknown }
  /** Absent where nothing may be sent. */
  answer?: { status: number; body: unknown }
  outcome: unknown
}

export interface RecordedCallback {
  name: string
  path: string
  receivedAtMs: number
  headers: Record<string, string>
  body: string
  verified: unknown
}

export interface RecordedCall {
  name: string
  profile: 'aggregator' | 'studio'
  path: string
  headers: Record<string, string>
  body: string
  wallet: { session?: object; balance?: string; result?: Record<string, unknown> }
  orders: unknown[]
  answer: { status: number; body: unknown }
}

export interface Recorded {
  credentials: Record<string, string>
  exchanges: RecordedExchange[]
  callbacks: RecordedCallback[]
  calls?: RecordedCall[]
}

export const readRecorded = (name: string): Recorded =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../contract', `${name}.json`), 'utf8')) as Recorded

const UNITS: ReadonlySet<string> = new Set(['units', 'amount', 'balance'])

/** Texts of units as the bigints that they stand for. */
export const revived = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, inner: unknown) =>
    UNITS.has(key) && typeof inner === 'string' ? BigInt(inner) : inner,
  )

/** What a call is given: whichever the operation takes. */
export type Given = LaunchRequest & BetRequest & RoundQuery & CancelRequest

export const givenOf = ({ given }: RecordedExchange): Given => revived(given ?? {}) as Given

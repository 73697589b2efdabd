/** Commands for the tests of the replay. */
import type { PartnerId, PlayerId } from '../../domain/ids.ts'
import type { ReplayCommand } from '../../cli/replay/row.ts'

export const PARTNER = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10' as PartnerId

/** A bet, changed as asked. */
export const aCommand = (change: Partial<ReplayCommand> = {}): ReplayCommand => ({
  line: 2,
  createdAtMs: Date.UTC(2026, 2, 1),
  partnerId: PARTNER,
  playerId: 'p1' as PlayerId,
  type: 'BET',
  amount: 25_000n,
  direction: null,
  currency: 'EUR',
  gameId: 'crash',
  roundId: 'r1',
  campaignId: null,
  transactionIdPartner: 'b-1',
  referenceTransactionIdPartner: null,
  winType: null,
  roundClosed: false,
  ip: null,
  country: null,
  ...change,
})

/** The sandbox's books for others to read: as JSON, and as the file by round that a reconciliation takes. */
import { formatAmount, UNITS_PER_WHOLE } from '../../domain/money.ts'
import { parsePlayerRef } from '../player-ref.ts'
import { sumsOf } from './books.ts'
import type { Books, Round } from './books.ts'

/** The header of the file by round. */
export const REPORT_COLUMNS = ['round_id', 'player_id', 'currency', 'bets', 'wins', 'rollbacks'] as const

export interface ReportOptions {
  /** Rounds of this partner's players alone; all where absent. */
  partnerId?: string | undefined
  /** The books' amounts are whole numbers of ten to the minus this. */
  exponent: number
}

type ReportRow = Record<(typeof REPORT_COLUMNS)[number], string>

/** A row per round. The stake of a refused bet is in none of its sums; a bet that was given back is in two. */
export function* reportRows(books: Books, { partnerId, exponent }: ReportOptions): Generator<ReportRow> {
  const unit = UNITS_PER_WHOLE / 10n ** BigInt(exponent)
  for (const round of books.rounds()) {
    const player = parsePlayerRef(round.player)
    if (player === undefined || (partnerId !== undefined && player.partnerId !== partnerId)) continue
    const sums = sumsOf(round)
    // Refused bets alone: the round never came about.
    if (round.bets.every(({ state }) => state === 'REFUSED')) continue
    yield {
      round_id: round.round,
      player_id: player.playerId,
      currency: round.currency,
      bets: formatAmount(sums.bets * unit),
      wins: formatAmount(sums.wins * unit),
      rollbacks: formatAmount(sums.refunded * unit),
    }
  }
}

/** How many bets are in which state: what a test waits for. */
export function tally(books: Books): Record<string, number> {
  const counts = { rounds: books.size, open: 0, accepted: 0, settled: 0, voided: 0, refused: 0 }
  const count = (round: Round): void => {
    let isOpen = false
    for (const { state, settled } of round.bets) {
      if (state === 'REFUSED') counts.refused++
      else if (state === 'VOID') counts.voided++
      else if (settled) counts.settled++
      else {
        counts.accepted++
        isOpen = true
      }
    }
    if (isOpen) counts.open++
  }
  for (const round of books.rounds()) count(round)
  return counts
}

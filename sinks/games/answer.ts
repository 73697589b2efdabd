/** What a provider's outcome is to the saga. */
import type { GameCallKind, GameWin, ProviderAnswer, ProviderResult } from '../../avro/types.ts'
import type { BetCancelled, BetPlaced, Outcome, RoundState } from '../../games/adapter.ts'
import { CODE_CHARS_MAX } from './limits.ts'

type Answer = Omit<ProviderResult, 'call'>

const said = (
  { code, providerReference }: Pick<Outcome<unknown>, 'code' | 'providerReference'>,
  answer: ProviderAnswer,
  round: { closed: boolean; wins: GameWin[] } = { closed: false, wins: [] },
): Answer => ({
  answer,
  code: code.slice(0, CODE_CHARS_MAX),
  reference: providerReference?.slice(0, CODE_CHARS_MAX) ?? null,
  round_closed: round.closed,
  wins: round.wins,
})

/**
 * @param isFirst whether surely nobody has sent this call before: a refusal, or that nothing was sent, is the whole truth only then
 */
export function placed(outcome: Outcome<BetPlaced>, isFirst: boolean): Answer {
  switch (outcome.class) {
    case 'SUCCESS':
      return said(outcome, 'ACCEPTED')
    case 'REJECT':
      return said(outcome, isFirst || outcome.reason === 'BET_CANCELLED' ? 'REFUSED' : 'UNCERTAIN')
    case 'UNCERTAIN':
      return said(outcome, isFirst && !outcome.sent ? 'NOT_SENT' : 'UNCERTAIN')
    case 'FATAL':
      return said(outcome, isFirst ? 'NOT_SENT' : 'UNCERTAIN')
  }
}

const STANDINGS: Readonly<Record<RoundState['bet'], ProviderAnswer>> = {
  ACCEPTED: 'ACCEPTED',
  REJECTED: 'REFUSED',
  CANCELLED: 'REFUSED',
  UNKNOWN: 'ABSENT',
}

export function checked(outcome: Outcome<RoundState>): Answer {
  if (outcome.class === 'SUCCESS') {
    const { bet, round, wins } = outcome.value
    return said(outcome, STANDINGS[bet], {
      closed: round === 'CLOSED',
      wins: wins.map(({ providerTransactionId: id, amount, winType }) => ({
        id,
        amount: amount.units,
        win_type: winType,
      })),
    })
  }
  // A provider that can't be asked can be told to cancel.
  return said(outcome, outcome.class === 'REJECT' ? 'ABSENT' : 'UNCERTAIN')
}

export function canceled(outcome: Outcome<BetCancelled>): Answer {
  if (outcome.class === 'SUCCESS') return said(outcome, 'CANCELED')
  const stands = outcome.class === 'REJECT' && outcome.reason === 'BET_SETTLED'
  return said(outcome, stands ? 'STANDS' : 'UNCERTAIN')
}

/** Of a bet whose provider or game is not known here. */
export const unreachable = (kind: GameCallKind, isFirst: boolean, code: string): Answer =>
  said({ code, providerReference: null }, kind === 'PLACE' && isFirst ? 'NOT_SENT' : 'UNCERTAIN')

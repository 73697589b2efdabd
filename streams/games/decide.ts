/** What happens to a bet at a provider: the rules of the saga, from the command, the bet and the command's time. */
import type { GameBet, GameBetState, GameCallKind, ProviderAnswer } from '../../avro/types.ts'
import type { CheckedCommand, Placed, Told } from './command.ts'
import { ANSWER_WAY_MS, CALL_MS, PAUSE_HELD_MS_MAX, PAUSE_MS, PAUSE_MS_MAX } from './limits.ts'

/** What the wallet is to do. */
export type WalletStep =
  | { kind: 'CONFIRM' | 'REFUSE' | 'CANCEL' | 'ROLL_BACK' }
  /** The wins of the round are paid, and it is closed. */
  | { kind: 'SETTLE'; wins: Told['result']['wins'] }

/** The call that is to be made. Its number is in the bet. */
export interface NextCall {
  kind: GameCallKind
  expiresAtMs: number
}

export type Decision =
  | { kind: 'ignored' }
  | { kind: 'changed'; bet: GameBet; call: NextCall | undefined; steps: readonly WalletStep[] }

/** States that wait for the provider. */
type Open = Extract<GameBetState, `${string}ING`>
type Over = Exclude<GameBetState, Open>

/** What is asked of the provider in each state. */
const ASKED: Readonly<Record<Open, GameCallKind>> = {
  PLACING: 'PLACE',
  CHECKING: 'CHECK',
  CANCELING: 'CANCEL',
  REVERSING: 'CANCEL',
  RESOLVING: 'CHECK',
  VOIDING: 'CANCEL',
}

export const isOpen = (state: GameBetState): state is Open => state in ASKED

/** In these the stake is held, and the pauses are short. */
const HOLDING: ReadonlySet<GameBetState> = new Set(['PLACING', 'CHECKING', 'CANCELING'])

/** A bet with what moves it on. */
interface Situation {
  bet: GameBet
  commandId: string
  nowMs: number
}

const IGNORED: Decision = { kind: 'ignored' }

const next = ({ bet, commandId, nowMs }: Situation, parts: Partial<GameBet>): GameBet => ({
  ...bet,
  ...parts,
  version: bet.version + 1,
  updated_at: Math.max(nowMs, bet.updated_at),
  command_id: commandId,
})

/** Asks the provider at once. A bet is not placed when its stake is no longer held. */
function ask(at: Situation, state: Open, parts: Partial<GameBet> = {}): Decision {
  const { bet, nowMs } = at
  const latestMs = state === 'PLACING' ? bet.terms.hold_expires_at : Infinity
  const expiresAtMs = Math.min(nowMs + CALL_MS, latestMs)
  return {
    kind: 'changed',
    bet: next(at, {
      ...parts,
      state,
      call: bet.call + 1,
      calling: true,
      due_at: expiresAtMs + ANSWER_WAY_MS,
    }),
    call: { kind: ASKED[state], expiresAtMs },
    steps: [],
  }
}

/** Goes to another state, and asks at once what is asked there. */
const turn = (at: Situation, state: Open): Decision => ask(at, state, { tries: 0 })

function end(
  at: Situation,
  state: Over,
  steps: readonly WalletStep[],
  parts: Partial<GameBet> = {},
): Decision {
  return {
    kind: 'changed',
    bet: next(at, { ...parts, state, calling: false, due_at: null }),
    call: undefined,
    steps,
  }
}

/** Asks again after a pause, which grows with each try. */
function later(at: Situation): Decision {
  const { bet, nowMs } = at
  const longestMs = HOLDING.has(bet.state) ? PAUSE_HELD_MS_MAX : PAUSE_MS_MAX
  const pauseMs = Math.min(PAUSE_MS * 2 ** Math.min(bet.tries, 20), longestMs)
  return {
    kind: 'changed',
    bet: next(at, { calling: false, tries: bet.tries + 1, due_at: nowMs + pauseMs }),
    call: undefined,
    steps: [],
  }
}

/** Half of the hold is for asking; the other half is for cancelling. */
const isToCancel = ({ bet, nowMs }: Situation): boolean =>
  nowMs >= (bet.held_at + bet.terms.hold_expires_at) / 2

type Wins = Told['result']['wins']

/** A bet that the provider has. Where it has the result too, that needs no callback any more. */
const confirmed = (at: Situation, closed: boolean, wins: Wins): Decision =>
  end(at, 'CONFIRMED', [{ kind: 'CONFIRM' }, ...(closed ? [{ kind: 'SETTLE', wins } as const] : [])])

/** What is known after an answer. */
interface Answer {
  answer: ProviderAnswer
  roundClosed: boolean
  wins: Wins
}

function placing(at: Situation, { answer }: Answer): Decision {
  switch (answer) {
    case 'ACCEPTED':
      return confirmed(at, false, [])
    case 'REFUSED':
      return end(at, 'REFUSED', [{ kind: 'REFUSE' }])
    case 'NOT_SENT':
      return end(at, 'CANCELED', [{ kind: 'CANCEL' }])
    default:
      return turn(at, isToCancel(at) ? 'CANCELING' : 'CHECKING')
  }
}

function checking(at: Situation, { answer, roundClosed, wins }: Answer): Decision {
  switch (answer) {
    case 'ACCEPTED':
      return confirmed(at, roundClosed, wins)
    case 'REFUSED':
      return end(at, 'REFUSED', [{ kind: 'REFUSE' }])
    case 'ABSENT':
      // It may be on its way still: only the provider can keep it out.
      return turn(at, 'CANCELING')
    default:
      return isToCancel(at) ? turn(at, 'CANCELING') : later(at)
  }
}

function canceling(at: Situation, { answer }: Answer): Decision {
  if (answer === 'CANCELED') return end(at, 'CANCELED', [{ kind: 'CANCEL' }])
  return answer === 'STANDS' ? confirmed(at, false, []) : later(at)
}

function reversing(at: Situation, { answer }: Answer): Decision {
  if (answer === 'CANCELED') return end(at, 'CANCELED', [])
  return answer === 'STANDS' ? end(at, 'DISPUTED', []) : later(at)
}

function resolving(at: Situation, { answer, roundClosed, wins }: Answer): Decision {
  switch (answer) {
    case 'ACCEPTED':
      return roundClosed ? end(at, 'RESOLVED', [{ kind: 'SETTLE', wins }]) : turn(at, 'VOIDING')
    case 'ABSENT':
      return turn(at, 'VOIDING')
    case 'REFUSED':
      return end(at, 'ROLLED_BACK', [{ kind: 'ROLL_BACK' }])
    default:
      return later(at)
  }
}

function voiding(at: Situation, { answer }: Answer): Decision {
  if (answer === 'CANCELED') return end(at, 'ROLLED_BACK', [{ kind: 'ROLL_BACK' }])
  // It has got its result meanwhile.
  return answer === 'STANDS' ? turn(at, 'RESOLVING') : later(at)
}

const ANSWERED: Readonly<Record<Open, (at: Situation, answer: Answer) => Decision>> = {
  PLACING: placing,
  CHECKING: checking,
  CANCELING: canceling,
  REVERSING: reversing,
  RESOLVING: resolving,
  VOIDING: voiding,
}

const UNANSWERED: Answer = { answer: 'UNCERTAIN', roundClosed: false, wins: [] }

function told(at: Situation, { result }: Told): Decision {
  const { bet } = at
  const { state } = bet
  if (!isOpen(state)) return IGNORED
  const isCurrent = bet.calling && result.call === bet.call
  // The answer to the first call may come after it was given up; that the bet was taken is true all the same.
  const isLateSuccess = state === 'CHECKING' && result.call < bet.call && result.answer === 'ACCEPTED'
  if (!isCurrent && !isLateSuccess) return IGNORED
  const heard = {
    ...at,
    bet: { ...bet, code: result.code, reference: result.reference ?? bet.reference },
  }
  return ANSWERED[state](heard, {
    answer: result.answer,
    roundClosed: result.round_closed,
    wins: result.wins,
  })
}

function woken(at: Situation): Decision {
  const { bet, nowMs } = at
  const { state, due_at: dueAtMs } = bet
  if (!isOpen(state) || dueAtMs === null || nowMs < dueAtMs) return IGNORED
  if (bet.calling) return ANSWERED[state]({ ...at, bet: { ...bet, code: 'NO_ANSWER' } }, UNANSWERED)
  return state === 'CHECKING' && isToCancel(at) ? turn(at, 'CANCELING') : ask(at, state)
}

/** The stake is back at the player's: whatever the provider has must go. */
function expired(at: Situation): Decision {
  const { state } = at.bet
  return HOLDING.has(state) || state === 'CONFIRMED' ? turn(at, 'REVERSING') : IGNORED
}

/** The provider has given the stake back of its own accord. */
function voided(at: Situation): Decision {
  const { state } = at.bet
  if (HOLDING.has(state)) return end(at, 'REFUSED', [{ kind: 'REFUSE' }])
  if (state === 'REVERSING') return end(at, 'CANCELED', [])
  const isPaid = state === 'CONFIRMED' || state === 'RESOLVING' || state === 'VOIDING'
  return isPaid ? end(at, 'ROLLED_BACK', [{ kind: 'ROLL_BACK' }]) : IGNORED
}

function newBet({ commandId, nowMs, ids, terms }: Placed): GameBet {
  return {
    ...ids,
    terms,
    state: 'PLACING',
    held_at: nowMs,
    call: 0,
    calling: false,
    due_at: null,
    tries: 0,
    code: null,
    reference: null,
    version: 0,
    updated_at: nowMs,
    command_id: commandId,
  }
}

const SETTLED: ReadonlySet<GameBetState> = new Set(['CONFIRMED', 'RESOLVED', 'ROLLED_BACK'])

function resolve(command: Placed, bet: GameBet | undefined): Decision {
  if (bet !== undefined && !SETTLED.has(bet.state)) return IGNORED
  return turn({ ...command, bet: bet ?? newBet(command) }, 'RESOLVING')
}

/**
 * Decides a valid command (see `checkCommand`). Pure: the same command and bet give the same decision, and a command that comes
 * again finds its bet moved on, and is ignored.
 */
export function decide(command: CheckedCommand, bet: GameBet | undefined): Decision {
  switch (command.action) {
    case 'HELD':
      return bet === undefined ? ask({ ...command, bet: newBet(command) }, 'PLACING') : IGNORED
    case 'RESOLVE':
      return resolve(command, bet)
    case 'RESULT':
      return bet === undefined ? IGNORED : told({ ...command, bet }, command)
    case 'EXPIRED':
      return bet === undefined ? IGNORED : expired({ ...command, bet })
    case 'VOIDED':
      return bet === undefined ? IGNORED : voided({ ...command, bet })
    case 'WAKE':
      return bet === undefined ? IGNORED : woken({ ...command, bet })
  }
}

/**
 * One pass: the life of a player who is made for it, through the API alone. What is deposited is staked, won back and paid
 * out, so a pass that succeeds leaves an empty wallet, equal books, no revenue and nothing that calls for AML.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { ask, UnexpectedError } from './caller.ts'
import type { Call, Caller } from './caller.ts'

/** In their order. A step is over when the API has answered that it is committed. */
export const STEPS = ['register', 'deposit', 'bet', 'win', 'withdraw', 'payout', 'balance'] as const
export type Step = (typeof STEPS)[number]

/** Whole units of the currency. All of it is staked: who withdraws without having played is a case for AML. */
const AMOUNT = 10
/** No game of the catalogue, so that no provider is asked. */
const GAME = 'synthetic-check'
/** The longest pass, in milliseconds: it ends before an orderly stop of the process has to. */
const PASS_TIMEOUT_MS = 20_000

export interface StepTime {
  step: Step
  durationMs: number
}

export interface PassResult {
  playerId: string
  /** Those that succeeded. */
  steps: readonly StepTime[]
  /** Where it ended early, and why. */
  failed: { step: Step; reason: string } | null
}

const registered = z.object({ player_id: z.string() })
const moved = z.object({
  transaction_id: z.uuid(),
  status: z.string(),
  balance: z.number(),
  held: z.number(),
  version: z.int(),
})
const funds = moved.pick({ balance: true, held: true })

interface Play {
  playerId: string
  call: <T extends z.ZodType>(call: Call, answer: T) => Promise<z.output<T>>
  move: (kind: 'deposit' | 'bet' | 'win' | 'withdrawal', more?: object) => Promise<z.output<typeof moved>>
  /** The withdrawal, once it is there. */
  withdrawal: z.output<typeof moved> | undefined
}

/** Throws `UnexpectedError` where the wallet holds something else. */
function expectFunds(found: z.output<typeof funds>, balance: number, held = 0): void {
  if (found.balance === balance && found.held === held) return
  throw new UnexpectedError(
    `the wallet holds ${found.balance} and ${found.held} held, and should hold ${balance} and ${held}`,
  )
}

function withdrawalOf({ withdrawal }: Play): z.output<typeof moved> {
  if (withdrawal === undefined) throw new UnexpectedError('there is no withdrawal')
  return withdrawal
}

async function endWithdrawal(play: Play, step: 'approve' | 'complete'): Promise<void> {
  const path = `/withdrawals/${withdrawalOf(play).transaction_id}/${step}`
  play.withdrawal = await play.call({ method: 'POST', path, body: {} }, moved)
}

const ACTIONS: Readonly<Record<Step, (play: Play, caller: Caller) => Promise<void>>> = {
  register: async ({ playerId, call }) => {
    const path = `/players/${playerId}`
    await call({ method: 'PUT', path, body: { country: 'MT' } }, registered)
  },
  deposit: async ({ move }) => expectFunds(await move('deposit'), AMOUNT),
  bet: async ({ move }) => expectFunds(await move('bet', roundOf), 0),
  win: async ({ move }) => expectFunds(await move('win', { ...roundOf, round_closed: true }), AMOUNT),
  withdraw: async (play) => {
    play.withdrawal = await play.move('withdrawal')
    expectFunds(play.withdrawal, 0, AMOUNT)
  },
  // A partner's limit may have approved it already.
  payout: async (play) => {
    if (withdrawalOf(play).status === 'PENDING') await endWithdrawal(play, 'approve')
    await endWithdrawal(play, 'complete')
    expectFunds(withdrawalOf(play), 0)
  },
  balance: async (play, { currency }) => {
    const { version } = withdrawalOf(play)
    const path = `/wallet/${play.playerId}?currency=${currency}&min_version=${version}`
    expectFunds(await play.call({ method: 'GET', path }, funds), 0)
  },
}

const roundOf = { game_id: GAME, round_id: 'round-1' }

function playOf(caller: Caller, signal: AbortSignal): Play {
  const playerId = `synthetic-${randomUUID()}`
  const call: Play['call'] = (asked, answer) => ask(caller, asked, answer, signal)
  return {
    playerId,
    call,
    move: (kind, more = {}) => {
      const id = `${playerId}-${kind}`
      const body = { amount: AMOUNT, currency: caller.currency, transaction_id_partner: id, ...more }
      return call({ method: 'POST', path: `/wallet/${playerId}/${kind}`, body }, moved)
    },
    withdrawal: undefined,
  }
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof UnexpectedError)) throw error
  return error.message
}

/** Plays it to its end or to the first step that fails. Rejects only on a fault of its own. */
export async function playPass(caller: Caller): Promise<PassResult> {
  const play = playOf(caller, AbortSignal.timeout(PASS_TIMEOUT_MS))
  const { playerId } = play
  const steps: StepTime[] = []
  for (const step of STEPS) {
    const startMs = performance.now()
    try {
      await ACTIONS[step](play, caller)
    } catch (error) {
      return { playerId, steps, failed: { step, reason: reasonOf(error) } }
    }
    steps.push({ step, durationMs: performance.now() - startMs })
  }
  return { playerId, steps, failed: null }
}

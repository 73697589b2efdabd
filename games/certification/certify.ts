/** Plays cases one after the other, and says of each whether it passed. */
import { SeatUnusableError } from './errors.ts'
import { CaseFailedError } from './seat.ts'
import type { Seat } from './seat.ts'
import type { Case } from './wallet-cases.ts'

export interface CaseResult {
  id: string
  title: string
  passed: boolean
  /** Why it did not pass. */
  detail: string | null
}

/** Stakes that the balance must hold before the cases begin. */
const STAKES_NEEDED = 20n

/** Learns who sits there. Throws `SeatUnusableError` where no case can be played. */
export async function takeSeat(seat: Seat): Promise<void> {
  const result = await seat.call('authenticate', { token: seat.token })
  if (result.kind === 'FAILED') throw new SeatUnusableError(`the wallet does not answer (${result.code})`)
  if (result.status !== 'OK')
    throw new SeatUnusableError(`the token opens no session (HTTP ${result.httpStatus} ${result.status})`)
  const { player = '', currency = '' } = result.fields
  seat.player = player
  seat.currency = currency
  const balance = await seat.balance().catch((error: unknown) => {
    throw new SeatUnusableError(error instanceof Error ? error.message : 'the wallet says no balance')
  })
  if (balance < seat.stake * STAKES_NEEDED)
    throw new SeatUnusableError(
      `the balance of ${balance} does not hold ${STAKES_NEEDED} stakes of ${seat.stake}`,
    )
}

async function playOne<S>({ id, title, run }: Case<S>, seat: S): Promise<CaseResult> {
  try {
    await run(seat)
    return { id, title, passed: true, detail: null }
  } catch (error) {
    const isFound = error instanceof CaseFailedError
    const detail =
      error instanceof Error ? (isFound ? error.message : `${error.name}: ${error.message}`) : 'failed'
    return { id, title, passed: false, detail }
  }
}

/** @param told called after each case */
export async function certify<S>(
  cases: readonly Case<S>[],
  seat: S,
  told: (result: CaseResult) => void = () => undefined,
): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const each of cases) {
    const result = await playOne(each, seat)
    told(result)
    results.push(result)
  }
  return results
}

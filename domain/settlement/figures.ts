/** What movements of money add up to, in units of 1/10000. Each movement is one entry on an account of the platform. */

export interface Figures {
  movements: number
  bets: bigint
  /** Standard wins. */
  wins: bigint
  rollbacks: bigint
  /** Wins of free rounds, promotions and the like. */
  bonusCost: bigint
  /** Corrections of players' wallets; positive where players were debited. */
  adjustments: bigint
  deposits: bigint
  withdrawals: bigint
}

export const NO_FIGURES: Figures = {
  movements: 0,
  bets: 0n,
  wins: 0n,
  rollbacks: 0n,
  bonusCost: 0n,
  adjustments: 0n,
  deposits: 0n,
  withdrawals: 0n,
}

/** Entries on one account by transactions of one type: how many, and their signed sum. */
export interface EntrySum {
  type: string
  account: string
  count: number
  units: bigint
}

/**
 * Accounts whose entries count. A hold moves money between two accounts of the player, and a commission is what settlements
 * pay: neither is part of one.
 */
export const SETTLED_ACCOUNTS = ['HOUSE', 'BONUS', 'CASH', 'ADJUSTMENT'] as const
const SETTLED: ReadonlySet<string> = new Set(SETTLED_ACCOUNTS)

export const isSettled = (account: string): boolean => SETTLED.has(account)

/** What an entry changes; `units` is from the account's side, which gains where players lose. */
function changeOf({ type, account, units }: EntrySum): Partial<Figures> {
  if (account === 'BONUS') return { bonusCost: -units }
  if (account === 'ADJUSTMENT') return { adjustments: units }
  if (account === 'CASH') return type === 'DEPOSIT' ? { deposits: -units } : { withdrawals: units }
  if (type === 'WIN') return { wins: -units }
  return type === 'ROLLBACK' ? { rollbacks: -units } : { bets: units }
}

export const sumOf = (a: Figures, b: Partial<Figures>): Figures => ({
  movements: a.movements + (b.movements ?? 0),
  bets: a.bets + (b.bets ?? 0n),
  wins: a.wins + (b.wins ?? 0n),
  rollbacks: a.rollbacks + (b.rollbacks ?? 0n),
  bonusCost: a.bonusCost + (b.bonusCost ?? 0n),
  adjustments: a.adjustments + (b.adjustments ?? 0n),
  deposits: a.deposits + (b.deposits ?? 0n),
  withdrawals: a.withdrawals + (b.withdrawals ?? 0n),
})

/** The figures with more entries on a settled account. */
export const withEntries = (figures: Figures, entries: EntrySum): Figures =>
  sumOf(figures, { ...changeOf(entries), movements: entries.count })

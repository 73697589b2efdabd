/** What the rows of every table have in common: times and amounts are texts, so that nothing passes through a float. */
import { formatAmount } from '../../domain/money.ts'

export const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()
export const timeOrNull = (epochMs: number | null): string | null =>
  epochMs === null ? null : timeOf(epochMs)
export const amountOrNull = (units: bigint | null): string | null =>
  units === null ? null : formatAmount(units)

/** In the order of the id, in which every writer locks them, so that no two writers wait for each other. */
export const sorted = <T extends { id: string }>(rows: Iterable<T>): T[] =>
  [...rows].toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))

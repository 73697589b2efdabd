/** Ids follow from what they stand for, so that a repetition gives the same ones. */
import { v5 } from 'uuid'

/** Namespaces of UUIDv5; they must never change. */
const COMMISSIONS = '5b0e6f0a-3f0d-5a7e-8f55-0c0c6a1f7d21'

/** Id of the wallet command, and so of the transaction, that pays a run. */
export const commissionIdOf = (runId: string): string => v5(runId, COMMISSIONS)

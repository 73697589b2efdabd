/** Tests whose input or tool is not on every machine: they end as skipped, with the reason in the closing lines. */
import type { TestContext } from 'vitest'

/** Ends the test as skipped for this reason. */
export function unavailable({ skip }: TestContext, reason: string): never {
  return skip(reason)
}

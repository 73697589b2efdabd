/** Where a replay sends its commands. */
import type { Outcome } from './outcome.ts'
import type { ReplayCommand } from './row.ts'

export interface ReplayTarget {
  /**
   * Takes a command and resolves when there is room for the next one. Commands of one player are sent in the order in
   * which they were submitted. `settle` is called once, with the outcome. Throws `CliError` once the target has failed.
   */
  submit(command: ReplayCommand, settle: (outcome: Outcome) => void): Promise<void>
  /** Resolves when every submitted command has its outcome. Throws as `submit` does. */
  drain(): Promise<void>
  /** What goes on, in a few words, or nothing. */
  remark(): string
  close(): Promise<void>
}

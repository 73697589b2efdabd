/** How commands ended, and the count of it. */
import type { CommandOutcome } from '../../avro/types.ts'
import type { ReplayCommand } from './row.ts'

export interface Outcome {
  outcome: CommandOutcome
  /** Code of the error catalogue: why it was refused, now or (REPLAYED) the first time. */
  code: string | null
}

/** The closing figures of a replay. */
export interface TallyFigures {
  /** Commands with an outcome. */
  commands: number
  applied: number
  /** Known before: nothing moved. */
  replayed: number
  rejected: number
  /** Refused in this run, by code. */
  rejectedByCode: Readonly<Record<string, number>>
  /** Refused in an earlier run, and so again, by code. */
  replayedByCode: Readonly<Record<string, number>>
  /** Applied in this run, by type. */
  appliedByType: Readonly<Record<string, number>>
}

const bump = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

export class Tally {
  #applied = 0
  #replayed = 0
  #rejected = 0
  readonly #rejectedByCode: Record<string, number> = {}
  readonly #replayedByCode: Record<string, number> = {}
  readonly #appliedByType: Record<string, number> = {}

  count(command: Pick<ReplayCommand, 'type'>, { outcome, code }: Outcome): void {
    if (outcome === 'APPLIED') {
      this.#applied++
      bump(this.#appliedByType, command.type)
    } else if (outcome === 'REPLAYED') {
      this.#replayed++
      if (code !== null) bump(this.#replayedByCode, code)
    } else {
      this.#rejected++
      bump(this.#rejectedByCode, code ?? 'UNKNOWN')
    }
  }

  figures(): TallyFigures {
    return {
      commands: this.#applied + this.#replayed + this.#rejected,
      applied: this.#applied,
      replayed: this.#replayed,
      rejected: this.#rejected,
      rejectedByCode: { ...this.#rejectedByCode },
      replayedByCode: { ...this.#replayedByCode },
      appliedByType: { ...this.#appliedByType },
    }
  }
}

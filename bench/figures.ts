/** The figures of a run: each is measured several times, and its median stands for it. */
import { spreadOf } from './statistics.ts'
import type { Spread } from './statistics.ts'

export type Unit =
  | 'commands'
  | 'commands/s'
  | 'requests/s'
  | 'transactions/s'
  | 'records'
  | 'records/s'
  | 'ms'
  | 'µs'
  | 'MB'
  | 'bytes'
  | 'ratio'

/** One line of bench/results/latest.json. */
export interface Figure {
  /** `job.who-what`, as in `wallet-bulk.ours`. */
  name: string
  /** Median of the runs. */
  value: number
  unit: Unit
  /** How often it was measured. */
  runs: number
  spread: Spread & { values: number[] }
}

/** Four digits are more than a benchmark can vouch for. */
const rounded = (value: number): number => Number(value.toPrecision(4))

/** Takes what jobs measure, in the order in which names first come up. */
export class Recorder {
  readonly #values = new Map<string, { unit: Unit; values: number[] }>()
  readonly #notes: string[] = []

  add(name: string, unit: Unit, value: number): void {
    if (!Number.isFinite(value)) throw new Error(`${name} was measured as ${value}`)
    const known = this.#values.get(name)
    if (known === undefined) this.#values.set(name, { unit, values: [value] })
    else known.values.push(value)
  }

  /** Something that a reader of the figures has to know. */
  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text)
  }

  get notes(): readonly string[] {
    return this.#notes
  }

  get figures(): readonly Figure[] {
    return [...this.#values].map(([name, { unit, values }]) => {
      const spread = spreadOf(values)
      return {
        name,
        value: rounded(spread.median),
        unit,
        runs: values.length,
        spread: {
          min: rounded(spread.min),
          median: rounded(spread.median),
          max: rounded(spread.max),
          values: values.map(rounded),
        },
      }
    })
  }
}

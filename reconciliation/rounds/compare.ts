/** Lays the rounds of a provider's file beside those of the platform. */
import { formatAmount } from '../../domain/money.ts'
import type { Difference } from '../view.ts'
import type { FileRound, ProviderFile } from './provider-file.ts'
import { isSameRound, isUndone } from './round.ts'
import type { RoundSums } from './round.ts'

/** Differences that are listed; the rest only counts. */
export const LISTED_MAX = 10_000
/** Doubtful rounds that are looked at once more as a whole; where more are in doubt, the rest is judged by what lies near the period. */
export const DOUBTFUL_MAX = 10_000

export interface PlatformRound extends RoundSums {
  name: string
  /** Whether its first movement lies in the period. */
  inPeriod: boolean
  /** Where its last record lies. */
  where: string
}

export interface Asked {
  partnerId: string
  fromMs: number
  toMs: number
  /** Games of the provider; empty: all games of the partner. */
  games: readonly string[]
}

/** The rounds that the platform knows. */
export interface RoundSource {
  /** Rounds with movements in the period or not far from it; of one that lasted longer, what lies there. */
  around(asked: Asked): AsyncIterable<PlatformRound>
  /** Rounds by their ids, whole, whenever they were played and whatever the game. */
  byIds(asked: Asked, ids: readonly string[]): AsyncIterable<PlatformRound>
}

export interface RoundComparison {
  ok: boolean
  roundsInFile: number
  /** Rounds of the platform that began in the period, and those of the file that began outside of it. */
  roundsCompared: number
  differenceCount: number
  differences: Difference[]
}

const FIGURES = ['bets', 'wins', 'rollbacks'] as const

const tell = (sums: RoundSums): string =>
  FIGURES.map((figure) => `${figure} ${formatAmount(sums[figure])}`).join(', ')

/** The name is a list that begins with the round's id. */
const roundIdOf = (name: string): string => {
  const parsed: unknown = JSON.parse(name)
  return Array.isArray(parsed) ? String(parsed[0]) : name
}

/** What is found while the platform's rounds come by. */
class Comparison {
  readonly #file: ProviderFile
  /** Of the file: rounds that have not come by as the file has them. */
  readonly #open: Map<string, FileRound>
  /** Of the platform: rounds of the file with other sums, and rounds that the file lacks. */
  readonly #unlike = new Map<string, PlatformRound>()
  readonly #strange = new Map<string, PlatformRound>()
  #alike = 0

  constructor(file: ProviderFile) {
    this.#file = file
    this.#open = new Map(file.rounds)
  }

  see(round: PlatformRound): void {
    const inFile = this.#open.get(round.name)
    if (inFile === undefined) {
      if (round.inPeriod && !this.#file.rounds.has(round.name)) this.#strange.set(round.name, round)
    } else if (isSameRound(inFile, round)) {
      this.#open.delete(round.name)
      this.#unlike.delete(round.name)
      this.#alike++
    } else this.#unlike.set(round.name, round)
  }

  /** Ids of the rounds that differ so far. */
  doubtful(): string[] {
    const names = [...this.#open.keys(), ...this.#strange.keys()]
    return [...new Set(names.slice(0, DOUBTFUL_MAX).map(roundIdOf))]
  }

  /** What is whole replaces what was seen of it. */
  seeWhole(round: PlatformRound): void {
    if (this.#strange.has(round.name)) {
      this.#strange.delete(round.name)
      this.see(round)
    } else if (this.#open.has(round.name)) this.see(round)
  }

  end(): RoundComparison {
    const all = [...this.#repeated(), ...this.#missing(), ...this.#wrong()]
    return {
      ok: all.length === 0,
      roundsInFile: this.#file.rounds.size,
      roundsCompared: this.#alike + this.#unlike.size + this.#strange.size,
      differenceCount: all.length,
      differences: all.slice(0, LISTED_MAX),
    }
  }

  *#repeated(): Generator<Difference> {
    for (const { name, line, firstLine } of this.#file.repeated)
      yield { what: `round ${name} is in the file twice`, where: `line ${line}; line ${firstLine}` }
  }

  *#missing(): Generator<Difference> {
    for (const [name, round] of this.#strange)
      if (!isUndone(round))
        yield { what: `round ${name} is missing in the file: ${tell(round)} here`, where: round.where }
  }

  *#wrong(): Generator<Difference> {
    for (const [name, inFile] of this.#open) {
      const here = this.#unlike.get(name)
      if (here === undefined && isUndone(inFile)) continue
      else if (here === undefined)
        yield { what: `round ${name} is in the file alone: ${tell(inFile)}`, where: `line ${inFile.line}` }
      else
        yield {
          what: `round ${name}: ${tell(inFile)} in the file, ${tell(here)} here`,
          where: `line ${inFile.line}; ${here.where}`,
        }
    }
  }
}

/** Rejects where the source does. */
export async function compareRounds(
  source: RoundSource,
  file: ProviderFile,
  asked: Asked,
): Promise<RoundComparison> {
  const comparison = new Comparison(file)
  for await (const round of source.around(asked)) comparison.see(round)
  // A round may have begun long before the period or ended long after it, or be of a game that was not named.
  for await (const round of source.byIds(asked, comparison.doubtful())) comparison.seeWhole(round)
  return comparison.end()
}

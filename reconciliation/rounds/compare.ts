/** Lays the rounds of a provider's file beside those of the platform. */
import type { ClickHouseClient } from '@clickhouse/client'
import { formatAmount } from '../../domain/money.ts'
import type { Difference } from '../view.ts'
import type { FileRound, ProviderFile } from './provider-file.ts'
import { roundsAround, roundsByIds } from './platform.ts'
import type { Asked, PlatformRound } from './platform.ts'
import type { RoundSums } from './round.ts'

/** Differences that are listed; the rest only counts. */
export const LISTED_MAX = 10_000

export interface RoundComparison {
  roundsInFile: number
  /** Rounds of the platform that began in the period, and those of the file that began outside of it. */
  roundsCompared: number
  differenceCount: number
  differences: Difference[]
}

const FIGURES = ['bets', 'wins', 'rollbacks'] as const

const tell = (sums: RoundSums): string =>
  FIGURES.map((figure) => `${figure} ${formatAmount(sums[figure])}`).join(', ')

/** What is found while the platform's rounds come by. */
class Comparison {
  readonly differences: Difference[] = []
  differenceCount = 0
  compared = 0
  readonly #left: Map<string, FileRound>

  constructor(rounds: ReadonlyMap<string, FileRound>) {
    this.#left = new Map(rounds)
  }

  note(what: string, where: string): void {
    this.differenceCount++
    if (this.differences.length < LISTED_MAX) this.differences.push({ what, where })
  }

  see(round: PlatformRound): void {
    const inFile = this.#left.get(round.name)
    if (inFile === undefined && !round.inPeriod) return
    this.compared++
    if (inFile === undefined) {
      this.note(`round ${round.name} is missing in the file: ${tell(round)} here`, round.where)
      return
    }
    this.#left.delete(round.name)
    if (FIGURES.some((figure) => inFile[figure] !== round[figure]))
      this.note(
        `round ${round.name}: ${tell(inFile)} in the file, ${tell(round)} here`,
        `line ${inFile.line}; ${round.where}`,
      )
  }

  /** Rounds of the file that have not come by. */
  left(): ReadonlyMap<string, FileRound> {
    return this.#left
  }
}

const roundIdOf = (name: string): string => {
  const parsed: unknown = JSON.parse(name)
  return Array.isArray(parsed) ? String(parsed[0]) : name
}

/** Rejects where ClickHouse does not answer. */
export async function compareRounds(
  client: Pick<ClickHouseClient, 'query'>,
  file: ProviderFile,
  asked: Asked,
): Promise<RoundComparison> {
  const comparison = new Comparison(file.rounds)
  for (const { name, line, firstLine } of file.repeated)
    comparison.note(`round ${name} is in the file twice`, `line ${line}; line ${firstLine}`)
  for await (const round of roundsAround(client, asked)) comparison.see(round)
  // What is left of the file was played at another time, in a game that was not named, or not here.
  const ids = [...new Set([...comparison.left().keys()].map(roundIdOf))]
  for await (const round of roundsByIds(client, asked, ids))
    if (comparison.left().has(round.name)) comparison.see(round)
  for (const [name, sums] of comparison.left())
    comparison.note(`round ${name} is in the file alone: ${tell(sums)}`, `line ${sums.line}`)
  return {
    roundsInFile: file.rounds.size,
    roundsCompared: comparison.compared,
    differenceCount: comparison.differenceCount,
    differences: comparison.differences,
  }
}

/** A game provider that keeps its contract: calls count once by the bet's id, and a bet that was cancelled first is refused. */
import type { GameCallData, GameCallKind, ProviderAnswer } from '../../../avro/types.ts'

type Standing = 'ACCEPTED' | 'REFUSED' | 'CANCELED' | 'SETTLED'

export class ModelProvider {
  readonly bets = new Map<string, Standing>()
  /** Whether it refuses the next new bet. */
  refuses = false

  /** A round gets its result: what was accepted can't be undone any more. */
  settle(betId: string): void {
    if (this.bets.get(betId) === 'ACCEPTED') this.bets.set(betId, 'SETTLED')
  }

  answer({ bet_id: id, kind }: Pick<GameCallData, 'bet_id' | 'kind'>): ProviderAnswer {
    const answers: Readonly<Record<GameCallKind, () => ProviderAnswer>> = {
      PLACE: () => this.#place(id),
      CHECK: () => this.#check(id),
      CANCEL: () => this.#cancel(id),
    }
    return answers[kind]()
  }

  #place(id: string): ProviderAnswer {
    const known = this.bets.get(id)
    if (known === undefined) this.bets.set(id, this.refuses ? 'REFUSED' : 'ACCEPTED')
    return this.#isTaken(id) ? 'ACCEPTED' : 'REFUSED'
  }

  #check(id: string): ProviderAnswer {
    if (!this.bets.has(id)) return 'ABSENT'
    return this.#isTaken(id) ? 'ACCEPTED' : 'REFUSED'
  }

  #cancel(id: string): ProviderAnswer {
    if (this.bets.get(id) === 'SETTLED') return 'STANDS'
    this.bets.set(id, 'CANCELED')
    return 'CANCELED'
  }

  #isTaken(id: string): boolean {
    const standing = this.bets.get(id)
    return standing === 'ACCEPTED' || standing === 'SETTLED'
  }
}

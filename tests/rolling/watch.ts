/** Looks at every answer of the load: how long it took, and whether the caller got what it asked for. */
import type { Answer } from '../chaos/partner-api.ts'

export interface Figures {
  requests: number
  /** Neither done nor refused for a reason of the player's; as texts. */
  failures: readonly string[]
  longestMs: number
}

/** What the wallet may say to the movements of this load: bets of more than a player has are among them. */
const EXPECTED_REFUSAL = 'INSUFFICIENT_FUNDS'

function failureOf(answer: Answer): string | undefined {
  if (answer.kind === 'refused') return 'refused with 503'
  if (answer.kind === 'open') return answer.stored ? 'put off with 202' : 'not answered, or with an error'
  const { outcome } = answer
  return outcome.kind === 'rejected' && outcome.code !== EXPECTED_REFUSAL ? outcome.code : undefined
}

interface Noted {
  requests: number
  failures: string[]
  longestMs: number
}

const nothing = (): Noted => ({ requests: 0, failures: [], longestMs: 0 })

export class Watch {
  #total = nothing()
  #window = nothing()

  /** Sends, and notes the answer. A request that can't even be sent has failed as well. */
  async over(send: () => Promise<Answer>): Promise<Answer> {
    const startMs = performance.now()
    try {
      const answer = await send()
      this.#note(failureOf(answer), performance.now() - startMs)
      return answer
    } catch (error) {
      this.#note(String(error), performance.now() - startMs)
      return { kind: 'open', stored: false }
    }
  }

  /** Of all answers since the last `begin`. */
  get total(): Figures {
    return this.#total
  }

  /** Counts from now on: what came before was the warming up of cold processes. */
  begin(): void {
    this.#total = nothing()
    this.#window = nothing()
  }

  /** Of the answers since the last call. */
  take(): Figures {
    const window = this.#window
    this.#window = nothing()
    return window
  }

  #note(failure: string | undefined, tookMs: number): void {
    for (const noted of [this.#total, this.#window]) {
      noted.requests++
      noted.longestMs = Math.max(noted.longestMs, tookMs)
      if (failure !== undefined) noted.failures.push(failure)
    }
  }
}

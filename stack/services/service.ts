import type { Command } from '../processes.ts'
import type { StackEnv } from '../env-file.ts'

/** One process of the stack. */
export interface Service {
  readonly name: string
  /** `infra` needs nothing of the product; `app` is the product, started when infra is healthy and prepared. */
  readonly kind: 'infra' | 'app'
  /** Part of no group: started by its name alone. */
  readonly optional?: boolean
  /** Ports that must be free before it starts. */
  readonly ports: readonly number[]
  readonly needsJava?: boolean
  /** Fetches and formats what is missing, and says what to run. Throws `StackError`. */
  readonly command: (env: StackEnv) => Promise<Command>
  /** One probe of a running process; false or an error means not yet. */
  readonly isReady: (env: StackEnv) => Promise<boolean>
  /** Once ready, on every `up`: must be repeatable. */
  readonly afterReady?: (env: StackEnv) => Promise<void>
  readonly readyLimitMs: number
  readonly stopSignal: NodeJS.Signals
  readonly stopLimitMs: number
}

/** GET a URL; true for 2xx. Errors and slow answers are false: the probe is asked again. */
export async function answersOk(url: string): Promise<boolean> {
  const PROBE_LIMIT_MS = 2_000
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/**
 * Wraps an adapter so that a provider that fails or hangs costs its own calls something and others nothing.
 *
 * From the outside in: a call is repeated where that is safe; each attempt asks the provider's circuit, then waits for one of the
 * provider's places. Every call of an adapter is idempotent by the platform's transaction id, or only reads, so an attempt that is in
 * doubt may be repeated; a launch makes a session at the provider each time, and is not.
 */
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  CircuitState,
  ExponentialBackoff,
  SamplingBreaker,
  bulkhead,
  circuitBreaker,
  handleWhenResult,
  retry,
} from 'cockatiel'
import type { BulkheadPolicy } from 'cockatiel'
import type { Call, GameAdapter, Outcome, RejectReason } from '../adapter.ts'
import * as limits from '../limits.ts'
import { uncertain } from '../outcome.ts'
import type { CallOperation, CircuitStateName, ProviderMetrics } from './metrics.ts'

/** What readiness says of a provider. */
export interface ProviderHealth {
  circuit: CircuitStateName
  callsUnderWay: number
  callsWaiting: number
  /** Of the last attempt that was made and got no final answer. */
  lastFailure: { code: string; atMs: number } | null
}

export interface Resilient {
  health(): ProviderHealth
}

export interface ResilienceOptions {
  metrics: ProviderMetrics
  /** Bounds that a test may set; `games/limits.ts` otherwise. */
  bounds?: Partial<ResilienceBounds>
}

export interface ResilienceBounds {
  callsAtOnceMax: number
  callsWaitingMax: number
  retriesMax: number
  retryPauseMs: number
  circuitWindowMs: number
  circuitOpenMs: number
  circuitCallsPerSecondMin: number
}

const DEFAULTS: ResilienceBounds = {
  callsAtOnceMax: limits.CALLS_AT_ONCE_MAX,
  callsWaitingMax: limits.CALLS_WAITING_MAX,
  retriesMax: limits.RETRIES_MAX,
  retryPauseMs: limits.RETRY_PAUSE_MS,
  circuitWindowMs: limits.CIRCUIT_WINDOW_MS,
  circuitOpenMs: limits.CIRCUIT_OPEN_MS,
  circuitCallsPerSecondMin: limits.CIRCUIT_CALLS_PER_SECOND_MIN,
}

const isOutcome = (value: unknown): value is Outcome<unknown> =>
  typeof value === 'object' && value !== null && 'class' in value

/** Codes of attempts that say nothing of the provider: the caller's own deadline or change of mind, before anything was sent. */
const CALLERS_OWN: ReadonlySet<string> = new Set(['DEADLINE', 'CALLED_OFF'])

/** What counts against a provider: it left a call without a final answer. */
const isFailure = (value: unknown): boolean =>
  isOutcome(value) && value.class === 'UNCERTAIN' && !CALLERS_OWN.has(value.code)

const CIRCUIT_NAMES: Record<CircuitState, CircuitStateName> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
}

/** What stays of an attempt for those that follow it. */
interface Doubt {
  /** An attempt may have been carried out, and nobody knows. */
  open: boolean
}

/** Refusals that say what the bet has come to, whichever attempt did it: an attempt that lands later finds it so. */
const FINAL_AFTER_DOUBT: ReadonlySet<RejectReason> = new Set(['BET_CANCELLED', 'BET_SETTLED'])

/**
 * A refusal after an attempt in doubt does not end the matter: the first attempt may be under way still, and land after the second was
 * refused. Only one that says what the bet has come to does.
 */
function afterDoubt<T>(outcome: Outcome<T>, doubt: Doubt): Outcome<T> {
  if (outcome.class === 'UNCERTAIN') return doubt.open ? { ...outcome, sent: true } : outcome
  const isOpen =
    doubt.open &&
    (outcome.class === 'FATAL' || (outcome.class === 'REJECT' && !FINAL_AFTER_DOUBT.has(outcome.reason)))
  if (!isOpen) return outcome
  const { code, message, providerReference } = outcome
  return uncertain(code, `refused after an attempt in doubt: ${message}`, { sent: true, providerReference })
}

const OVERDUE = uncertain('DEADLINE', 'the deadline was over before the call', { sent: false })

/** Waits for one of the places, but not beyond the deadline: calls that hang hold places for longer than a caller waits. */
function inPlace<T>(
  places: BulkheadPolicy,
  run: () => Promise<Outcome<T>>,
  { deadlineAtMs }: Call,
): Promise<Outcome<T>> {
  return new Promise((resolve, reject) => {
    let state: 'waiting' | 'begun' | 'given up' = 'waiting'
    const timer = setTimeout(
      () => {
        if (state !== 'waiting') return
        state = 'given up'
        resolve(OVERDUE)
      },
      Math.max(0, deadlineAtMs - Date.now()),
    )
    places
      .execute((): Promise<Outcome<T>> => {
        if (state === 'given up') return Promise.resolve(OVERDUE)
        state = 'begun'
        return run()
      })
      .then(resolve, reject)
      .finally(() => clearTimeout(timer))
  })
}

/** The policies of one provider: its circuit and its places. */
function createGuard(providerId: string, bounds: ResilienceBounds, metrics: ProviderMetrics) {
  const places = bulkhead(bounds.callsAtOnceMax, bounds.callsWaitingMax)
  const circuit = circuitBreaker(handleWhenResult(isFailure), {
    breaker: new SamplingBreaker({
      threshold: limits.CIRCUIT_FAILURE_SHARE,
      duration: bounds.circuitWindowMs,
      minimumRps: bounds.circuitCallsPerSecondMin,
    }),
    halfOpenAfter: bounds.circuitOpenMs,
  })
  circuit.onStateChange((state) => metrics.circuit(providerId, CIRCUIT_NAMES[state]))
  metrics.circuit(providerId, 'closed')
  let lastFailure: ProviderHealth['lastFailure'] = null
  const health = (): ProviderHealth => ({
    circuit: CIRCUIT_NAMES[circuit.state],
    callsUnderWay: bounds.callsAtOnceMax - places.executionSlots,
    callsWaiting: bounds.callsWaitingMax - places.queueSlots,
    lastFailure,
  })
  metrics.observeCalls(providerId, () => {
    const { callsUnderWay: underWay, callsWaiting: waiting } = health()
    return { underWay, waiting }
  })

  /** One attempt. What was not let through was not sent. */
  async function attempt<T>(run: () => Promise<Outcome<T>>, call: Call): Promise<Outcome<T>> {
    try {
      const outcome = await circuit.execute(() => inPlace(places, run, call))
      if (isFailure(outcome)) lastFailure = { code: outcome.code, atMs: Date.now() }
      return outcome
    } catch (error) {
      if (error instanceof BrokenCircuitError) {
        metrics.turnedAway(providerId, 'circuit_open')
        return uncertain('CIRCUIT_OPEN', 'the provider has failed too often', { sent: false })
      }
      if (error instanceof BulkheadRejectedError) {
        metrics.turnedAway(providerId, 'bulkhead_full')
        return uncertain('BULKHEAD_FULL', 'too many calls to the provider are under way', { sent: false })
      }
      throw error
    }
  }
  return { attempt, health }
}

/** The adapter with repetitions, circuit and bulkhead, and what readiness says of it. */
export function withResilience<A extends GameAdapter>(
  adapter: A,
  { metrics, bounds: given }: ResilienceOptions,
): A & Resilient {
  const { providerId } = adapter
  const bounds = { ...DEFAULTS, ...given }
  const guard = createGuard(providerId, bounds, metrics)

  /** Another attempt, where it can still be waited for. */
  const isWorthRepeating = (value: unknown, { deadlineAtMs, signal }: Call): boolean =>
    isFailure(value) &&
    signal?.aborted !== true &&
    Date.now() + limits.RETRY_PAUSE_MS_MAX + limits.ATTEMPT_MS_MIN < deadlineAtMs

  async function repeated<T>(
    operation: CallOperation,
    run: () => Promise<Outcome<T>>,
    call: Call,
  ): Promise<Outcome<T>> {
    const doubt: Doubt = { open: false }
    const policy = retry(
      handleWhenResult((value) => isWorthRepeating(value, call)),
      {
        maxAttempts: bounds.retriesMax,
        // Decorrelated jitter: calls that failed together don't come back together.
        backoff: new ExponentialBackoff({
          initialDelay: bounds.retryPauseMs,
          maxDelay: limits.RETRY_PAUSE_MS_MAX,
        }),
      },
    )
    policy.onRetry(() => metrics.retried(providerId, operation))
    return policy.execute(async () => {
      const outcome = afterDoubt(await guard.attempt(run, call), doubt)
      doubt.open ||= outcome.class === 'UNCERTAIN' && outcome.sent
      return outcome
    })
  }

  async function counted<T>(operation: CallOperation, run: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const sinceMs = performance.now()
    const outcome = await run()
    metrics.called(providerId, operation, outcome.class, (performance.now() - sinceMs) / 1_000)
    return outcome
  }

  const repeat = <T>(operation: CallOperation, run: () => Promise<Outcome<T>>, call: Call) =>
    counted(operation, () => repeated(operation, run, call))

  return {
    ...adapter,
    listGames: (call) => repeat('list_games', () => adapter.listGames(call), call),
    launch: (request, call) =>
      counted('launch', () => guard.attempt(() => adapter.launch(request, call), call)),
    placeBet: (request, call) => repeat('place_bet', () => adapter.placeBet(request, call), call),
    roundResult: (query, call) => repeat('round_result', () => adapter.roundResult(query, call), call),
    cancelBet: (request, call) => repeat('cancel_bet', () => adapter.cancelBet(request, call), call),
    health: () => guard.health(),
  }
}

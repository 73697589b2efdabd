/** What is counted of calls to game providers. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'
import type { OutcomeClass } from '../adapter.ts'

export const OPERATIONS = ['list_games', 'launch', 'place_bet', 'round_result', 'cancel_bet'] as const
export type CallOperation = (typeof OPERATIONS)[number]

/** As the gauge says it: the larger, the worse. */
export const CIRCUIT_STATES = { closed: 0, 'half-open': 1, open: 2 } as const
export type CircuitStateName = keyof typeof CIRCUIT_STATES

/** From a fast local answer to the longest time that a provider may be given. */
const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export interface ProviderMetrics {
  called(provider: string, operation: CallOperation, outcome: OutcomeClass, seconds: number): void
  retried(provider: string, operation: CallOperation): void
  turnedAway(provider: string, why: 'circuit_open' | 'bulkhead_full'): void
  circuit(provider: string, state: CircuitStateName): void
  /** Asked when metrics are read. */
  observeCalls(provider: string, calls: () => { underWay: number; waiting: number }): void
}

/** Registers the metrics, once per registry. */
export function createProviderMetrics(registry: Registry): ProviderMetrics {
  const registers = [registry]
  const observed = new Map<string, () => { underWay: number; waiting: number }>()
  const calls = new Counter({
    name: 'stakestream_game_provider_calls_total',
    help: 'Calls to game providers by how they ended, repetitions of one call counted as one.',
    labelNames: ['provider', 'operation', 'outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'stakestream_game_provider_call_seconds',
    help: 'How long calls to game providers took, waiting and repetitions included.',
    labelNames: ['provider', 'operation'],
    buckets: SECONDS_BUCKETS,
    registers,
  })
  const retries = new Counter({
    name: 'stakestream_game_provider_retries_total',
    help: 'Repetitions of calls to game providers.',
    labelNames: ['provider', 'operation'],
    registers,
  })
  const turnedAway = new Counter({
    name: 'stakestream_game_provider_turned_away_total',
    help: 'Attempts that were not sent: circuit_open (the provider had failed too often), bulkhead_full (too many under way).',
    labelNames: ['provider', 'why'],
    registers,
  })
  const circuit = new Gauge({
    name: 'stakestream_game_provider_circuit_state',
    help: 'Circuit of each game provider: 0 closed, 1 half open (a call is let through to see), 2 open (nothing is sent).',
    labelNames: ['provider'],
    registers,
  })
  new Gauge({
    name: 'stakestream_game_provider_calls_under_way',
    help: 'Calls to each game provider now: sent, or waiting for one of the connections.',
    labelNames: ['provider', 'state'],
    registers,
    collect() {
      for (const [provider, ask] of observed) {
        const { underWay, waiting } = ask()
        this.set({ provider, state: 'sent' }, underWay)
        this.set({ provider, state: 'waiting' }, waiting)
      }
    },
  })
  return {
    called: (provider, operation, outcome, tookSeconds) => {
      calls.inc({ provider, operation, outcome })
      seconds.observe({ provider, operation }, tookSeconds)
    },
    retried: (provider, operation) => retries.inc({ provider, operation }),
    turnedAway: (provider, why) => turnedAway.inc({ provider, why }),
    circuit: (provider, state) => circuit.set({ provider }, CIRCUIT_STATES[state]),
    observeCalls: (provider, ask) => void observed.set(provider, ask),
  }
}

/** What the screening of players counts and times. */
import { Counter, Gauge, Histogram } from '@prometheus-io/client'
import type { Registry } from '@prometheus-io/client'
import type { ScreenerState } from '../../screening/lists/messages.ts'

export type ScreeningMetrics = ReturnType<typeof createScreeningMetrics>

export function createScreeningMetrics(registry: Registry) {
  const registers = [registry]
  return {
    players: new Counter({
      name: 'stakestream_screening_players_total',
      help: 'Profiles read, by result: match, clear (nothing was found), no_name, unreadable (its name can not be opened).',
      labelNames: ['result'],
      registers,
    }),
    durationMs: new Histogram({
      name: 'stakestream_screening_milliseconds',
      help: 'Time of one screening against all lists, in milliseconds.',
      buckets: [1, 2, 5, 10, 20, 50, 100, 250, 1_000, 5_000],
      registers,
    }),
    listEntries: new Gauge({
      name: 'stakestream_screening_list_entries',
      help: 'Entries of a list in force; the version is the hash of its files.',
      labelNames: ['list', 'version'],
      registers,
    }),
    listRefused: new Gauge({
      name: 'stakestream_screening_list_refused',
      help: '1 while the files of a list, as they are now, are refused.',
      labelNames: ['list'],
      registers,
    }),
  }
}

/** Shows how the lists stand. */
export function showLists(metrics: ScreeningMetrics, names: readonly string[], state: ScreenerState): void {
  const { listEntries, listRefused } = metrics
  listEntries.reset()
  for (const { list, version, entries } of state.lists ?? []) listEntries.set({ list, version }, entries)
  for (const list of names) listRefused.set({ list }, state.refused.has(list) ? 1 : 0)
}

/** What a job of the benchmark is. */
import type { Recorder } from '../figures.ts'
import type { Ground } from '../ground.ts'

/** How much a job does. Absolute, so that two runs of the same size can be compared. */
export interface Size {
  /** How often each figure is measured. */
  runs: number
  bulkCommands: number
  players: number
  /** Commands whose bytes are counted in all stores. */
  storedCommands: number
  /** Transactions in ClickHouse under the reports and settlements. */
  reportTransactions: number
  /** Wallets of the restart. */
  wallets: number
  /** Length of one measurement at a rate or over HTTP. */
  seconds: number
  /** Length of one slice of the load before a measurement over HTTP; slices are run until they are steady. */
  warmUpSeconds: number
}

export interface Bench {
  ground: Ground
  recorder: Recorder
  size: Size
  /** Folder of the peers; undefined where there is none. */
  peersDir: string | undefined
  /** A line of news for whoever waits. */
  say(line: string): void
}

export interface Job {
  name: string
  /** What is measured, in one line. */
  title: string
  run(bench: Bench): Promise<void>
}

/**
 * What the benchmark claims. A claim about a ratio is held against the peer of the same run; where the peer was not
 * there, the absolute figure of the day on which the targets were set takes its place.
 */
import type { Figure } from './figures.ts'

/** How far a figure may still be from its target: within a third of it. */
export const THROUGHPUT_SHARE_MIN = 2 / 3
export const LATENCY_SHARE_MAX = 3 / 2

interface Target {
  figure: string
  target: number
  /**
   * Where an absolute figure is all there is: the peer's own figure, and what it was at its slowest on the day on which the
   * target was set. In an hour that slows the peer down further, the target moves by the same factor; it never gets harder.
   */
  hour?: { peer: string; thenAtMost: number }
}

export interface Claim {
  name: string
  /**
   * `throughput`: at least; `latency`: at most, each within a third; `floor`: at least, and not a bit less; `limit`: at most, and
   * not a bit more.
   */
  kind: 'throughput' | 'latency' | 'floor' | 'limit'
  /** First the figure that counts; the next one counts where those before it were not measured. */
  targets: readonly [Target, ...Target[]]
}

export const CLAIMS: readonly Claim[] = [
  {
    name: 'wallet commands: twice Kafka Streams',
    kind: 'throughput',
    targets: [
      { figure: 'wallet-bulk.ratio', target: 2 },
      { figure: 'wallet-bulk.ours', target: 95_000 },
    ],
  },
  {
    name: 'command to event at 500/s: half the p50 of Kafka Streams',
    kind: 'latency',
    targets: [
      { figure: 'wallet-rate.ratio-p50', target: 0.5 },
      { figure: 'wallet-rate.ours-p50', target: 6.75 },
    ],
  },
  {
    name: 'command to event at 500/s: half the p99 of Kafka Streams',
    kind: 'latency',
    targets: [
      { figure: 'wallet-rate.ratio-p99', target: 0.5 },
      { figure: 'wallet-rate.ours-p99', target: 19.5 },
    ],
  },
  {
    name: 'HTTP bets on 64 connections: twice Koa + pg',
    kind: 'throughput',
    targets: [
      { figure: 'http-bet-64.ratio', target: 2 },
      { figure: 'http-bet-64.ours', target: 7_000 },
    ],
  },
  {
    name: 'HTTP bets on 64 connections: p99 no higher than that of Koa + pg',
    kind: 'latency',
    targets: [
      { figure: 'http-bet-64.ratio-p99', target: 1 },
      { figure: 'http-bet-64.ours-p99', target: 38 },
    ],
  },
  {
    name: 'HTTP bets of one hot player: four times Koa + pg',
    kind: 'throughput',
    targets: [
      { figure: 'http-bet-hot.ratio', target: 4 },
      { figure: 'http-bet-hot.ours', target: 5_560 },
    ],
  },
  {
    name: 'HTTP bet to answer at 500/s: p50',
    kind: 'latency',
    targets: [
      {
        figure: 'http-bet-500.ours-p50',
        target: 10,
        hour: { peer: 'http-bet-500.koa-postgres-p50', thenAtMost: 9 },
      },
    ],
  },
  {
    name: 'HTTP bet to answer at 500/s: p99',
    kind: 'latency',
    targets: [
      {
        figure: 'http-bet-500.ours-p99',
        target: 25,
        hour: { peer: 'http-bet-500.koa-postgres-p99', thenAtMost: 27 },
      },
    ],
  },
  {
    name: 'bytes stored per command in all stores: under those of Blnk',
    kind: 'limit',
    targets: [{ figure: 'bytes-per-command.all', target: 1_915 + 5_479 }],
  },
  {
    name: 'restart after SIGKILL with 1,000,000 wallets: first command answered',
    kind: 'latency',
    targets: [{ figure: 'restart-1m.first-answer', target: 2_000 }],
  },
  {
    name: 'authentication, limits and validation: CPU per request',
    kind: 'limit',
    targets: [{ figure: 'access.cpu-per-request', target: 150 }],
  },
  {
    name: '1,000,000 API keys in memory',
    kind: 'limit',
    targets: [{ figure: 'access.memory-1m-keys', target: 500 }],
  },
  {
    name: 'AML on two cores: transactions assessed',
    kind: 'floor',
    targets: [{ figure: 'aml.transactions', target: 30_000 }],
  },
  {
    name: 'AML at 2,000 bets/s: no assessment later than this',
    kind: 'limit',
    targets: [{ figure: 'aml.lag-max', target: 1_000 }],
  },
  {
    name: 'bets at a game provider while another hangs: p99 no higher than while it answers',
    kind: 'latency',
    targets: [{ figure: 'game-bets.ratio-p99', target: 1 }],
  },
  {
    name: 'ClickHouse sink on two cores: transactions in the store',
    kind: 'floor',
    targets: [{ figure: 'sink-clickhouse.transactions', target: 20_000 }],
  },
  {
    name: '10,000,000 transactions: a month of a partner counted for its settlement',
    kind: 'limit',
    targets: [{ figure: 'reports.settlement-month', target: 1_000 }],
  },
  {
    name: '10,000,000 transactions: daily report of a partner, a month over HTTP',
    kind: 'limit',
    targets: [{ figure: 'reports.daily-month', target: 300 }],
  },
]

export interface Verdict {
  claim: string
  figure: string
  measured: number
  target: number
  /** What is still accepted. */
  limit: number
  holds: boolean
}

function limitOf({ kind }: Claim, target: number): number {
  if (kind === 'throughput') return target * THROUGHPUT_SHARE_MIN
  return kind === 'latency' ? target * LATENCY_SHARE_MAX : target
}

/** The target as it stands in the hour of the run. */
function targetNow({ target, hour }: Target, values: ReadonlyMap<string, number>): number {
  const peerNow = hour === undefined ? undefined : values.get(hour.peer)
  return hour === undefined || peerNow === undefined
    ? target
    : target * Math.max(1, peerNow / hour.thenAtMost)
}

/** The verdict on each claim whose figure was measured, by its median. */
export function judge(figures: readonly Figure[], claims: readonly Claim[] = CLAIMS): Verdict[] {
  const values = new Map(figures.map(({ name, value }) => [name, value]))
  return claims.flatMap((claim) => {
    const chosen = claim.targets.find(({ figure }) => values.has(figure))
    const measured = chosen === undefined ? undefined : values.get(chosen.figure)
    if (chosen === undefined || measured === undefined) return []
    const target = targetNow(chosen, values)
    const limit = limitOf(claim, target)
    const isLeast = claim.kind === 'throughput' || claim.kind === 'floor'
    const holds = isLeast ? measured >= limit : measured <= limit
    return [{ claim: claim.name, figure: chosen.figure, measured, target, limit, holds }]
  })
}

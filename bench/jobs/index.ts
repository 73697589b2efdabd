/** All jobs, in the order in which they run. */
import { access } from './access.ts'
import { aml } from './aml.ts'
import { gameBets } from './game-bets.ts'
import type { Job } from './job.ts'
import { httpBet500, httpBet64, httpBetHot } from './http-bets.ts'
import { memoryAndBytes } from './memory-and-bytes.ts'
import { pgbench } from './pgbench.ts'
import { reports } from './reports.ts'
import { restart } from './restart.ts'
import { sinkClickhouse, sinkPostgres } from './sinks.ts'
import { walletBulk } from './wallet-bulk.ts'
import { walletRate } from './wallet-rate.ts'

export const JOBS: readonly Job[] = [
  walletBulk,
  walletRate,
  httpBet64,
  httpBetHot,
  httpBet500,
  gameBets,
  memoryAndBytes,
  restart,
  access,
  aml,
  sinkClickhouse,
  sinkPostgres,
  reports,
  pgbench,
]

/**
 * What the wallet has written, into the stores: a sink over a backlog of transactions and balances, from the first transaction in
 * the store to the last. Into ClickHouse two processes beside each other, one per core; the store and the broker share the cores.
 */
import { createClient } from '@clickhouse/client'
import pg from 'pg'
import { waitUntil } from '../../stack/wait.ts'
import type { PortName } from '../../stack/ports.ts'
import type { Ground } from '../ground.ts'
import { preload, walletCaughtUp } from '../kafka.ts'
import { samplesOf } from '../metrics.ts'
import type { Sample } from '../metrics.ts'
import { cpuMicroseconds, descendantsOf, memoryOf } from '../process-cost.ts'
import { commandsOf } from '../workload.ts'
import type { Bench, Job, Size } from './job.ts'

const TRANSACTIONS = 'wallet.transaction.created'
const LIMIT_MS = 600_000
const POLL_MS = 50

interface Sink {
  name: 'sink-clickhouse' | 'sink-postgres'
  /** Its processes in the stack, with their admin ports. */
  processes: Readonly<Record<string, PortName>>
  /** The store's service in the stack. */
  store: 'clickhouse' | 'postgres'
  /** How many transactions it is given. */
  transactions: (size: Size) => number
  /** How many transactions the store holds. */
  count: (ground: Ground) => Promise<number>
}

async function countInClickhouse(ground: Ground): Promise<number> {
  const client = createClient({
    url: ground.value('CLICKHOUSE_URL'),
    database: ground.value('CLICKHOUSE_DATABASE'),
  })
  const query = 'SELECT toString(count()) FROM transactions'
  const answer = await client.query({ query, format: 'JSONCompactEachRow' })
  const [[count = ''] = []] = await answer.json<string[]>()
  await client.close()
  return Number(count)
}

async function countInPostgres(ground: Ground): Promise<number> {
  const client = new pg.Client({ connectionString: ground.value('DATABASE_URL') })
  await client.connect()
  const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM transactions')
  await client.end()
  return Number(rows[0]?.count)
}

const CLICKHOUSE: Sink = {
  name: 'sink-clickhouse',
  processes: { 'sink-clickhouse': 'sinkClickhouseAdmin', 'sink-clickhouse-2': 'sinkClickhouse2Admin' },
  store: 'clickhouse',
  transactions: ({ bulkCommands }) => bulkCommands,
  count: countInClickhouse,
}
const POSTGRES: Sink = {
  name: 'sink-postgres',
  processes: { 'sink-postgres': 'sinkPostgresAdmin' },
  store: 'postgres',
  transactions: ({ storedCommands }) => storedCommands,
  count: countInPostgres,
}

interface Run {
  /** Transactions/s from the first write to the last. */
  perSecond: number
  /** CPU time per transaction, in microseconds. */
  sinkCpu: number
  storeCpu: number
  brokerCpu: number
  /** Records of one write. */
  batch: number
  /** Resident memory of the largest of the sink's processes at the end, in MB. */
  memoryMb: number
}

async function pidsOf(ground: Ground, names: readonly string[]): Promise<number[]> {
  const pids = await ground.pids()
  return names.map((name) => pids.get(name) ?? NaN)
}

/** CPU time of services so far; PostgreSQL is a process per session. */
async function cpuOf(ground: Ground, ...names: readonly string[]): Promise<number> {
  const pids = await pidsOf(ground, names)
  return pids
    .flatMap((pid) => [pid, ...descendantsOf(pid)])
    .reduce((sum, pid) => sum + cpuMicroseconds(pid), 0)
}

type Samples = (metric: string) => Promise<Sample[]>

/** Samples of all processes of a sink. */
const samplesOfAll =
  (ground: Ground, { processes }: Sink): Samples =>
  async (metric) => {
    const ports = Object.values(processes).map((name) => ground.stack.ports[name])
    return (await Promise.all(ports.map((port) => samplesOf(port, metric)))).flat()
  }

const sumOf = (samples: readonly Sample[]): number => samples.reduce((sum, { value }) => sum + value, 0)

const written = async (samples: Samples): Promise<number> =>
  sumOf(
    (await samples('stakestream_sink_records_written_total')).filter(
      ({ labels }) => labels['topic'] === TRANSACTIONS,
    ),
  )

const recordsPerWrite = async (samples: Samples): Promise<number> =>
  sumOf(await samples('stakestream_sink_batch_records_sum')) /
  sumOf(await samples('stakestream_sink_batch_records_count'))

/** One run into empty tables. */
async function measure(ground: Ground, sink: Sink, transactions: number): Promise<Run> {
  await ground.prepareTables()
  const samples = samplesOfAll(ground, sink)
  const names = Object.keys(sink.processes)
  const before = { store: await cpuOf(ground, sink.store), broker: await cpuOf(ground, 'kafka') }
  await ground.up(...names)
  try {
    let first: { count: number; atMs: number } | undefined
    const isDone = async (): Promise<boolean> => {
      const count = await written(samples)
      if (count > 0) first ??= { count, atMs: performance.now() }
      return count >= transactions
    }
    if (!(await waitUntil(isDone, LIMIT_MS, POLL_MS)))
      throw new Error(`${sink.name} has not written ${transactions} transactions in ${LIMIT_MS / 1000} s`)
    const endMs = performance.now()
    if (first === undefined || first.count >= transactions) throw new Error('there was too little to measure')
    const run = {
      perSecond: ((transactions - first.count) * 1000) / (endMs - first.atMs),
      sinkCpu: (await cpuOf(ground, ...names)) / transactions,
      storeCpu: ((await cpuOf(ground, sink.store)) - before.store) / transactions,
      brokerCpu: ((await cpuOf(ground, 'kafka')) - before.broker) / transactions,
      batch: await recordsPerWrite(samples),
      memoryMb: Math.max(...(await pidsOf(ground, names)).map((pid) => memoryOf(pid).residentMb)),
    }
    const stored = await sink.count(ground)
    if (stored !== transactions) throw new Error(`${transactions} transactions became ${stored} rows`)
    return run
  } finally {
    await ground.stop(...names)
  }
}

const jobOf = (sink: Sink): Job => ({
  name: sink.name,
  title: `${sink.name}: transactions in the store, with their entries and balances, 4 partitions`,
  run: async ({ ground, recorder, size, say }: Bench) => {
    const { players } = size
    const transactions = sink.transactions(size)
    const partnerId = ground.value('STAKESTREAM_PARTNER_ID')
    await ground.up('postgres', 'clickhouse')
    await ground.freshTopics({ keepCommands: false })
    await ground.up('wallet')
    await preload(ground, commandsOf({ commands: transactions, players, partnerId, prefix: 's' }))
    await walletCaughtUp(ground)
    await ground.stop('wallet')
    say(`${transactions} transactions are there`)
    for (let index = 0; index < size.runs; index++) {
      const run = await measure(ground, sink, transactions)
      const { perSecond, sinkCpu, storeCpu, brokerCpu, batch, memoryMb } = run
      recorder.add(`${sink.name}.transactions`, 'transactions/s', perSecond)
      recorder.add(`${sink.name}.cpu`, 'µs', sinkCpu)
      recorder.add(`${sink.name}.${sink.store}-cpu`, 'µs', storeCpu)
      recorder.add(`${sink.name}.broker-cpu`, 'µs', brokerCpu)
      recorder.add(`${sink.name}.batch`, 'records', batch)
      recorder.add(`${sink.name}.memory`, 'MB', memoryMb)
      say(
        `${Math.round(perSecond)}/s; CPU each: sink ${sinkCpu.toFixed(1)} µs, ${sink.store} ${storeCpu.toFixed(1)} µs`,
      )
    }
    await ground.stop('postgres', 'clickhouse')
  },
})

export const sinkClickhouse = jobOf(CLICKHOUSE)
export const sinkPostgres = jobOf(POSTGRES)

/** How far the sinks are behind the log, and whether anything still happens. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickHouseClient } from '@clickhouse/client'
import pg from 'pg'
import { z } from 'zod'
import { rowsOf } from '../../service/clickhouse.ts'
import { endsOf } from '../../streams/runtime/read-log.ts'
import type { Ends } from '../../streams/runtime/read-log.ts'
import type { LogReader, StreamsBroker, TopicPartition } from '../../streams/runtime/port.ts'
import { TOPIC_NAMES, topicDefinition } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'

/** Nothing happens any more where nothing has been written to any topic for this long, in milliseconds. */
const QUIET_MS = 4_000
const LOOK_MS = 500
/** A sink that makes no progress for this long has failed, in milliseconds. */
const SILENCE_MS_MAX = 120_000
const NOTE_MS = 5_000

const EVENTS: readonly TopicName[] = ['wallet.transaction.created']
const readBy = (sink: string): TopicName[] =>
  TOPIC_NAMES.filter((name) => topicDefinition(name).readBy.includes(sink))

const position = z.object({ topic: z.string(), partition: z.coerce.number(), next: z.coerce.number() })
type Position = z.output<typeof position>

interface Follower {
  /** The process. */
  name: string
  topics: readonly TopicName[]
  positions(): Promise<Position[]>
}

export interface FollowedStores {
  broker: StreamsBroker
  databaseUrl: string
  clickhouse: ClickHouseClient
}

async function queryPositions(databaseUrl: string, text: string): Promise<Position[]> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    return z.array(position).parse((await client.query<object>(text)).rows)
  } finally {
    await client.end()
  }
}

const followersOf = ({ databaseUrl, clickhouse }: FollowedStores): Follower[] => [
  {
    name: 'sink-postgres',
    topics: readBy('sink-postgres'),
    positions: () =>
      queryPositions(databaseUrl, 'SELECT topic, partition, next_offset AS next FROM sink_positions'),
  },
  {
    name: 'sink-webhooks',
    topics: EVENTS,
    positions: () =>
      queryPositions(databaseUrl, 'SELECT topic, partition, next_offset AS next FROM webhook_positions'),
  },
  {
    name: 'sink-clickhouse',
    topics: readBy('sink-clickhouse'),
    positions: () =>
      rowsOf(
        clickhouse,
        'SELECT topic, partition, toString(argMax(next_offset, written_at)) AS next FROM sink_positions GROUP BY topic, partition',
        position,
      ),
  },
]

type AllEnds = ReadonlyMap<TopicName, Ends>

async function allEnds(broker: StreamsBroker): Promise<AllEnds> {
  const ends = new Map<TopicName, Ends>()
  for (const topic of TOPIC_NAMES) ends.set(topic, await endsOf(broker, topic))
  return ends
}

const sameEnds = (a: AllEnds, b: AllEnds): boolean =>
  [...a].every(([topic, ends]) => ends.every((end, partition) => b.get(topic)?.[partition] === end))

/** Offset behind the last committed record of a partition; markers of transactions lie behind it, and nobody stores them. */
async function recordEndOf(
  reader: LogReader,
  source: TopicPartition,
  broker: StreamsBroker,
): Promise<number> {
  const { first, end } = await broker.offsets(source)
  if (first >= end) return 0
  let recordEnd = 0
  const done = Promise.withResolvers<void>()
  reader.follow(source, first, ({ records, nextOffset }) => {
    recordEnd = (records.at(-1)?.offset ?? recordEnd - 1) + 1
    if (nextOffset >= end) done.resolve()
    return Promise.resolve()
  })
  await done.promise
  reader.unfollow(source)
  return recordEnd
}

async function recordEndsOf(broker: StreamsBroker, topic: TopicName, count: number): Promise<Ends> {
  const reader = broker.logReader([topic])
  const crashed = Promise.withResolvers<never>()
  await reader.start(crashed.reject)
  try {
    const partitions = Array.from({ length: count }, (_, partition) =>
      recordEndOf(reader, { topic, partition }, broker),
    )
    return await Promise.race([Promise.all(partitions), crashed.promise])
  } finally {
    await reader.stop()
  }
}

/** Where a sink that has written everything stands, of every topic that one of them reads. */
async function wantedOf(stores: FollowedStores): Promise<AllEnds> {
  const topics = new Set(followersOf(stores).flatMap((follower) => follower.topics))
  const wanted = new Map<TopicName, Ends>()
  for (const topic of topics) {
    const count = await stores.broker.partitionCount(topic)
    wanted.set(topic, await recordEndsOf(stores.broker, topic, count))
  }
  return wanted
}

/** Offsets that a follower has still to pass; a store that is away counts as not begun. */
async function lagOf({ topics, positions }: Follower, wanted: AllEnds): Promise<number> {
  const known = await positions().catch((): Position[] => [])
  const nextOf = new Map(known.map(({ topic, partition, next }) => [`${topic}/${partition}`, next]))
  let lag = 0
  for (const topic of topics)
    wanted.get(topic)?.forEach((end, partition) => {
      lag += Math.max(0, end - (nextOf.get(`${topic}/${partition}`) ?? 0))
    })
  return lag
}

export interface CaughtUp {
  name: string
  /** When it was seen, by `performance.now()`. */
  atMs: number
}

/** Waits until every sink has written all that lay in Kafka when the wait began. Throws where none makes progress. */
export async function catchUp(stores: FollowedStores, note: (line: string) => void): Promise<CaughtUp[]> {
  const wanted = await wantedOf(stores)
  const waiting = new Set(followersOf(stores))
  const done: CaughtUp[] = []
  let least = Infinity
  let progressMs = performance.now()
  let notedMs = progressMs
  for (;;) {
    const lags = await Promise.all(
      [...waiting].map(async (follower) => ({ follower, lag: await lagOf(follower, wanted) })),
    )
    const nowMs = performance.now()
    for (const { follower, lag } of lags)
      if (lag === 0) {
        waiting.delete(follower)
        done.push({ name: follower.name, atMs: nowMs })
      }
    if (waiting.size === 0) return done
    const sum = lags.reduce((total, { lag }) => total + lag, 0)
    const behind = lags
      .flatMap(({ follower, lag }) => (lag > 0 ? [`${follower.name} ${lag}`] : []))
      .join(', ')
    if (sum < least) {
      least = sum
      progressMs = nowMs
    } else if (nowMs - progressMs > SILENCE_MS_MAX)
      throw new Error(`no progress for ${SILENCE_MS_MAX / 1_000} s; records behind: ${behind}`)
    if (nowMs - notedMs > NOTE_MS) {
      note(`  records behind: ${behind}`)
      notedMs = nowMs
    }
    await sleep(LOOK_MS)
  }
}

/** Waits until nobody writes to any topic any more and the sinks have written all of it. */
export async function untilQuiet(stores: FollowedStores, note: (line: string) => void): Promise<void> {
  let before = await allEnds(stores.broker)
  let quietSinceMs = performance.now()
  for (;;) {
    await sleep(LOOK_MS)
    const now = await allEnds(stores.broker)
    if (!sameEnds(before, now)) quietSinceMs = performance.now()
    before = now
    if (performance.now() - quietSinceMs < QUIET_MS) continue
    await catchUp(stores, note)
    // The sinks themselves may have put something aside meanwhile.
    if (sameEnds(before, await allEnds(stores.broker))) return
  }
}

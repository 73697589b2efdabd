/**
 * Screens every player against the lists in force, and again when one of them changes. Each edition of the lists is a consumer
 * group of its own: a new one begins at the first player, one that is known goes on where it was.
 */
import type { AmlCommand } from '../../avro/types.ts'
import type { ScreenerState } from '../../screening/lists/messages.ts'
import { openScreener } from '../../screening/lists/screener.ts'
import type { WatchlistSource } from '../../screening/lists/source.ts'
import type { Readiness } from '../../service/admin-server.ts'
import type { Logger } from '../../service/logger.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { createKafka } from '../../topics/kafka.ts'
import type { Rules } from '../../topics/rule-book.ts'
import type { SourceCodecs } from '../runtime/decode.ts'
import type { SinkMetrics } from '../runtime/metrics.ts'
import { readinessOf } from '../runtime/process.ts'
import { SinkReader } from '../runtime/reader.ts'
import type { DeadLetters, ProfileSourceName } from '../runtime/types.ts'
import { createWriter } from '../runtime/writer.ts'
import type { SliceWriter } from '../runtime/writer.ts'
import { editionOf } from './edition.ts'
import type { Edition } from './edition.ts'
import { BATCH_RECORDS_MAX, FETCH_WAIT_MS } from './limits.ts'
import { showLists } from './metrics.ts'
import type { ScreeningMetrics } from './metrics.ts'
import { createOutbox } from './outbox.ts'
import { createScreeningStore } from './store.ts'
import type { Opening } from './subject.ts'

export interface ScreeningOptions {
  kafka: ReturnType<typeof createKafka>
  /** Prefix of the consumer groups. */
  groupPrefix: string
  /** Names of the topics in Kafka. */
  topics: { profiles: string; commands: string }
  codecs: { profiles: SourceCodecs<ProfileSourceName>; command: TopicCodec<AmlCommand> }
  deadLetters: DeadLetters<ProfileSourceName>
  cipher: Opening
  rules: Rules
  sources: readonly WatchlistSource[]
  /** How often the files of the lists are looked at, in milliseconds. */
  reloadMs: number
  /** Lowest score that is a match. */
  scoreMin: number
  metrics: { sink: SinkMetrics; screening: ScreeningMetrics }
  logger: Logger
}

export interface Screening {
  readiness(): Readiness
  /** Rejects when it can't go on by itself. Never resolves. */
  failed: Promise<never>
  stop(): Promise<void>
}

/** The reading of one edition. */
interface Reading {
  edition: Edition
  reader: SinkReader<ProfileSourceName>
  writer: SliceWriter<ProfileSourceName>
}

const listsPart = ({ lists, refused }: ScreenerState): object => ({
  in_force: lists ?? [],
  refused: Object.fromEntries(refused),
})

export function startScreening(options: ScreeningOptions): Screening {
  const { kafka, sources, scoreMin, metrics, topics, codecs, logger } = options
  const outbox = createOutbox({ kafka, topic: topics.commands, codec: codecs.command })
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => undefined)
  let reading: Reading | undefined
  let wanted: Edition | undefined
  let changing = Promise.resolve()
  let stopped = false

  const screener = openScreener({
    sources,
    reloadMs: options.reloadMs,
    onState: (state) => {
      show(state)
      wanted = state.lists === undefined ? undefined : editionOf(state.lists, sources, scoreMin)
      changing = changing.then(change).catch(failure.reject)
    },
    onThreadLost: (error) => logger.error({ err: error }, 'the thread of the watchlists has died'),
  })
  showLists(metrics.screening, namesOf(sources), screener.state)
  if (sources.length === 0) logger.warn('no watchlists are configured (WATCHLISTS): nobody is screened')

  function show(state: ScreenerState): void {
    showLists(metrics.screening, namesOf(sources), state)
    if (state.refused.size > 0) logger.error(listsPart(state), 'a watchlist is refused')
    else logger.info(listsPart(state), 'watchlists')
  }

  function read(edition: Edition): Reading {
    const groupId = `${options.groupPrefix}.${edition.hash}`
    const store = createScreeningStore({
      ...{ kafka, groupId, edition, scoreMin, screener, outbox, logger },
      cipher: options.cipher,
      rules: options.rules,
      metrics: metrics.screening,
    })
    const { deadLetters } = options
    const writer = createWriter({
      store,
      codecs: codecs.profiles,
      deadLetters,
      metrics: metrics.sink,
      logger,
    })
    const reader = new SinkReader<ProfileSourceName>({
      ...{ kafka, groupId, store, writer, metrics: metrics.sink, logger },
      sources: new Map([[topics.profiles, 'player.profile.updated']]),
      fetchWaitMs: FETCH_WAIT_MS,
      fetchBytesMin: 1,
      batchRecordsMax: BATCH_RECORDS_MAX,
    })
    reader.failed.catch(failure.reject)
    reader.start()
    logger.info({ groupId }, 'players are screened')
    return { edition, reader, writer }
  }

  /** To the edition that is wanted by now; one that came and went meanwhile is passed over. */
  async function change(): Promise<void> {
    if (stopped || wanted?.hash === reading?.edition.hash) return
    const before = reading
    reading = undefined
    await before?.reader.stop()
    if (!stopped && wanted !== undefined) reading = read(wanted)
  }

  return {
    failed: failure.promise,
    readiness: () => {
      const parts = { lists: listsPart(screener.state) }
      if (sources.length === 0) return { ready: true, parts }
      if (reading === undefined) return { ready: false, parts }
      const { ready, parts: ofReading } = readinessOf(reading.reader.status(), reading.writer.health())
      return { ready, parts: { ...parts, ...ofReading } }
    },
    stop: async () => {
      stopped = true
      await changing
      await reading?.reader.stop()
      await outbox.close()
      await screener.close()
    },
  }
}

const namesOf = (sources: readonly WatchlistSource[]): string[] => sources.map(({ name }) => name)

/** The peer on Kafka Streams: fetches the library, compiles the peer's source and runs it on the bench's broker. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureArtifact, mavenCopyWithDependencies } from '../../stack/download.ts'
import type { Artifact } from '../../stack/download.ts'
import type { Ground } from '../ground.ts'

const run = promisify(execFile)

const VERSION = '4.3.1'
const KAFKA_STREAMS: Artifact = {
  folder: `kafka-streams-${VERSION}`,
  title: `Kafka Streams ${VERSION} (90 MB)`,
  fetch: (target, progress) =>
    mavenCopyWithDependencies(
      [`org.apache.kafka:kafka-streams:${VERSION}`, 'org.slf4j:slf4j-nop:1.7.36'],
      target,
      progress,
    ),
}
const THREADS = '2'
const COMMIT_MS = 10
const RUN_LIMIT_MS = 600_000
const OUTPUT_BYTES_MAX = 10_000_000

export interface KafkaStreamsPeer {
  /** Committed commands per second, from the start and from the first event. */
  bulk(
    commands: number,
    wallets: number,
    partitions: number,
  ): Promise<{ fromStart: number; fromFirst: number }>
  /** Command sent → event readable. */
  rate(
    perSecond: number,
    seconds: number,
    wallets: number,
    partitions: number,
  ): Promise<{ p50Ms: number; p99Ms: number }>
}

/** The numbers in the peer's line that the pattern's groups name. */
function numbersIn(output: string, pattern: RegExp): number[] {
  const match = pattern.exec(output)
  if (match === null) throw new Error(`the Kafka Streams peer said something else:\n${output.slice(-1_000)}`)
  return match.slice(1).map(Number)
}

/** The peer leaves its store behind in the temporary folder. */
function removeStores(sinceMs: number): void {
  for (const name of readdirSync(tmpdir())) {
    const path = join(tmpdir(), name)
    if (
      !/^peer-[0-9a-z]{8}$/.test(name) ||
      (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0) < sinceMs
    )
      continue
    rmSync(path, { recursive: true, force: true })
  }
}

export async function openKafkaStreams(
  ground: Ground,
  peersDir: string,
): Promise<KafkaStreamsPeer | undefined> {
  const source = join(peersDir, 'kafka-streams', 'src', 'WalletPeer.java')
  if (!existsSync(source)) return undefined
  const libraries = `${await ensureArtifact(ground.stack.cacheDir, KAFKA_STREAMS)}/*`
  const classes = ground.folder('peers/kafka-streams')
  mkdirSync(classes, { recursive: true })
  await run('javac', ['-cp', libraries, '-d', classes, source])

  const start = async (flags: readonly string[], args: readonly (string | number)[]): Promise<string> => {
    const sinceMs = Date.now()
    const java = [...flags, `-Dbootstrap=${ground.brokers}`, '-cp', `${classes}:${libraries}`, 'WalletPeer']
    try {
      const { stdout } = await run('java', [...java, ...args.map(String)], {
        timeout: RUN_LIMIT_MS,
        killSignal: 'SIGKILL',
        maxBuffer: OUTPUT_BYTES_MAX,
      })
      return stdout
    } finally {
      removeStores(sinceMs)
      await ground.deleteTopics((name) => name.startsWith('peer-'))
    }
  }
  return {
    bulk: async (commands, wallets, partitions) => {
      const output = await start(['-Xmx2g'], ['bulk', commands, wallets, partitions, THREADS])
      const pattern = /bulk: \d+ commands, ([\d.]+)\/s from start, ([\d.]+)\/s from first event/
      const [fromStart = NaN, fromFirst = NaN] = numbersIn(output, pattern)
      return { fromStart, fromFirst }
    },
    rate: async (perSecond, seconds, wallets, partitions) => {
      const flags = ['-Xmx1g', `-DcommitMs=${COMMIT_MS}`]
      const output = await start(flags, ['rate', perSecond, seconds, wallets, partitions, THREADS])
      const [p50Ms = NaN, p99Ms = NaN] = numbersIn(output, /rate \d+\/s: p50 ([\d.]+) ms p99 ([\d.]+) ms/)
      return { p50Ms, p99Ms }
    },
  }
}

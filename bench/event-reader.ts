/**
 * Reads committed events with Kafka's own Java consumer (ConsumerPerformance), which tells when the last one could be
 * read. It stands for the consumer that the peer's benchmark has, so that both sides carry one.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from '../stack/wait.ts'
import type { TopicName } from '../topics/catalogue.ts'
import type { Ground } from './ground.ts'

const JOIN_LIMIT_MS = 60_000
const SILENCE_LIMIT_MS = 120_000
/**
 * The reader is not what is measured: it takes as little of the two cores as it can. The optimising compiler would be busy with it
 * for most of a run, and the concurrent collector has threads of its own.
 */
const JVM_FLAGS = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] as const
const DATE_FORMAT = "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"

export interface EventReader {
  /** Resolves with the time of the last event, in epoch milliseconds, once all have been read. */
  done: Promise<number>
}

function settingsFile(ground: Ground): string {
  const folder = ground.folder('reader')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'consumer.properties')
  writeFileSync(path, 'isolation.level=read_committed\nauto.offset.reset=earliest\n')
  return path
}

/** The end time and the number of records in the tool's one line of figures. */
function parse(output: string): { endMs: number; records: number } | undefined {
  for (const line of output.split('\n')) {
    const fields = line.split(',').map((field) => field.trim())
    const endMs = Date.parse(fields[1] ?? '')
    if (!Number.isNaN(endMs)) return { endMs, records: Number(fields[4]) }
  }
  return undefined
}

/** Starts the reader of a topic; resolves once it waits for the first event. */
export async function startEventReader(
  ground: Ground,
  topic: TopicName,
  events: number,
): Promise<EventReader> {
  const group = `bench-reader-${Date.now()}`
  const flags = [...JVM_FLAGS, '-cp', `${join(ground.stack.cacheDir, 'kafka-4.3.1')}/*`]
  const options = [
    ...['--bootstrap-server', ground.brokers, '--topic', topic, '--group', group],
    ...['--num-records', String(events), '--timeout', String(SILENCE_LIMIT_MS)],
    ...['--command-config', settingsFile(ground), '--date-format', DATE_FORMAT],
  ]
  const tool = 'org.apache.kafka.tools.ConsumerPerformance'
  const child = spawn('java', [...flags, tool, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const done = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => {
      const result = parse(output)
      if (result?.records === events) resolve(result.endMs)
      else
        reject(
          new Error(`the reader saw ${result?.records ?? 0} of ${events} events:\n${output.slice(-1_000)}`),
        )
    })
  })
  done.catch(() => undefined)
  const joined = await waitUntil(async () => {
    if (child.exitCode !== null) throw new Error(`the reader ended early:\n${output.slice(-1_000)}`)
    const { groups } = await ground.admin.describeGroups([group])
    return groups[0]?.state === 'Stable'
  }, JOIN_LIMIT_MS)
  if (!joined) {
    child.kill('SIGKILL')
    throw new Error('the reader of events has not joined its group')
  }
  return { done }
}

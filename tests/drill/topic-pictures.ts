/** What the topics of a cluster hold, as readers of committed records see it. */
import { createHash } from 'node:crypto'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import type { LogRecord } from '../../streams/runtime/processor.ts'
import { topicDefinition } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { wholeLog } from '../support/whole-log.ts'

export interface TopicPicture {
  topic: TopicName
  records: number
  /** Of every record in the order of each partition; of a compacted topic, of the newest record of each key. */
  digest: string
  /** Next offset of each partition. */
  ends: readonly number[]
}

const digestOf = ({ key, value, headers, timestampMs }: LogRecord): string => {
  const hash = createHash('sha256')
  for (const part of [key, value]) hash.update(part === null ? 'none' : `${part.length} `).update(part ?? '')
  for (const [name, bytes] of Object.entries(headers)) hash.update(`${name} ${bytes.toString('hex')}`)
  return hash.update(String(timestampMs)).digest('hex')
}

const newest = (records: readonly LogRecord[]): string[] =>
  [...new Map(records.map((record) => [String(record.key), digestOf(record)]))]
    .map(([key, digest]) => `${key} ${digest}`)
    .toSorted()

export async function pictureTopic(broker: StreamsBroker, topic: TopicName): Promise<TopicPicture> {
  const partitions = await wholeLog(broker, topic)
  const isCompacted = topicDefinition(topic).cleanupPolicy === 'compact'
  const hash = createHash('sha256')
  for (const [partition, records] of partitions.entries()) {
    hash.update(`partition ${partition}\n`)
    for (const line of isCompacted ? newest(records) : records.map(digestOf)) hash.update(`${line}\n`)
  }
  const ends = await Promise.all(
    partitions.map(async (_, partition) => (await broker.offsets({ topic, partition })).end),
  )
  const records = isCompacted
    ? partitions.reduce((sum, own) => sum + newest(own).length, 0)
    : partitions.reduce((sum, own) => sum + own.length, 0)
  return { topic, records, digest: hash.digest('hex'), ends }
}

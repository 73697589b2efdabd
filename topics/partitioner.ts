/** Which partition a key belongs to, for those who have to name it. */
import { Partitioners } from 'kafkajs'

const javaPartition = Partitioners.DefaultPartitioner()

/** The partition that Java's clients would choose, so that every client finds a player's records in the same place. */
export function partitionOfKey(key: string, partitionCount: number): number {
  const partitionMetadata = metadataOf(partitionCount)
  return javaPartition({ topic: '', partitionMetadata, message: { key, value: null } })
}

const metadataCache = new Map<number, Parameters<typeof javaPartition>[0]['partitionMetadata']>()

/** The partitioner counts partitions and, for keyless records only, asks for their leaders. */
function metadataOf(count: number): Parameters<typeof javaPartition>[0]['partitionMetadata'] {
  const known = metadataCache.get(count)
  if (known !== undefined) return known
  const metadata = Array.from({ length: count }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 0,
    replicas: [],
    isr: [],
  }))
  metadataCache.set(count, metadata)
  return metadata
}

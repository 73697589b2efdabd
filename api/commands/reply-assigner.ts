/**
 * Shares the partitions of wallet.reply between the API's instances and leaves each with what it has as far as the shares
 * allow: a command in flight names a partition, and its answer is lost to whoever no longer reads it.
 */
import { AssignerProtocol } from 'kafkajs'
import type { Assigner, PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = AssignerProtocol
const NAME = 'stakestream-api-reply'
const VERSION = 1

/** Even shares; whoever has most keeps its own partitions first. Deterministic in the order of member ids. */
export function sharePartitions(
  owned: ReadonlyMap<string, readonly number[]>,
  partitions: readonly number[],
): Map<string, number[]> {
  const count = (id: string): number => owned.get(id)?.length ?? 0
  const ids = [...owned.keys()].toSorted((a, b) => count(b) - count(a) || (a < b ? -1 : 1))
  const free = new Set(partitions)
  const members = ids.map((id, at) => {
    const share = Math.floor(partitions.length / ids.length) + (at < partitions.length % ids.length ? 1 : 0)
    const kept = (owned.get(id) ?? []).filter((partition) => free.has(partition)).slice(0, share)
    for (const partition of kept) free.delete(partition)
    return { id, share, kept }
  })
  const rest = [...free]
  return new Map(
    members.map(({ id, share, kept }) => [id, [...kept, ...rest.splice(0, share - kept.length)]]),
  )
}

const isPartition = (value: unknown): value is number => Number.isInteger(value)

/** What a member of another version sends counts as nothing owned. */
function ownedOf(userData: Buffer | undefined): number[] {
  try {
    const value: unknown = JSON.parse(userData?.toString() ?? '[]')
    return Array.isArray(value) ? value.filter(isPartition) : []
  } catch {
    return []
  }
}

/** `owned` is asked at each join. */
export function replyAssigner(topic: string, owned: () => readonly number[]): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(owned())),
      }),
    }),
    assign: ({ members }) => {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId)
      const current = new Map(
        members.map(({ memberId, memberMetadata }) => [
          memberId,
          ownedOf(MemberMetadata.decode(memberMetadata)?.userData),
        ]),
      )
      const shares = sharePartitions(
        current,
        partitions.toSorted((a, b) => a - b),
      )
      return Promise.resolve(
        [...shares].map(([memberId, share]) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({
            version: VERSION,
            assignment: { [topic]: share },
            userData: Buffer.alloc(0),
          }),
        })),
      )
    },
  })
}

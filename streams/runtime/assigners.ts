/** The sticky partition assigner of processors, over kafkajs's public interface. */
import { AssignerProtocol } from 'kafkajs'
import type { Assigner, Cluster, GroupMember, PartitionAssigner } from 'kafkajs'
import type { MemberState } from './port.ts'

const { MemberAssignment, MemberMetadata } = AssignerProtocol
const VERSION = 1

const encodeState = (state: MemberState): Buffer => Buffer.from(JSON.stringify(state))

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number')

/** A member of another version may send nothing, or something else: it then counts as new. */
function decodeState(userData: Buffer | undefined): MemberState {
  try {
    const value: unknown = JSON.parse(userData?.toString() ?? '')
    if (typeof value === 'object' && value !== null && 'owned' in value && 'standby' in value)
      if (isNumbers(value.owned) && isNumbers(value.standby))
        return { owned: value.owned, standby: value.standby }
  } catch {
    // An unreadable state is no state.
  }
  return { owned: [], standby: [] }
}

/**
 * Shares partitions evenly and moves as few as it can: first each keeps what it owns, up to its share; then what is
 * left goes to members that keep its store warm; then to whoever has room. Deterministic in the order of member ids.
 */
export function assignSticky(
  members: ReadonlyMap<string, MemberState>,
  partitionCount: number,
): Map<string, number[]> {
  const ids = [...members.keys()].toSorted()
  const result = new Map<string, number[]>(ids.map((id) => [id, []]))
  const free = new Set(Array.from({ length: partitionCount }, (_, partition) => partition))
  const least = Math.floor(partitionCount / ids.length)
  let extra = partitionCount % ids.length

  const give = (id: string, partition: number): boolean => {
    const list = result.get(id) ?? []
    if (!free.has(partition) || list.length > least || (list.length === least && extra === 0)) return false
    if (list.length === least) extra--
    list.push(partition)
    return free.delete(partition)
  }
  for (const id of ids) for (const partition of members.get(id)?.owned ?? []) give(id, partition)
  for (const id of ids) for (const partition of members.get(id)?.standby ?? []) give(id, partition)
  for (const partition of [...free]) {
    const byLoad = ids.toSorted((a, b) => (result.get(a)?.length ?? 0) - (result.get(b)?.length ?? 0))
    byLoad.some((id) => give(id, partition))
  }
  return result
}

const partitionsOf = (cluster: Cluster, topic: string): number =>
  cluster.findTopicPartitionMetadata(topic).length

const encodeAssignments = (topic: string, byMember: ReadonlyMap<string, number[]>) =>
  [...byMember].map(([memberId, partitions]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version: VERSION,
      assignment: { [topic]: partitions },
      userData: Buffer.alloc(0),
    }),
  }))

/** The assigner of a processor's group over one topic. `state` is asked at each join. */
export function stickyAssigner(topic: string, state: () => MemberState): PartitionAssigner {
  return ({ cluster }): Assigner => ({
    name: 'stakestream-sticky',
    version: VERSION,
    protocol: ({ topics }) => ({
      name: 'stakestream-sticky',
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encodeState(state()) }),
    }),
    assign: ({ members }: { members: GroupMember[] }) => {
      const states = new Map(
        members.map((member) => [
          member.memberId,
          decodeState(MemberMetadata.decode(member.memberMetadata)?.userData),
        ]),
      )
      return Promise.resolve(encodeAssignments(topic, assignSticky(states, partitionsOf(cluster, topic))))
    },
  })
}

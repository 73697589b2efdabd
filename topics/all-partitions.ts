/** Manual assignment, which kafkajs lacks: an assigner, over its public interface, that gives a group of one all partitions. */
import { AssignerProtocol } from 'kafkajs'
import type { Assigner, Cluster, PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = AssignerProtocol
const VERSION = 1

const partitionsOf = (cluster: Cluster, topic: string): number =>
  cluster.findTopicPartitionMetadata(topic).length

/** Gives every partition of every topic to the first member: for groups of one. */
export const allPartitionsAssigner: PartitionAssigner = ({ cluster }): Assigner => ({
  name: 'stakestream-all',
  version: VERSION,
  protocol: ({ topics }) => ({
    name: 'stakestream-all',
    metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
  }),
  assign: ({ members, topics }) => {
    const assignment = Object.fromEntries(
      topics.map((topic) => [
        topic,
        Array.from({ length: partitionsOf(cluster, topic) }, (_, index) => index),
      ]),
    )
    return Promise.resolve(
      members.slice(0, 1).map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        }),
      })),
    )
  },
})

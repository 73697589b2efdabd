/** A real broker that says of a partition, once, that another one leads it now. */
import Cluster from 'kafkajs/src/cluster/index.js'
import type { Broker, Call } from 'kafkajs/src/cluster/index.js'
import { z } from 'zod'
import { clusterOptions } from '../../../topics/kafka.ts'
import type { KafkaOptions } from '../../../topics/kafka.ts'
import { FETCH } from '../protocol/fetch.ts'

const NOT_LEADER_FOR_PARTITION = 6

const fetched = z.array(z.looseObject({ partition: z.number(), batches: z.instanceof(Buffer) }))

/** Refuses `partition` in the first answer that brings something of another one. */
export function refusing(
  options: KafkaOptions,
  partition: number,
): { cluster: Cluster; refusals: () => number } {
  let refusals = 0
  const refuse = (answer: unknown): void => {
    const partitions = fetched.parse(answer)
    const bringsOthers = partitions.some((each) => each.partition !== partition && each.batches.length > 0)
    const at = partitions.findIndex((each) => each.partition === partition)
    if (refusals > 0 || !bringsOthers || at < 0 || !Array.isArray(answer)) return
    refusals++
    Object.assign(answer[at], { errorCode: NOT_LEADER_FOR_PARTITION, batches: Buffer.alloc(0) })
  }
  class Refusing extends Cluster {
    override async findBroker(wanted: { nodeId: string }): Promise<Broker> {
      const broker = await super.findBroker(wanted)
      const send = async <T>(call: Call<T>): Promise<T> => {
        const answer = await broker.connectionPool.send(call)
        if (call.request.apiKey === FETCH.apiKey) refuse(answer)
        return answer
      }
      return {
        nodeId: broker.nodeId,
        versions: broker.versions,
        connectionPool: { send },
        initProducerId: (wantedId) => broker.initProducerId(wantedId),
      }
    }
  }
  return { cluster: new Refusing(clusterOptions(options)), refusals: () => refusals }
}

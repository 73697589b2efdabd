/** Follows the topic of endpoints into memory. */
import type { Logger } from '../../service/logger.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { Follower, FollowerOptions } from '../../topics/follower.ts'
import { tableReader } from '../../topics/table-reader.ts'
import { Endpoints } from './endpoints.ts'

const TOPIC = 'partner.webhook.updated'

export interface FollowingOptions {
  kafka: FollowerOptions['kafka']
  schemas: SchemaSource
  groupId: string
  sessionTimeoutMs: number
  logger: Logger
}

export async function followEndpoints({
  kafka,
  schemas,
  groupId,
  sessionTimeoutMs,
  logger,
}: FollowingOptions): Promise<{ endpoints: Endpoints; follower: Follower }> {
  const endpoints = new Endpoints()
  const codec = await createCodec(TOPIC, schemas)
  const follower = createFollower({
    kafka,
    groupId,
    topics: { [TOPIC]: 'beginning' },
    sessionTimeoutMs,
    onRecord: tableReader(codec, ({ data }) => endpoints.apply(data), logger),
    log: logger,
  })
  return { endpoints, follower }
}

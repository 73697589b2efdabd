/** Ids follow from what they stand for, so that a replay gives the same ones. */
import { v5 } from 'uuid'
import type { MatchReference } from '../../avro/types.ts'
import type { PlayerKey } from '../../domain/ids.ts'

/** Namespaces of UUIDv5; they must never change. */
const ALERTS = '3d0b8f52-6c1e-5f7a-9a44-8e2b7d51c063'
const MATCHES = '9e6a4c17-25b3-5d80-b1f6-0c7d38a9e245'
const MESSAGES = 'c4f1d7a9-8b06-5e2c-a3d8-51f09b6e7c32'

/** Id of the alert that a finding, or an officer's request, raises. */
export const alertIdOf = (commandId: string): string => v5(commandId, ALERTS)

/**
 * Id of the alert that a match raises. A match that is gone from its list and comes back is another one: `generation` is the
 * version of the player's standing that it is new in.
 */
export const matchAlertIdOf = (key: PlayerKey, { list, entry_id }: MatchReference, generation: number) =>
  v5(JSON.stringify([key, list, entry_id, generation]), MATCHES)

/** Id of the message that tells a version of an alert or of a player's standing. */
export const messageIdOf = (subject: string, version: number): string => v5(`${subject}/${version}`, MESSAGES)

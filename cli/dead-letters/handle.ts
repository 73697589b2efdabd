/**
 * Deals with a dead letter: its record goes back to where it came from, or is given up. Either stands in the audit trail of operation,
 * in the same Kafka transaction as the record: whenever the process dies, both are there or neither is. Whoever deals with letters at the
 * same time is fenced by the transactional id, and what he has committed is seen, since the trail is read after the fence.
 */
import { v5, v7 } from 'uuid'
import type { AuditRecorded } from '../../avro/types.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import type { createKafka } from '../../topics/kafka.ts'
import { CliError, EXIT } from '../errors.ts'
import { placeText, readHandlings, readLetter, SUBJECT, TRAIL } from './letters.ts'
import type { Handling, Letter, Place } from './letters.ts'

/** Namespace of the UUIDv5 of letters; it must never change. */
const LETTERS = '0b8f3f0c-5d8e-5a3c-8a5d-6b1f4f0e9c27'
const TRANSACTIONAL_ID = 'stakestream.cli.dead-letters'

/** A letter's id in the trail. */
export const letterIdOf = (place: Place): string => v5(placeText(place), LETTERS)

const ACTIONS = { REPLAYED: 'REPLAY_DEAD_LETTER', DISCARDED: 'DISCARD_DEAD_LETTER' } as const

export interface Handled {
  broker: StreamsBroker
  kafka: ReturnType<typeof createKafka>
  source: SchemaSource
  place: Place
  handling: Handling
  /** In the words of whoever does it. */
  reason: string
  /** Who does it, as the machine knows him. */
  operator: string
}

/**
 * An event has been taken by others already, and would be a second event to them; a command is taken by one processor, which has put it
 * aside.
 */
function assertReplayable({ place, letter }: Letter): void {
  if (letter.source_topic.endsWith('.command')) return
  throw new CliError(
    EXIT.failed,
    'DEAD_LETTER_NOT_REPLAYABLE',
    `${placeText(place)} is of ${letter.source_topic}, which is an event that others have taken`,
    'mend what could not take it and have that read its topic anew; then discard the letter',
  )
}

function entryOf({ place, letter }: Letter, { handling, reason, operator }: Handled): AuditRecorded {
  const nowMs = Date.now()
  const about = {
    place: placeText(place),
    source: `${letter.source_topic}/${letter.source_partition}/${letter.source_offset}`,
    processor: letter.processor,
    error_code: letter.error_code,
  }
  return {
    event_id: v7(),
    event_type: 'audit.recorded',
    timestamp: nowMs,
    data: {
      action: ACTIONS[handling],
      outcome: 'APPLIED',
      error_code: null,
      actor: { key_id: `cli:${operator}`, partner_id: null, ip_address: null, request_id: null },
      partner_id: PLATFORM_ID,
      subject_type: SUBJECT,
      subject_id: letterIdOf(place),
      before: JSON.stringify(about),
      after: null,
      version: null,
      requested_at: nowMs,
      player_id: null,
      reason,
    },
  }
}

/** Throws `CliError` for a letter that is not there, that was dealt with before, or that can't be replayed. */
export async function handleLetter(handled: Handled): Promise<Letter> {
  const { broker, kafka, source, place, handling } = handled
  const found = await readLetter(broker, source, place)
  if (handling === 'REPLAYED') assertReplayable(found)
  const trail = await createCodec(TRAIL, source)
  const producer = kafka.producer({
    transactionalId: TRANSACTIONAL_ID,
    idempotent: true,
    maxInFlightRequests: 1,
  })
  await producer.connect()
  try {
    const transaction = await producer.transaction()
    try {
      const before = (await readHandlings(broker, source)).get(letterIdOf(place))
      if (before !== undefined)
        throw new CliError(
          EXIT.failed,
          'DEAD_LETTER_HANDLED',
          `${placeText(place)} was ${before.toLowerCase()} before`,
          'GET /audit and dead-letters list say by whom',
        )
      const { letter } = found
      if (handling === 'REPLAYED')
        await transaction.send({
          topic: letter.source_topic,
          acks: -1,
          messages: [
            {
              key: letter.record_key,
              value: letter.record_value,
              headers: letter.record_headers,
              partition: letter.source_partition,
            },
          ],
        })
      const value = trail.encode(entryOf(found, handled))
      await transaction.send({ topic: TRAIL, acks: -1, messages: [{ key: PLATFORM_ID, value }] })
      await transaction.commit()
      return found
    } catch (error) {
      await transaction.abort().catch(() => undefined)
      throw error
    }
  } finally {
    await producer.disconnect()
  }
}

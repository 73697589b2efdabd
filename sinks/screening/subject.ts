/** Whom to look for: a player's name and date of birth, opened. */
import type { Player } from '../../avro/types.ts'
import { parseIsoDate } from '../../screening/dates.ts'
import { QUERY_NAME_CHARS_MAX } from '../../screening/screen.ts'
import type { ScreeningQuery } from '../../screening/types.ts'
import { DecryptionError } from '../../service/encryption.ts'
import type { Cipher } from '../../service/encryption.ts'

export type Opening = Pick<Cipher, 'decrypt'>

/** A query; or why there is none, and never with the value. */
export type Subject =
  | {
      kind: 'query'
      query: ScreeningQuery
      /** A date of birth is there and can't be read. */ isDateLost: boolean
    }
  | { kind: 'no_name' }
  | { kind: 'unreadable'; reason: string }

function opened(sealed: string, cipher: Opening): { text: string } | { reason: string } {
  try {
    return { text: cipher.decrypt(sealed) }
  } catch (error) {
    if (error instanceof DecryptionError) return { reason: error.message }
    throw error
  }
}

/** A player whose date of birth can't be opened is looked for without it: that finds more, never less. */
export function subjectOf(player: Player, cipher: Opening): Subject {
  if (player.name === null) return { kind: 'no_name' }
  const name = opened(player.name, cipher)
  if ('reason' in name) return { kind: 'unreadable', reason: name.reason }
  if (name.text.length > QUERY_NAME_CHARS_MAX)
    return { kind: 'unreadable', reason: `the name has more than ${QUERY_NAME_CHARS_MAX} characters` }
  const date = player.date_of_birth === null ? undefined : opened(player.date_of_birth, cipher)
  const dateOfBirth = date !== undefined && 'text' in date ? parseIsoDate(date.text) : undefined
  const query: ScreeningQuery = {
    name: name.text,
    ...(dateOfBirth === undefined ? {} : { dateOfBirth }),
    ...(player.country === null ? {} : { country: player.country }),
  }
  return { kind: 'query', query, isDateLost: date !== undefined && dateOfBirth === undefined }
}

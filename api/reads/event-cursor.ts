/**
 * Cursors of events: an offset for each partition of the log. They are sealed, since offsets would tell a partner how much all
 * others do, and hold the partner, so that nobody reads on from another one's place.
 */
import { z } from 'zod'
import { DecryptionError } from '../../service/encryption.ts'
import type { Cipher } from '../../service/encryption.ts'
import type { EventPositions } from './events.ts'

type Sealing = Pick<Cipher, 'encrypt' | 'decrypt'>

const content = z.strictObject({
  partner_id: z.string(),
  next: z.array(z.tuple([z.int().min(0), z.int().min(0)])),
})

export const encodeEventCursor = (partnerId: string, next: EventPositions, cipher: Sealing): string =>
  Buffer.from(cipher.encrypt(JSON.stringify({ partner_id: partnerId, next: [...next] }))).toString(
    'base64url',
  )

/** Undefined where the text is no cursor that the partner was given. */
export function decodeEventCursor(
  text: string,
  partnerId: string,
  cipher: Sealing,
): EventPositions | undefined {
  try {
    const opened = content.parse(
      JSON.parse(cipher.decrypt(Buffer.from(text, 'base64url').toString('latin1'))),
    )
    return opened.partner_id === partnerId ? new Map(opened.next) : undefined
  } catch (error) {
    // Whatever else can be opened was sealed by the platform, though not as a cursor.
    if (error instanceof DecryptionError || error instanceof SyntaxError || error instanceof z.ZodError)
      return undefined
    throw error
  }
}

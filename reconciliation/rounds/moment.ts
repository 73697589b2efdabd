/** A moment as people write it: a date (its first moment in UTC), or an RFC 3339 time. Epoch milliseconds come out. */
import { z } from 'zod'

export const moment = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })], { error: 'is no date and no RFC 3339 time' })
  .transform((text) => Date.parse(text))

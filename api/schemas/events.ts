/** Query and answer of the event feed. */
import { z } from 'zod'
import { EVENT_CURSOR_CHARS_MAX } from '../limits.ts'
import { transactionAnswer } from './answers.ts'
import { fault } from './fields.ts'
import { pageQuery, waitMs } from './reads.ts'
import { EVENT_TYPES } from './webhooks.ts'

const eventType = z.enum(EVENT_TYPES)

const TYPES_CHARS_MAX = 200
const oneType = `(${EVENT_TYPES.join('|').replaceAll('.', '\\.')})`

/** "transaction.created,transaction.updated" → types, each once. */
const types = z
  .string()
  .max(TYPES_CHARS_MAX)
  .transform((text, context) => {
    const parsed = z.array(eventType).safeParse(text.split(','))
    if (parsed.success) return [...new Set(parsed.data)]
    context.addIssue(fault('INVALID_VALUE', `must be a list of ${EVENT_TYPES.join(', ')}, by commas`))
    return z.NEVER
  })
  .meta({
    description: 'Types of events, by commas; all where absent, those to come too.',
    example: 'transaction.created',
    override: { type: 'string', maxLength: TYPES_CHARS_MAX, pattern: `^${oneType}(,${oneType})*$` },
  })

export const eventsQuery = z.strictObject({
  cursor: z
    .string()
    .max(EVENT_CURSOR_CHARS_MAX)
    .meta({ description: 'next_cursor of the call before; absent: from the oldest event that is kept.' })
    .optional(),
  limit: pageQuery.limit,
  types: types.optional(),
  wait_ms: waitMs.optional(),
})

/** The body of a webhook. */
const eventAnswer = z
  .strictObject({
    type: eventType,
    timestamp: z.iso.datetime(),
    data: transactionAnswer.omit({ ip_address: true, user_agent: true, country: true, updated_at: true }),
  })
  .meta({ id: 'Event', description: 'As webhook endpoints are sent it.' })

export const eventsAnswer = z.strictObject({
  data: z.array(eventAnswer),
  next_cursor: z.string().meta({ description: 'Where the next call goes on; it is always there.' }),
  has_more: z.boolean().meta({ description: 'False where a call at once would find nothing more.' }),
})

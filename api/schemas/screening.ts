/** The body and the answer of a screening. */
import { z } from 'zod'
import { parseIsoDate } from '../../screening/dates.ts'
import { QUERY_NAME_CHARS_MAX, DEFAULT_LIMIT } from '../../screening/screen.ts'
import { country, fault, plainText } from './fields.ts'

const dateOfBirth = z
  .string()
  .max(10)
  .transform((text, context) => {
    const date = parseIsoDate(text)
    if (date !== undefined) return date
    context.addIssue(fault('INVALID_FORMAT', 'must be a date of the calendar: YYYY-MM-DD, YYYY-MM or YYYY'))
    return z.NEVER
  })
  .meta({
    description: 'As far as it is known: YYYY-MM-DD, YYYY-MM or YYYY.',
    example: '1970-05-17',
    override: { type: 'string', pattern: '^\\d{4}(-\\d{2}(-\\d{2})?)?$' },
  })

export const screeningBody = z
  .strictObject({
    name: plainText(QUERY_NAME_CHARS_MAX).meta({
      description: 'In any script; "LAST, First" or in natural order. It is looked for and not kept.',
      example: 'Ann Example',
    }),
    date_of_birth: dateOfBirth.nullable().optional(),
    country: country
      .meta({ description: 'ISO 3166-1 alpha-2 country of nationality, birth or home.', example: 'MT' })
      .nullable()
      .optional(),
  })
  .meta({ id: 'ScreeningQuery' })

const subScore = z
  .number()
  .nullable()
  .meta({ description: '0 contradicts, 100 agrees; null where one side does not say.' })

const match = z
  .strictObject({
    list: z.string(),
    list_version: z.string().meta({ description: 'Hash of the files of the list.' }),
    list_kind: z.enum(['SANCTION', 'PEP']),
    entry_id: z.string().meta({ description: "The entry's id on the list." }),
    entry_name: z.string().meta({ description: "The entry's main name." }),
    matched_name: z.string().meta({ description: 'The name or alias that agrees best.' }),
    score: z.number().meta({ description: 'How alike, 0 to 100.' }),
    sub_scores: z.strictObject({ name: z.number(), date_of_birth: subScore, country: subScore }),
    programs: z.array(z.string()),
    dates_of_birth: z.array(z.string()),
    countries: z.array(z.string()),
  })
  .meta({ id: 'ScreeningMatch' })

export const screeningAnswer = z
  .strictObject({
    matches: z
      .array(match)
      .meta({ description: `Entries that the person may be, the likest first; at most ${DEFAULT_LIMIT}.` }),
    lists: z
      .array(z.strictObject({ list: z.string(), version: z.string(), entries: z.number().int() }))
      .meta({ description: 'What was searched. Empty where no list is configured.' }),
  })
  .meta({ id: 'Screening' })

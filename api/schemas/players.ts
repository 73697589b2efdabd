/** Bodies and answers of players. */
import { z } from 'zod'
import { PLAYER_LIMITS_MAX, PLAYER_NAME_CHARS_MAX, VERSION_MAX } from '../limits.ts'
import { amountOrZero, country, currency, fault, moment, plainText, playerId } from './fields.ts'
import { wholeField } from './partners.ts'

const BORN_FROM = '1900-01-01'
const today = (): string => new Date().toISOString().slice(0, BORN_FROM.length)

/** A date of the calendar (in UTC), as the text that it came as. */
const dateOfBirth = z.iso
  .date()
  .refine((date) => date >= BORN_FROM && date < today(), {
    error: `must lie in the past and not before ${BORN_FROM}`,
    params: { fault: 'OUT_OF_RANGE' },
  })
  .meta({
    description: 'A date in the past, not before 1900. Whether the player is of age is not checked.',
    example: '1990-05-17',
  })

const homeCountry = country.meta({
  description: 'ISO 3166-1 alpha-2 country in which the player lives.',
  example: 'MT',
})
const name = plainText(PLAYER_NAME_CHARS_MAX).meta({
  description: 'Kept sealed.',
  example: 'Ann Example',
})

const selfExclusion = z
  .strictObject({
    from: moment(
      'From when on bets and deposits are refused: from now on where absent.',
      '2026-11-22T10:15:30.000Z',
    ).optional(),
    until: moment('When they land again: never where absent or null.', '2027-05-22T00:00:00.000Z')
      .nullable()
      .optional(),
  })
  .meta({
    id: 'SelfExclusion',
    description:
      'In force from its first moment up to its end. Until it has ended it can be prolonged, and by nobody be lifted, ' +
      'shortened or put off: leaving it out then is refused with SELF_EXCLUSION_IN_FORCE.',
  })

const limit = z
  .strictObject({
    kind: z
      .enum(['DEPOSIT', 'BET', 'LOSS'])
      .meta({ description: 'What the player pays in, stakes, or loses.' }),
    period: z.enum(['DAY', 'WEEK', 'MONTH']).meta({ description: 'The time over which it counts.' }),
    currency,
    amount: amountOrZero,
  })
  .meta({ id: 'PlayerLimit' })

const limits = z
  .array(limit)
  .max(PLAYER_LIMITS_MAX)
  .superRefine((list, check) => {
    const seen = new Set<string>()
    list.forEach(({ kind, period, currency: code }, at) => {
      const key = `${kind} ${period} ${code}`
      if (seen.has(key))
        check.addIssue({
          ...fault('DUPLICATE', 'must be the only one of its kind, period and currency'),
          path: [at],
        })
      seen.add(key)
    })
  })
  .meta({
    description:
      'Limits that the player has set. They are kept and answered; nothing enforces them yet: no deposit and no bet is ' +
      'refused because of one.',
  })

/** The whole profile: what is absent or null is taken away. */
export const playerBody = z
  .strictObject({
    country: homeCountry.nullable().optional(),
    name: name.nullable().optional(),
    date_of_birth: dateOfBirth.nullable().optional(),
    self_exclusion: selfExclusion.nullable().optional(),
    limits: limits.optional(),
    expected_version: wholeField(
      0,
      VERSION_MAX,
      'The change is refused with VERSION_CONFLICT where the profile has another version; 0: where there is one.',
    ).optional(),
  })
  .meta({ id: 'PlayerProfile' })

export type PlayerFields = z.output<typeof playerBody>

const time = z.iso.datetime()

export const playerAnswer = z
  .strictObject({
    player_id: playerId,
    country: z.string().nullable(),
    name: z.string().nullable(),
    date_of_birth: z.string().nullable(),
    self_exclusion: z
      .strictObject({ from: time, until: time.nullable().meta({ description: 'null: it has no end.' }) })
      .nullable(),
    limits: z
      .array(
        z.strictObject({
          kind: z.enum(['DEPOSIT', 'BET', 'LOSS']),
          period: z.enum(['DAY', 'WEEK', 'MONTH']),
          currency,
          amount: z.number(),
        }),
      )
      .meta({ description: 'Kept, not enforced.' }),
    version: z
      .number()
      .int()
      .meta({ description: "The profile's version; give it to GET as min_version.", example: 1 }),
    updated_at: time,
  })
  .meta({ id: 'Player' })

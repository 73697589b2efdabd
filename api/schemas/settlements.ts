/** What the routes of settlement take and answer. */
import { z } from 'zod'
import { isDate, isTimeZone, SCHEDULES } from '../../domain/settlement/calendar.ts'
import { FEE_BASES } from '../../domain/settlement/statement.ts'
import { VERSION_MAX } from '../limits.ts'
import { SETTLEMENT_STATUSES } from '../reads/settlements.ts'
import { currency, plainText, uuid } from './fields.ts'
import { share, wholeField } from './partners.ts'
import { pageQuery, wholeNumber } from './reads.ts'

/** As streams/settlement has them. */
const FEES_MAX = 20
const CURRENCIES_MAX = 50
const LABEL_CHARS_MAX = 100
const REFERENCE_CHARS_MAX = 100

const date = z
  .string()
  .refine(isDate, { error: 'must be a date, YYYY-MM-DD', params: { fault: 'INVALID_FORMAT' } })
  .meta({
    example: '2026-10-01',
    override: { type: 'string', format: 'date', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
  })

const expectedVersion = (least: number) =>
  wholeField(
    least,
    VERSION_MAX,
    'The version that this was decided on; VERSION_CONFLICT where there is another.',
  )

const fee = z.strictObject({
  code: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,30}$/, 'must be of capital letters, digits and underscores')
    .meta({ example: 'GAMING_TAX' }),
  label: plainText(LABEL_CHARS_MAX).meta({
    description: 'As it stands on the statement.',
    example: 'Gaming tax',
  }),
  basis: z.enum(FEE_BASES).meta({ description: 'What it is a share of, where that is positive.' }),
  rate: share,
})

const distinct = (items: readonly string[]): boolean => new Set(items).size === items.length

export const putTermsBody = z.strictObject({
  time_zone: z
    .string()
    .refine(isTimeZone, { error: 'must be an IANA time zone', params: { fault: 'UNKNOWN_TIME_ZONE' } })
    .meta({
      description: 'Of the partner’s calendar.',
      example: 'Europe/Berlin',
      override: { type: 'string' },
    }),
  schedule: z.enum(SCHEDULES).meta({ description: 'How often drafts are made by themselves.' }),
  schedule_from: date
    .nullable()
    .meta({ description: 'First date of the first of them; null: of the last period that is over.' })
    .default(null),
  currencies: z
    .array(currency)
    .max(CURRENCIES_MAX)
    .refine(distinct, { error: 'holds an item twice', params: { fault: 'NOT_UNIQUE' } })
    .meta({ description: 'In which drafts are made by themselves.' }),
  fees: z
    .array(fee)
    .max(FEES_MAX)
    .refine((fees) => distinct(fees.map(({ code }) => code)), {
      error: 'holds a code twice',
      params: { fault: 'NOT_UNIQUE' },
    })
    .meta({ description: 'Taxes and fees that are kept back.' })
    .default([]),
  expected_version: expectedVersion(0).optional(),
})

export const createSettlementBody = z.strictObject({
  partner_id: uuid.meta({ description: 'The caller’s own where absent.' }).optional(),
  currency,
  from: date.meta({ description: 'First date, in the time zone of the partner.' }),
  to: date.meta({ description: 'First date that is not in it.' }),
})

export const settlementStepBody = z.strictObject({ expected_version: expectedVersion(1).optional() })
export const payBody = settlementStepBody.extend({
  payment_reference: plainText(REFERENCE_CHARS_MAX)
    .meta({ description: 'The payment, as the bank calls it.', example: 'SEPA-2026-11-0042' })
    .optional(),
})

export const settlementPath = z.strictObject({ settlement_id: uuid.meta({ description: 'The settlement.' }) })

export const settlementsCsvQuery = z.strictObject({
  partner_id: uuid.meta({ description: 'Of one partner. A partner sees its own alone.' }).optional(),
  currency: currency.optional(),
  status: z.enum(SETTLEMENT_STATUSES).optional(),
})
export const settlementsQuery = settlementsCsvQuery.extend(pageQuery)

export const readQuery = z.strictObject({
  min_version: wholeNumber(1, VERSION_MAX)
    .meta({
      description: 'Waits until this version is there: 2 for a draft that was just asked for.',
      example: 2,
    })
    .optional(),
})

const LATE_CURSOR = /^\d{1,6}-\d{1,16}$/
export const lateEntriesQuery = z.strictObject({
  limit: pageQuery.limit,
  cursor: z
    .string()
    .regex(LATE_CURSOR, 'is not a next_cursor of this API')
    .transform((text) => {
      const [partition = '', offset = ''] = text.split('-')
      return { partition: Number(partition), offset: Number(offset) }
    })
    .meta({
      description: 'next_cursor of the page before.',
      override: { type: 'string', pattern: LATE_CURSOR.source },
    })
    .optional(),
})

const amount = z.number()
const text = z.string().nullable()
const seals = z.array(z.strictObject({ partition: z.number().int(), next_offset: z.number().int() }))

export const settlementLine = z.strictObject({
  code: z.string(),
  label: z.string(),
  kind: z.string().meta({ description: 'PAYABLE lines add up to the RESULT; the others inform.' }),
  basis: amount.nullable(),
  rate: amount.nullable(),
  amount,
})

export const settlementDay = z.strictObject({
  date: z.string(),
  late: z.boolean(),
  rate: amount,
  movements: z.number().int(),
  bets: amount,
  wins: amount,
  rollbacks: amount,
  bonus_cost: amount,
  ggr: amount,
  ngr: amount,
  commission: amount,
  adjustments: amount,
  adjustment_share: amount,
  deposits: amount,
  withdrawals: amount,
})

export const settlementAnswer = z
  .strictObject({
    id: z.string(),
    partner_id: z.string(),
    currency: z.string(),
    status: z.enum(SETTLEMENT_STATUSES),
    period_from: z.string(),
    period_to: z.string(),
    time_zone: z.string(),
    previous_id: text,
    seals: seals.meta({ description: 'What of the log it covers: the next offset of each partition.' }),
    carried_in: amount,
    net_payable: amount,
    carried_forward: amount,
    late_entries: z.number().int(),
    hash: text,
    commission_id: text,
    requested_by: text,
    confirmed_by: text,
    confirmed_at: text,
    paid_by: text,
    paid_at: text,
    payment_reference: text,
    canceled_by: text,
    canceled_at: text,
    version: z.number().int(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'Settlement' })

export const settlementTermsAnswer = z
  .strictObject({
    partner_id: z.string(),
    time_zone: z.string(),
    schedule: z.enum(SCHEDULES),
    schedule_from: text,
    currencies: z.array(z.string()),
    fees: z.array(
      z.strictObject({ code: z.string(), label: z.string(), basis: z.enum(FEE_BASES), rate: amount }),
    ),
    version: z.number().int(),
    updated_at: z.string(),
  })
  .meta({ id: 'SettlementTerms' })

export const stepAnswer = z.strictObject({ id: z.string(), version: z.number().int() })
export const lateEntryAnswer = z.strictObject({
  transaction_id: z.string(),
  type: z.string(),
  created_at: z.string(),
  partition: z.number().int(),
  offset: z.number().int(),
})
export const termsStepAnswer = z.strictObject({ partner_id: z.string(), version: z.number().int() })

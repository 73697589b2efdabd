/** Bodies and answers of alert work. */
import { z } from 'zod'
import {
  DESCRIPTION_CHARS_MAX,
  ENTRY_NAME_CHARS_MAX,
  LIST_CHARS_MAX,
  LIST_ID_CHARS_MAX,
  NOTE_CHARS_MAX,
  OFFICER_CHARS_MAX,
  REFERENCE_CHARS_MAX,
  RESOLUTION_CODES,
  SNOOZABLE_TYPES,
  SNOOZE_MS_MAX,
} from '../../domain/aml/alerts.ts'
import { ALERT_TYPES, SEVERITIES } from '../../domain/aml/rules.ts'
import { VERSION_MAX } from '../limits.ts'
import { ALERT_STATUSES } from '../reads/alerts.ts'
import { plainText, playerId, timestamp, uuid } from './fields.ts'
import { wholeField } from './partners.ts'
import { pageQuery, wholeNumber } from './reads.ts'

/** Alerts that one bulk step may name. */
export const BULK_ALERTS_MAX = 100
const SCORE_MAX = 100

const alertType = z.enum(ALERT_TYPES).meta({ id: 'AlertType' })
const severity = z.enum(SEVERITIES).meta({ id: 'AlertSeverity' })
const status = z.enum(ALERT_STATUSES).meta({
  id: 'AlertStatus',
  description: 'NEW → INVESTIGATING → CLOSED or REPORTED; NEW may be closed at once.',
})

const officer = plainText(OFFICER_CHARS_MAX).meta({
  description: 'The officer who does this; the key itself where absent.',
  example: 'j.doe',
})
const note = plainText(NOTE_CHARS_MAX).meta({ example: 'Salary account, statement seen.' })
const expectedVersion = wholeField(
  1,
  VERSION_MAX,
  'The step is refused with VERSION_CONFLICT where the alert has another version.',
)

/** What every step may say. */
const common = { officer: officer.optional(), expected_version: expectedVersion.optional() }
const assignee = plainText(OFFICER_CHARS_MAX).nullable().meta({
  description: 'The officer who shall work on it; null takes the assignment back.',
  example: 'j.doe',
})
const resolution = z.enum(RESOLUTION_CODES).meta({ description: 'Why it is closed.' })

export const assignBody = z.strictObject({ assignee_id: assignee, ...common })
export const investigateBody = z.strictObject({ note: note.optional(), ...common })
export const closeBody = z.strictObject({ resolution_code: resolution, note, ...common })
export const reportBody = z.strictObject({
  report_reference: plainText(REFERENCE_CHARS_MAX).meta({
    description: 'Reference of the report to the authority (SAR).',
    example: 'SAR-2026-0042',
  }),
  note: note.optional(),
  ...common,
})
export const noteBody = z.strictObject({ note, ...common })

export const createAlertBody = z.strictObject({
  player_id: playerId,
  alert_type: alertType.optional().meta({ description: 'MANUAL where absent.' }),
  alert_severity: severity,
  description: plainText(DESCRIPTION_CHARS_MAX).meta({ example: 'Reported by the payments team.' }),
  risk_score: wholeField(0, SCORE_MAX, 'Score from 0 to 100; 0 where absent.').optional(),
  transaction_id: uuid.optional(),
  officer: officer.optional(),
})

const alertIds = z.array(uuid).min(1).max(BULK_ALERTS_MAX).meta({ description: 'Each is done on its own.' })
export const bulkBody = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('assign'),
    alert_ids: alertIds,
    assignee_id: assignee,
    officer: officer.optional(),
  }),
  z.strictObject({
    action: z.literal('close'),
    alert_ids: alertIds,
    resolution_code: resolution,
    note,
    officer: officer.optional(),
  }),
])

export const snoozeBody = z.strictObject({
  alert_type: z.enum(SNOOZABLE_TYPES).meta({ description: 'The rule that shall be quiet for the player.' }),
  until: timestamp.meta({
    description: `When it speaks again: within ${SNOOZE_MS_MAX / 86_400_000} days.`,
    override: { type: 'string', format: 'date-time' },
  }),
  note,
  officer: officer.optional(),
})

export const clearMatchBody = z.strictObject({
  list: plainText(LIST_CHARS_MAX).meta({ example: 'ofac' }),
  entry_id: plainText(LIST_ID_CHARS_MAX).meta({ example: '2676' }),
  note,
  officer: officer.optional(),
})

export const alertsQuery = z.strictObject({
  player_id: playerId.optional(),
  alert_type: alertType.optional(),
  alert_severity: severity.optional(),
  alert_status: status.optional(),
  assignee_id: plainText(OFFICER_CHARS_MAX).optional(),
  transaction_id: uuid.optional(),
  from: timestamp.meta({ description: 'Earliest created_at.', example: '2026-11-01T00:00:00Z' }).optional(),
  to: timestamp.meta({ description: 'created_at before this.', example: '2026-12-01T00:00:00Z' }).optional(),
  ...pageQuery,
})

export const alertPath = z.strictObject({ alert_id: uuid.meta({ description: 'The alert.' }) })
export const alertQuery = z.strictObject({
  min_version: wholeNumber(1, VERSION_MAX)
    .meta({ description: 'Waits until the alert has this version.' })
    .optional(),
})

const timeOut = z.iso.datetime()
const factor = z.looseObject({
  code: z.string(),
  points: z.number(),
  numbers: z.record(z.string(), z.number()),
  detail: z.string().nullable(),
})
const match = z.looseObject({
  list: z.string(),
  list_version: z.string(),
  entry_id: z.string(),
  entry_name: z.string().max(ENTRY_NAME_CHARS_MAX),
  matched_name: z.string(),
  score: z.number(),
})

export const alertAnswer = z
  .strictObject({
    id: uuid,
    player_id: playerId,
    partner_id: uuid,
    transaction_id: uuid.nullable(),
    alert_type: alertType,
    alert_severity: severity,
    alert_status: status,
    description: z.string().nullable(),
    risk_score: z.number().nullable(),
    risk_factors: z.array(factor),
    matches: z.array(match),
    rules_version: z.string().nullable(),
    occurrences: z.number().int(),
    transaction_ids: z.array(uuid),
    first_occurred_at: timeOut,
    last_occurred_at: timeOut,
    assignee_id: z.string().nullable(),
    reviewed_by: z.string().nullable(),
    reviewed_at: timeOut.nullable(),
    review_notes: z.string().nullable(),
    resolution_code: z.string().nullable(),
    report_reference: z.string().nullable(),
    report_proposed_by: z.string().nullable(),
    created_at: timeOut,
    updated_at: timeOut,
    version: z.number().int(),
  })
  .meta({ id: 'AlertAnswer' })

export const alertWithHistory = alertAnswer
  .extend({
    history: z.array(
      z.strictObject({
        version: z.number().int(),
        action: z.string(),
        actor: z.string().nullable(),
        from_status: z.string().nullable(),
        to_status: z.string(),
        note: z.string().nullable(),
        transaction_id: uuid.nullable(),
        at: timeOut,
      }),
    ),
  })
  .meta({ id: 'AlertWithHistory' })

/** What is known right after a step; the read side follows by milliseconds. */
export const stepAnswer = z
  .strictObject({
    id: uuid.meta({ description: 'The alert.' }),
    version: z
      .number()
      .int()
      .meta({ description: 'Its version after the step; give it to a read as min_version.' }),
  })
  .meta({ id: 'AlertStepAnswer' })

/** Of a step that concerns a player as such. */
export const playerStepAnswer = z.strictObject({ player_id: playerId }).meta({ id: 'PlayerStepAnswer' })

export const bulkAnswer = z.strictObject({
  results: z.array(
    z.strictObject({
      id: uuid,
      version: z.number().int().nullable(),
      code: z.string().nullable().meta({ description: 'Why it was refused; null where it was done.' }),
    }),
  ),
})

export const riskProfileAnswer = z
  .strictObject({
    player_id: playerId,
    overall_risk_score: z.number().nullable(),
    risk_level: z.string().nullable(),
    assessments: z.number().int().nullable(),
    late_assessments: z.number().int().nullable(),
    statistics: z.array(z.looseObject({})),
    risk_factors: z.array(z.looseObject({})),
    last_deposit_at: timeOut.nullable(),
    last_withdrawal_at: timeOut.nullable(),
    last_played_at: timeOut.nullable(),
    last_assessment_at: timeOut.nullable(),
    created_at: timeOut.nullable(),
    is_pep: z.boolean().nullable(),
    is_sanctioned: z.boolean().nullable(),
    matches: z.array(z.looseObject({})),
    screened_at: timeOut.nullable(),
    snoozes: z.array(z.looseObject({})),
    withdrawals_blocked: z.boolean(),
  })
  .meta({ id: 'RiskProfileAnswer' })

/** Bodies and answers of the AML rules. */
import { z } from 'zod'
import { amlRules } from '../../domain/aml/rules.ts'
import { PLATFORM_OWNER } from '../../domain/aml/rules-versions.ts'
import { isLosslessNumber } from '../json.ts'
import { AML_RULES_NOTE_CHARS_MAX, VERSION_MAX } from '../limits.ts'
import { plainText } from './fields.ts'
import { wholeField } from './partners.ts'
import { pageQuery, wholeNumber } from './reads.ts'

/** A document as it is answered, and as it is asked for in bodies. */
const rulesAnswer = amlRules.meta({
  id: 'AmlRules',
  description: 'What fires, at which numbers and for how many points. Each version is whole.',
})

/** Numbers as JSON has them in place of those that keep their digits: thresholds and shares are no money. */
function plain(value: unknown): unknown {
  if (isLosslessNumber(value)) return Number(value.value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item)]))
}

const rules = z
  .unknown()
  .transform(plain)
  .pipe(amlRules)
  .meta({ override: { $ref: '#/components/schemas/AmlRules' } })
const note = plainText(AML_RULES_NOTE_CHARS_MAX).meta({ description: 'Why.', example: 'Q4 review' })
const use = z.enum(['LIVE', 'SHADOW']).meta({
  description:
    'LIVE rules decide; SHADOW rules are computed beside them and only counted. LIVE where absent.',
})

export const publishRulesBody = z.strictObject({
  rules,
  note,
  status: use.optional(),
  expected_version: wholeField(
    0,
    VERSION_MAX,
    'newest_version of the owner, 0 where it has none; the change is refused with VERSION_CONFLICT where it is another.',
  ),
})

/** Whatever it says: what is wrong with it is the answer. */
const anyDocument = z
  .unknown()
  .transform(plain)
  .meta({ override: { description: 'A document as AmlRules; what is wrong with it is the answer.' } })

export const validateRulesBody = z.strictObject({ rules: anyDocument })

const owner = z.enum([PLATFORM_OWNER]).meta({
  description:
    'The platform’s rules, which hold where a partner has none; your own, or the partner’s, where absent.',
})

export const ownerQuery = z.strictObject({ owner: owner.optional() })
export const versionsQuery = ownerQuery.extend(pageQuery)
export const endRulesQuery = ownerQuery.extend({
  status: use.meta({ description: 'What ends; LIVE where absent.' }).optional(),
  note: note.optional(),
  expected_version: wholeNumber(0, VERSION_MAX)
    .meta({ description: 'newest_version of the owner; the newest that is known where absent.', example: 3 })
    .optional(),
})
export const versionPath = z.strictObject({
  version: wholeNumber(1, VERSION_MAX).meta({ description: 'The version of the owner.', example: 3 }),
})

const time = z.iso.datetime()

export const rulesSummary = z
  .strictObject({
    owner: z
      .string()
      .meta({ description: 'platform or the partner’s id; assessments name rules by owner/version.' }),
    version: z
      .number()
      .int()
      .meta({ description: '0 for those that are in force where nobody has said any.' }),
    status: z.enum(['LIVE', 'SHADOW', 'LIVE_ENDED', 'SHADOW_ENDED']),
    note: z.string().nullable(),
    effective_at: time
      .nullable()
      .meta({ description: 'Transactions that the wallet accepted from then on are assessed by them.' }),
    created_by: z.string().nullable().meta({ description: 'The key that asked.' }),
    created_at: time.nullable(),
  })
  .meta({ id: 'AmlRulesSummary' })

export const rulesVersion = rulesSummary
  .extend({ rules: rulesAnswer.nullable().meta({ description: 'null where something ends.' }) })
  .meta({ id: 'AmlRulesVersion' })

export const rulesInForce = z
  .strictObject({
    owner: z.string(),
    newest_version: z.number().int().meta({ description: 'expected_version of the owner’s next change.' }),
    live: rulesVersion.meta({ description: 'What decides: the owner’s own, or else the platform’s.' }),
    shadow: rulesVersion.nullable().meta({ description: 'What is computed beside it.' }),
  })
  .meta({ id: 'AmlRulesInForce' })

export const rulesVerdict = z
  .strictObject({
    valid: z.boolean(),
    errors: z.array(z.strictObject({ path: z.string(), message: z.string(), code: z.string() })),
  })
  .meta({ id: 'AmlRulesVerdict' })

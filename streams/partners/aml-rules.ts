/** Publication of a version of the AML rules, of the platform or of one partner. A version never changes. */
import type { AmlRules } from '../../avro/types.ts'
import { RULES_NOTICE_MS, parseRules } from '../../domain/aml/rules.ts'
import { endsRules, rulesUseOf } from '../../domain/aml/rules-versions.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import type { PublishAmlRules } from './command.ts'
import { amlRulesPublished, refused } from './decision.ts'
import type { Decision, PartnersView, Subject } from './decision.ts'

/** The document as it is kept: read and written again, so that what lies in the log is what was validated. */
function documentOf(text: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const parsed = parseRules(value)
  return parsed.ok ? JSON.stringify(parsed.rules) : undefined
}

/**
 * The partner need not be known here: the configured one may not be. Rules of nobody hold for nobody.
 */
export function decidePublication(command: PublishAmlRules, view: PartnersView): Decision {
  const { commandId, nowMs, partnerId, actor, status, rules, note, expectedVersion } = command
  const { newest, live, shadow } = view.amlRules(partnerId)
  const before = rulesUseOf(status) === 'LIVE' ? live : shadow
  const subject: Subject = { type: 'aml_rules', id: partnerId, before }
  if ((newest?.version ?? 0) !== expectedVersion) return refused(command, subject, 'VERSION_CONFLICT')
  const isThere = before !== undefined && !endsRules(before.status)
  if (rules === null && !isThere) return refused(command, subject, 'AML_RULES_NOT_FOUND')
  const document = rules === null ? null : documentOf(rules)
  if (document === undefined) return refused(command, subject, 'AML_RULES_INVALID')
  // The senders' clocks differ: no version is older than the one before it, or comes into force before it.
  const createdAtMs = Math.max(nowMs, newest?.created_at ?? 0)
  const after: AmlRules = {
    partner_id: partnerId === PLATFORM_ID ? null : partnerId,
    version: expectedVersion + 1,
    status,
    rules: document,
    note,
    effective_at: createdAtMs + RULES_NOTICE_MS,
    created_by: actor.key_id,
    created_at: createdAtMs,
    command_id: commandId,
  }
  return amlRulesPublished(command, subject, after)
}

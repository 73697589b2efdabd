/** What becomes of a command: the new state of what it changes, and its entry in the audit trail. */
import type { AmlRules, ApiKey, AuditEntry, Partner, Webhook } from '../../avro/types.ts'
import type { PartnerErrorCode } from '../../domain/errors.ts'
import { formatAmount } from '../../domain/money.ts'
import type { CheckedCommand } from './command.ts'

/** What the rules know of the state. */
export interface PartnersView {
  partner(partnerId: string): Partner | undefined
  key(keyId: string): ApiKey | undefined
  /** The partner who has the contact address with this hash. */
  partnerOfEmail(hash: string): string | undefined
  /** The key that begins with this prefix. */
  keyOfPrefix(prefix: string): string | undefined
  /** How many keys of a partner open something at a time (epoch milliseconds). */
  openKeys(partnerId: string, atMs: number): number
  webhook(webhookId: string): Webhook | undefined
  /** How many endpoints of a partner are not deleted. */
  webhooks(partnerId: string): number
  /** The newest versions of an owner's rules: of all, and of each use. The platform's id is the nil UUID. */
  amlRules(ownerId: string): NewestAmlRules
}

export interface NewestAmlRules {
  newest: AmlRules | undefined
  live: AmlRules | undefined
  shadow: AmlRules | undefined
}

/** Why a command is refused. */
export type Refusal = PartnerErrorCode | 'PARTNER_NOT_ACTIVE'

export interface Decision {
  /** The partner, where it has changed. */
  partner: Partner | null
  /** Keys that are new or have changed. */
  keys: readonly ApiKey[]
  /** The webhook endpoint, where it has changed. */
  webhook: Webhook | null
  /** The version of the AML rules that is published. */
  amlRules: AmlRules | null
  entry: AuditEntry
}

/** What a command is about, as it stands before. */
export type Subject =
  | { type: 'partner'; id: string; before: Partner | undefined }
  | { type: 'api_key'; id: string; before: ApiKey | undefined }
  | { type: 'webhook'; id: string; before: Webhook | undefined }
  | { type: 'aml_rules'; id: string; before: AmlRules | undefined }

type State = Partner | ApiKey | Webhook | AmlRules

/** Fields that no entry shows: what a key or an address could be tried against, and secrets, sealed as they are. */
const SECRETS: ReadonlySet<string> = new Set(['key_hash', 'contact_email_hash', 'secrets'])

/** The field of AML rules that holds a document as text; an entry shows the document itself. */
const DOCUMENT = 'rules'

const asJson = (text: string): unknown => JSON.parse(text)

/** A subject as the JSON text of an entry: amounts and rates as decimals with four places, no secrets. */
export const auditText = (subject: State): string =>
  JSON.stringify(subject, (name, value: unknown): unknown => {
    if (SECRETS.has(name)) return undefined
    if (name === DOCUMENT && typeof value === 'string') return asJson(value)
    return typeof value === 'bigint' ? formatAmount(value) : value
  })

function entryOf(
  { action, actor, partnerId, nowMs }: CheckedCommand,
  subject: Subject,
  refusal: Refusal | null,
  after: State | null,
): AuditEntry {
  return {
    action,
    outcome: refusal === null ? 'APPLIED' : 'REFUSED',
    error_code: refusal,
    actor,
    partner_id: partnerId,
    subject_type: subject.type,
    subject_id: subject.id,
    before: subject.before === undefined ? null : auditText(subject.before),
    after: after === null ? null : auditText(after),
    version: after === null ? null : after.version,
    requested_at: nowMs,
  }
}

const UNCHANGED = { partner: null, keys: [], webhook: null, amlRules: null }

/** Nothing changes. */
export const refused = (command: CheckedCommand, subject: Subject, refusal: Refusal): Decision => ({
  ...UNCHANGED,
  entry: entryOf(command, subject, refusal, null),
})

export const partnerChanged = (command: CheckedCommand, subject: Subject, after: Partner): Decision => ({
  ...UNCHANGED,
  partner: after,
  entry: entryOf(command, subject, null, after),
})

/** `after` is the subject; `others` change with it. */
export const keyChanged = (
  command: CheckedCommand,
  subject: Subject,
  after: ApiKey,
  ...others: readonly ApiKey[]
): Decision => ({ ...UNCHANGED, keys: [...others, after], entry: entryOf(command, subject, null, after) })

export const webhookChanged = (command: CheckedCommand, subject: Subject, after: Webhook): Decision => ({
  ...UNCHANGED,
  webhook: after,
  entry: entryOf(command, subject, null, after),
})

export const amlRulesPublished = (command: CheckedCommand, subject: Subject, after: AmlRules): Decision => ({
  ...UNCHANGED,
  amlRules: after,
  entry: entryOf(command, subject, null, after),
})

/** When a change counts as made: a state is never older than the one before, though the senders' clocks differ. */
export const changedAt = (nowMs: number, before: Exclude<State, AmlRules>): number =>
  Math.max(nowMs, before.updated_at)

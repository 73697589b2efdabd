/** What becomes of a command: the new state of what it changes, and its entry in the audit trail. */
import type { AmlRules, ApiKey, AuditEntry, Game, GameProvider, Partner, Webhook } from '../../avro/types.ts'
import type { PartnerErrorCode } from '../../domain/errors.ts'
import { auditText } from '../../domain/audit.ts'
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
  gameProvider(providerId: string): GameProvider | undefined
  /** The id of the provider that has this name. */
  gameProviderOfName(name: string): string | undefined
  game(gameId: string): Game | undefined
  /** The id of the provider's game that has this code. */
  gameOfCode(providerId: string, code: string): string | undefined
}

export interface NewestAmlRules {
  newest: AmlRules | undefined
  live: AmlRules | undefined
  shadow: AmlRules | undefined
}

/** Why a command is refused. */
export type Refusal = PartnerErrorCode | 'PARTNER_NOT_ACTIVE' | 'VERSION_CONFLICT'

export interface Decision {
  /** The partner, where it has changed. */
  partner: Partner | null
  /** Keys that are new or have changed. */
  keys: readonly ApiKey[]
  /** The webhook endpoint, where it has changed. */
  webhook: Webhook | null
  /** The version of the AML rules that is published. */
  amlRules: AmlRules | null
  /** The game provider, where it has changed. */
  gameProvider: GameProvider | null
  /** The game, where it has changed. */
  game: Game | null
  entry: AuditEntry
}

/** What a command is about, as it stands before. */
export type Subject =
  | { type: 'partner'; id: string; before: Partner | undefined }
  | { type: 'api_key'; id: string; before: ApiKey | undefined }
  | { type: 'webhook'; id: string; before: Webhook | undefined }
  | { type: 'aml_rules'; id: string; before: AmlRules | undefined }
  | { type: 'game_provider'; id: string; before: GameProvider | undefined }
  | { type: 'game'; id: string; before: Game | undefined }

type State = Partner | ApiKey | Webhook | AmlRules | GameProvider | Game

/**
 * Fields that no entry shows: what a key or an address could be tried against, and secrets, sealed as they are. Of a
 * credential its name and when it was set stay, or no entry would say which one was changed.
 */
const SECRETS: ReadonlySet<string> = new Set(['key_hash', 'contact_email_hash', 'secrets', 'sealed'])

/** The document of AML rules is kept as text; an entry shows the document itself. */
const shown = (subject: State): object =>
  'rules' in subject && subject.rules !== null ? { ...subject, rules: asJson(subject.rules) } : subject

const asJson = (text: string): unknown => JSON.parse(text)

const textOf = (subject: State): string => auditText(shown(subject), SECRETS)

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
    before: subject.before === undefined ? null : textOf(subject.before),
    after: after === null ? null : textOf(after),
    version: after === null ? null : after.version,
    requested_at: nowMs,
    player_id: null,
    reason: null,
  }
}

const UNCHANGED = { partner: null, keys: [], webhook: null, amlRules: null, gameProvider: null, game: null }

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

/** The subject stays as it is: what was asked for is done elsewhere, once this entry is there. */
export const asked = (command: CheckedCommand, { type, id }: Subject, what: object): Decision => ({
  ...UNCHANGED,
  entry: {
    ...entryOf(command, { type, id, before: undefined }, null, null),
    after: auditText(what),
  },
})

export const amlRulesPublished = (command: CheckedCommand, subject: Subject, after: AmlRules): Decision => ({
  ...UNCHANGED,
  amlRules: after,
  entry: entryOf(command, subject, null, after),
})

export const gameProviderChanged = (
  command: CheckedCommand,
  subject: Subject,
  after: GameProvider,
): Decision => ({ ...UNCHANGED, gameProvider: after, entry: entryOf(command, subject, null, after) })

export const gameChanged = (command: CheckedCommand, subject: Subject, after: Game): Decision => ({
  ...UNCHANGED,
  game: after,
  entry: entryOf(command, subject, null, after),
})

/** When a change counts as made: a state is never older than the one before, though the senders' clocks differ. */
export const changedAt = (nowMs: number, before: Exclude<State, AmlRules>): number =>
  Math.max(nowMs, before.updated_at)

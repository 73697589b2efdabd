/** Drafts of commands for the property tests: few partners, addresses and prefixes, so that commands meet each other. */
import fc from 'fast-check'
import type { PartnerCommand, PartnerProfile } from '../../../avro/types.ts'
import { PLATFORM_ID } from '../../../domain/ids.ts'
import type { PartnersView } from '../decision.ts'
import {
  DAY_MS,
  START_MS,
  create,
  createWebhook,
  deactivate,
  deleteWebhook,
  email,
  issue,
  newKey,
  replayDeliveries,
  resealSecrets,
  resendDelivery,
  publish,
  putGame,
  putProvider,
  resealCredentials,
  rotate,
  rotateSecret,
  testCommand,
  testUuid,
  update,
  updateWebhook,
  webhookId,
} from './fixtures.ts'
import type { CommandParts } from './fixtures.ts'

const PARTNERS = [testUuid(0xa1), testUuid(0xa2), testUuid(0xa3)]
const KEYS = 12
const WEBHOOKS = 12

export const draft = fc.record({
  action: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('create', 'update') },
    { weight: 5, arbitrary: fc.constantFrom('issue', 'rotate', 'deactivate') },
    { weight: 1, arbitrary: fc.constant('publish') },
    { weight: 2, arbitrary: fc.constantFrom('provide', 'provide', 'provide', 'recredential') },
    { weight: 2, arbitrary: fc.constant('game') },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'hook',
        'hook',
        'hook',
        'rehook',
        'resecret',
        'reseal',
        'resend',
        'replay',
        'unhook',
      ),
    },
  ),
  partner: fc.constantFrom(...PARTNERS),
  email: fc.constantFrom(null, 'ann', 'bob', 'eve'),
  status: fc.constantFrom('active', 'active', 'active', 'suspended', 'inactive'),
  rules: fc.constantFrom('LIVE', 'LIVE', 'SHADOW', 'LIVE_ENDED', 'SHADOW_ENDED'),
  /** Day of the first rate, counted from the start; the second follows a day later. */
  rateDay: fc.constantFrom(null, -1, 0, 1, 2),
  /** By how much the version that a change was made on is off. */
  versionOff: fc.constantFrom(0, 0, 0, 0, 1),
  key: fc.nat(KEYS),
  newKey: fc.nat(KEYS),
  prefix: fc.nat(KEYS),
  webhook: fc.nat(WEBHOOKS),
  provider: fc.constantFrom('alpha', 'beta', 'gamma'),
  game: fc.constantFrom('one', 'two', 'three'),
  providerName: fc.constantFrom('Alpha', 'Beta', 'Gamma', 'Delta'),
  endsInMs: fc.constantFrom(null, 0, 2, 5, DAY_MS),
  /** Mostly the next millisecond; now and then the clocks of two senders differ, or a day goes by. */
  pauseMs: fc.constantFrom(1, 1, 1, 2, 0, -3, DAY_MS),
  /** How many commands back one is sent again; null: a new one. */
  again: fc.constantFrom(null, null, null, null, 1, 3),
})

export type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never

const isStatus = (text: string): text is PartnerProfile['status'] =>
  text === 'active' || text === 'suspended' || text === 'inactive'

function profileOf({ email: name, status, rateDay }: Draft): Partial<PartnerProfile> {
  const rate = (day: number) => ({ rate: 1000n, effective_from: START_MS + day * DAY_MS })
  return {
    ...(name === null ? {} : email(name)),
    ...(isStatus(status) ? { status } : {}),
    commission_rates: rateDay === null ? [] : [rate(rateDay), rate(rateDay + 1)],
  }
}

/** A version of the rules of a partner or the platform. */
function rulesParts({ rules, status, partner, versionOff }: Draft, view: PartnersView): CommandParts {
  const owner = status === 'suspended' ? PLATFORM_ID : partner
  const version = (view.amlRules(owner).newest?.version ?? 0) + versionOff
  if (rules === 'LIVE' || rules === 'SHADOW')
    return publish(version, { status: rules, ...(status === 'inactive' ? { rules: '{}' } : {}) }, owner)
  return publish(version, { status: rules, rules: null }, owner)
}

/** A game provider put in place, its first credential mostly as it was; or its credentials sealed anew. */
function providerParts({ action, provider, ...each }: Draft, view: PartnersView): CommandParts {
  const before = view.gameProvider(provider)
  const version = (before?.version ?? 0) + each.versionOff
  if (action === 'recredential') {
    const anew = before?.api_credentials.map(({ name }) => [name, `resealed-${each.newKey}`] as const) ?? []
    return resealCredentials(provider, version, Object.fromEntries(anew))
  }
  const first = each.key > KEYS / 2 ? `sealed-${each.newKey}` : before?.api_credentials[0]?.sealed
  const credentials = first === undefined ? {} : { api_key: first }
  const secret = each.endsInMs === null ? {} : { webhook_secret: `sealed-${each.prefix}` }
  return putProvider(provider, version, { name: each.providerName }, { ...credentials, ...secret })
}

/** A command about a webhook endpoint, for its owner where it has one. */
function webhookParts(each: Draft, view: PartnersView, nowMs: number): CommandParts {
  const id = webhookId(each.webhook)
  const webhook = view.webhook(id)
  const owner = webhook?.partner_id ?? each.partner
  switch (each.action) {
    case 'hook':
      return createWebhook(id, {}, each.partner)
    case 'rehook':
      return updateWebhook(
        id,
        (webhook?.version ?? 0) + each.versionOff,
        each.status === 'active' ? {} : { status: 'disabled', disabled_reason: 'asked for' },
        owner,
      )
    case 'reseal': {
      const secrets = webhook?.secrets.map((_, at) => `resealed-${each.newKey}-${at}`) ?? []
      return resealSecrets(id, (webhook?.version ?? 0) + each.versionOff, secrets, owner)
    }
    case 'resend':
      return resendDelivery(id, testUuid(each.newKey), owner)
    case 'replay':
      return replayDeliveries(id, nowMs - DAY_MS, owner)
    case 'resecret':
      return rotateSecret(id, `sealed-${each.newKey}`, nowMs + (each.endsInMs ?? DAY_MS), owner)
    default:
      return deleteWebhook(id, owner)
  }
}

function partsOf(each: Draft, view: PartnersView, nowMs: number): CommandParts {
  const { partner, endsInMs } = each
  const key = newKey(each.newKey, {
    key_prefix: newKey(each.prefix).key_prefix,
    expires_at: endsInMs === null ? null : nowMs + endsInMs,
  })
  const { key_id: keyId } = newKey(each.key)
  switch (each.action) {
    case 'create':
      return create(profileOf(each), partner)
    case 'update':
      return update((view.partner(partner)?.version ?? 0) + each.versionOff, profileOf(each), partner)
    case 'issue':
      return issue(key, partner)
    case 'rotate':
      return rotate(keyId, key, nowMs + (endsInMs ?? DAY_MS), view.key(keyId)?.partner_id ?? partner)
    case 'deactivate':
      return deactivate(keyId, view.key(keyId)?.partner_id ?? partner)
    case 'provide':
    case 'recredential':
      return providerParts(each, view)
    case 'game':
      return putGame(each.game, (view.game(each.game)?.version ?? 0) + each.versionOff, {
        provider_id: each.provider,
        game_code: each.providerName,
      })
    case 'publish':
      return rulesParts(each, view)
    default:
      return webhookParts(each, view, nowMs)
  }
}

/** The next command that a draft stands for, as things are. */
export function commandOf(
  each: Draft,
  view: PartnersView,
  earlier: readonly PartnerCommand[],
): PartnerCommand {
  const repeated = each.again === null ? undefined : earlier.at(-each.again)
  const nowMs = (earlier.at(-1)?.timestamp ?? START_MS) + each.pauseMs
  return repeated === undefined
    ? testCommand(testUuid(earlier.length + 1), nowMs, partsOf(each, view, nowMs))
    : { ...repeated, timestamp: nowMs }
}

import { describe, expect, it } from 'vitest'
import type { Actor, NewApiKey, PartnerProfile, PartnerSettings, WebhookSettings } from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { checkCommand } from './command.ts'
import {
  ACTOR_CHARS_MAX,
  ALLOWED_IPS_MAX,
  EVENT_TYPES_MAX,
  NAME_CHARS_MAX,
  RATES_MAX,
  RATE_UNITS_MAX,
  SCOPES_MAX,
  SEALED_CHARS_MAX,
  TIME_MS_MAX,
} from './limits.ts'
import {
  PROFILE,
  START_MS,
  create,
  createWebhook,
  deactivate,
  deleteWebhook,
  email,
  issue,
  newKey,
  rotate,
  rotateSecret,
  testCommand,
  testUuid,
  update,
  updateWebhook,
  webhookId,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const KEY = newKey(1)
const ID = webhookId(1)

function faultOf(parts: CommandParts, eventId = testUuid(1), timestamp = START_MS): string | undefined {
  const check = checkCommand(testCommand(eventId, timestamp, parts))
  return 'fault' in check ? check.fault : undefined
}

const rates = (...list: [rate: bigint, from: number][]): Partial<PartnerProfile> => ({
  commission_rates: list.map(([rate, from]) => ({ rate, effective_from: from })),
})
const settings = (parts: Partial<PartnerSettings>): Partial<PartnerProfile> => ({
  settings: { ...PROFILE.settings, ...parts },
})
const texts = (count: number): string[] => Array.from({ length: count }, (_, at) => `item-${at}`)

describe('a command that can be decided', () => {
  it.each<[string, CommandParts]>([
    ['a creation', create(email('ann'))],
    ['a change', update(1)],
    ['an issue', issue(KEY)],
    ['a rotation', rotate(KEY.key_id, newKey(2), 0)],
    ['a deactivation', deactivate(KEY.key_id)],
    ['a webhook endpoint', createWebhook(ID, { url: 'http://10.0.0.1:8080/x', event_types: ['a', 'b'] })],
    ['a change of one', updateWebhook(ID, 1, { status: 'disabled', disabled_reason: 'gone' })],
    ['a rotation of its secret', rotateSecret(ID, 'sealed', 0)],
    ['its deletion', deleteWebhook(ID)],
    ['rates at the bounds', create(rates([0n, 0], [RATE_UNITS_MAX, TIME_MS_MAX]))],
    ['a name of the longest kind', create({ name: 'ä'.repeat(NAME_CHARS_MAX) })],
    ['a key without a name', issue({ ...KEY, name: null, scopes: [], key_prefix: 'sk_live_aZ09-_xy' })],
    [
      'settings of every kind',
      create(
        settings({
          allowed_ips: ['192.0.2.0/24', '2001:db8::/32'],
          auto_approvals: [
            { currency: 'EUR', amount: 0n },
            { currency: 'USD', amount: AMOUNT_UNITS_MAX },
          ],
          rate_limits: [{ endpoint_class: 'wallet', per_minute: 600 }],
          webhook_url: 'https://example.com/hook',
        }),
      ),
    ],
  ])('%s', (_, parts) => {
    expect(faultOf(parts)).toBeUndefined()
  })
})

describe('a command that can never be decided', () => {
  it.each<[string, CommandParts]>([
    ['CREATE_PARTNER without profile', { action: 'CREATE_PARTNER' }],
    ['UPDATE_PARTNER without profile', { action: 'UPDATE_PARTNER', expected_version: 1 }],
    ['UPDATE_PARTNER without expected_version', { ...update(1), expected_version: null }],
    ['ISSUE_KEY without key', { action: 'ISSUE_KEY' }],
    ['ROTATE_KEY without key', { ...rotate(KEY.key_id, KEY, 0), key: null }],
    ['ROTATE_KEY without key_id', { ...rotate(KEY.key_id, KEY, 0), key_id: null }],
    ['ROTATE_KEY without old_key_expires_at', { ...rotate(KEY.key_id, KEY, 0), old_key_expires_at: null }],
    ['DEACTIVATE_KEY without key_id', { action: 'DEACTIVATE_KEY' }],
    ['CREATE_WEBHOOK without webhook_id', { ...createWebhook(ID), webhook_id: null }],
    ['CREATE_WEBHOOK without webhook', { ...createWebhook(ID), webhook: null }],
    ['CREATE_WEBHOOK without webhook_secret', { ...createWebhook(ID), webhook_secret: null }],
    ['UPDATE_WEBHOOK without webhook', { ...updateWebhook(ID, 1), webhook: null }],
    ['UPDATE_WEBHOOK without expected_version', { ...updateWebhook(ID, 1), expected_version: null }],
    ['ROTATE_WEBHOOK_SECRET without webhook_secret', { ...rotateSecret(ID, 'x', 0), webhook_secret: null }],
    [
      'ROTATE_WEBHOOK_SECRET without old_secret_expires_at',
      { ...rotateSecret(ID, 'x', 0), old_secret_expires_at: null },
    ],
    ['webhook_id is not a canonical UUID', deleteWebhook('x')],
    ['webhook_secret is empty', rotateSecret(ID, '', 0)],
    ['old_secret_expires_at is out of range', rotateSecret(ID, 'x', -1)],
  ])('%s', (fault, parts) => {
    expect(faultOf(parts)).toBe(fault)
  })

  it.each<[string, Partial<WebhookSettings>]>([
    ['url is empty', { url: '' }],
    ['url has more than', { url: `https://${'x'.repeat(3000)}` }],
    ['url is no web address', { url: 'casino.example' }],
    ['url is no web address', { url: 'file:///etc/passwd' }],
    ['event_types has more than', { event_types: texts(EVENT_TYPES_MAX + 1) }],
    ['event_types holds an item twice', { event_types: ['a', 'a'] }],
    ['description has more than', { description: 'x'.repeat(256) }],
    ['status is deleted', { status: 'deleted' }],
    ['disabled_reason of an active endpoint', { disabled_reason: 'gone' }],
  ])('a webhook endpoint whose %s', (fault, parts) => {
    expect(faultOf(createWebhook(ID, parts))).toContain(fault)
    expect(faultOf(updateWebhook(ID, 1, parts))).toContain(fault)
  })

  it.each<[string, Partial<PartnerProfile>]>([
    ['name is empty', { name: '' }],
    ['name has more than', { name: 'x'.repeat(NAME_CHARS_MAX + 1) }],
    ['name holds control', { name: 'a\0b' }],
    ['do not come together', { contact_email: 'sealed' }],
    ['do not come together', { contact_email_hash: 'hash' }],
    ['contact_email_hash is empty', { contact_email: 'sealed', contact_email_hash: '' }],
    ['contact_email has more than', { ...email('ann'), contact_email: 'x'.repeat(SEALED_CHARS_MAX + 1) }],
    ['registration_number is empty', { registration_number: '' }],
    ['address is empty', { address: '' }],
    ['not within 0 and 1', rates([-1n, 0])],
    ['not within 0 and 1', rates([RATE_UNITS_MAX + 1n, 0])],
    ['effective_from is out of range', rates([1n, -1])],
    ['effective_from is out of range', rates([1n, TIME_MS_MAX + 1])],
    ['do not rise', rates([1n, 5], [2n, 5])],
    ['do not rise', rates([1n, 5], [2n, 6], [3n, 4])],
    [
      'commission_rates has more than',
      { commission_rates: texts(RATES_MAX + 1).map((_, at) => ({ rate: 1n, effective_from: at })) },
    ],
    ['allowed_ips has more than', settings({ allowed_ips: texts(ALLOWED_IPS_MAX + 1) })],
    ['allowed_ips holds an item twice', settings({ allowed_ips: ['::1', '::1'] })],
    ['an item of allowed_ips is empty', settings({ allowed_ips: [''] })],
    ['ISO 4217', settings({ auto_approvals: [{ currency: 'XXY', amount: 1n }] })],
    ['amount is not', settings({ auto_approvals: [{ currency: 'EUR', amount: -1n }] })],
    ['amount is not', settings({ auto_approvals: [{ currency: 'EUR', amount: AMOUNT_UNITS_MAX + 1n }] })],
    [
      'auto_approvals holds an item twice',
      settings({
        auto_approvals: [
          { currency: 'EUR', amount: 1n },
          { currency: 'EUR', amount: 2n },
        ],
      }),
    ],
    ['per_minute is negative', settings({ rate_limits: [{ endpoint_class: 'read', per_minute: -1 }] })],
    ['rate_limits is empty', settings({ rate_limits: [{ endpoint_class: '', per_minute: 1 }] })],
    ['webhook_url has more than', settings({ webhook_url: `https://${'x'.repeat(3000)}` })],
  ])('a profile whose %s', (fault, parts) => {
    expect(faultOf(create(parts))).toContain(fault)
    expect(faultOf(update(1, parts))).toContain(fault)
  })

  it.each<[string, Partial<NewApiKey>]>([
    ['key_id is not', { key_id: 'one' }],
    ['key_prefix is not', { key_prefix: 'sk_test_short' }],
    ['key_prefix is not', { key_prefix: 'pk_test_00000001' }],
    ['key_hash is empty', { key_hash: '' }],
    ['name has more than', { name: 'x'.repeat(NAME_CHARS_MAX + 1) }],
    ['scopes has more than', { scopes: texts(SCOPES_MAX + 1) }],
    ['expires_at is out of range', { expires_at: -1 }],
  ])('a key whose %s', (fault, parts) => {
    expect(faultOf(issue({ ...KEY, ...parts }))).toContain(fault)
    expect(faultOf(rotate(KEY.key_id, { ...KEY, ...parts }, 0))).toContain(fault)
  })

  it.each<[string, Partial<Actor>]>([
    ['partner_id of the actor', { partner_id: 'blue' }],
    ['key_id of the actor', { key_id: '' }],
    ['ip_address of the actor', { ip_address: '\n' }],
    ['request_id of the actor', { request_id: 'x'.repeat(ACTOR_CHARS_MAX + 1) }],
  ])('%s', (fault, parts) => {
    const actor = { key_id: 'k', partner_id: null, ip_address: null, request_id: null, ...parts }
    expect(faultOf({ ...create(), actor })).toContain(fault)
  })

  it('ids and times that are none', () => {
    expect(faultOf(create(), 'one')).toContain('event_id')
    expect(faultOf(create({}, 'blue'))).toContain('partner_id')
    expect(faultOf(create(), testUuid(1), -1)).toContain('timestamp')
    expect(faultOf(create(), testUuid(1), TIME_MS_MAX + 1)).toContain('timestamp')
    expect(faultOf(deactivate('one'))).toContain('key_id')
    expect(faultOf(rotate('one', KEY, 0))).toContain('key_id')
    expect(faultOf(rotate(KEY.key_id, KEY, -1))).toContain('old_key_expires_at')
  })
})

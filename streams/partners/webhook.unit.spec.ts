import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { WEBHOOKS_MAX } from './limits.ts'
import type { PartnersCodecs } from './logic.ts'
import {
  Bench,
  DAY_MS,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  SETTINGS,
  START_MS,
  create,
  createWebhook,
  deleteWebhook,
  replayDeliveries,
  resealSecrets,
  resendDelivery,
  rotateSecret,
  testCodecs,
  testUuid,
  update,
  updateWebhook,
  webhookId,
} from './testing/fixtures.ts'

const ID = webhookId(1)
const REFUSED = { outcome: 'REFUSED', after: null, version: null }

let codecs: PartnersCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
  bench.send(create())
})

describe('CREATE_WEBHOOK', () => {
  it('makes an endpoint with one secret', () => {
    const entry = bench.send(createWebhook(ID, { event_types: ['transaction.created'] }))
    expect(entry).toMatchObject({ outcome: 'APPLIED', subject_type: 'webhook', subject_id: ID, version: 1 })
    expect(bench.webhook(ID)).toEqual({
      ...SETTINGS,
      event_types: ['transaction.created'],
      webhook_id: ID,
      partner_id: PARTNER_ID,
      secrets: [{ sealed: `sealed-first-${ID}`, created_at: START_MS + 2, expires_at: null }],
      version: 1,
      created_at: START_MS + 2,
      updated_at: START_MS + 2,
      command_id: testUuid(2),
    })
    expect(bench.webhooks.map(({ data }) => data)).toEqual([bench.webhook(ID)])
  })

  it('shows no secret in the audit trail, sealed or not', () => {
    bench.send(createWebhook(ID))
    bench.send(rotateSecret(ID, 'sealed-second', START_MS + DAY_MS))
    bench.send(deleteWebhook(ID))
    expect(JSON.stringify(bench.entries)).toContain('casino.example')
    expect(JSON.stringify(bench.entries)).not.toMatch(/sealed|secrets/)
  })

  it('refuses where there is no such partner, or an inactive one', () => {
    const nowhere = bench.send(createWebhook(ID, {}, OTHER_PARTNER_ID))
    expect(nowhere).toMatchObject({ ...REFUSED, error_code: 'PARTNER_NOT_FOUND' })
    bench.send(update(1, { status: 'inactive' }))
    expect(bench.send(createWebhook(ID))).toMatchObject({ ...REFUSED, error_code: 'PARTNER_NOT_ACTIVE' })
  })

  it('refuses an id that is there, whosever it is, and shows nothing of another’s', () => {
    bench.send(create({}, OTHER_PARTNER_ID))
    bench.send(createWebhook(ID, {}, OTHER_PARTNER_ID))
    expect(bench.send(createWebhook(ID))).toMatchObject({
      ...REFUSED,
      error_code: 'WEBHOOK_EXISTS',
      before: null,
    })
    bench.send(deleteWebhook(ID, OTHER_PARTNER_ID))
    expect(bench.send(createWebhook(ID)).error_code).toBe('WEBHOOK_EXISTS')
  })

  it('refuses one more than a partner may have; a deleted one makes room', () => {
    for (let number = 0; number < WEBHOOKS_MAX; number++)
      expect(bench.send(createWebhook(webhookId(10 + number))).outcome).toBe('APPLIED')
    expect(bench.send(createWebhook(ID)).error_code).toBe('WEBHOOK_LIMIT_REACHED')
    bench.send(create({}, OTHER_PARTNER_ID))
    expect(bench.send(createWebhook(webhookId(2), {}, OTHER_PARTNER_ID)).outcome).toBe('APPLIED')
    bench.send(deleteWebhook(webhookId(10)))
    expect(bench.send(createWebhook(ID)).outcome).toBe('APPLIED')
  })
})

describe('UPDATE_WEBHOOK', () => {
  beforeEach(() => void bench.send(createWebhook(ID)))

  it('changes the settings and leaves the secrets', () => {
    const { secrets } = bench.webhook(ID)
    const entry = bench.send(updateWebhook(ID, 1, { status: 'disabled', disabled_reason: 'gone' }))
    expect(entry).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(bench.webhook(ID)).toMatchObject({ status: 'disabled', disabled_reason: 'gone', secrets })
  })

  it('refuses a change that was made on another version', () => {
    bench.send(updateWebhook(ID, 1, { url: 'https://other.example/' }))
    expect(bench.send(updateWebhook(ID, 1))).toMatchObject({ ...REFUSED, error_code: 'VERSION_CONFLICT' })
  })

  it.each([
    ['unknown', () => updateWebhook(webhookId(9), 1)],
    ['another’s', () => updateWebhook(ID, 1, {}, OTHER_PARTNER_ID)],
  ])('refuses an endpoint that is %s', (_what, parts) => {
    bench.send(create({}, OTHER_PARTNER_ID))
    expect(bench.send(parts())).toMatchObject({ ...REFUSED, error_code: 'WEBHOOK_NOT_FOUND', before: null })
  })
})

describe('ROTATE_WEBHOOK_SECRET', () => {
  beforeEach(() => void bench.send(createWebhook(ID)))
  const secrets = (): [string, number | null][] =>
    bench.webhook(ID).secrets.map(({ sealed, expires_at }) => [sealed, expires_at])

  it('lets both secrets sign until the old one ends', () => {
    bench.send(rotateSecret(ID, 'second', START_MS + DAY_MS))
    expect(secrets()).toEqual([
      ['second', null],
      [`sealed-first-${ID}`, START_MS + DAY_MS],
    ])
  })

  it('drops the old secret at once where there is no overlap', () => {
    bench.send(rotateSecret(ID, 'second', bench.nowMs))
    expect(secrets()).toEqual([['second', null]])
  })

  it('keeps two at the most', () => {
    bench.send(rotateSecret(ID, 'second', START_MS + DAY_MS))
    bench.send(rotateSecret(ID, 'third', START_MS + 2 * DAY_MS))
    expect(secrets()).toEqual([
      ['third', null],
      ['second', START_MS + 2 * DAY_MS],
    ])
  })

  it('refuses an endpoint that is not there', () => {
    expect(bench.send(rotateSecret(webhookId(9), 'x', 0)).error_code).toBe('WEBHOOK_NOT_FOUND')
  })
})

describe('DELETE_WEBHOOK', () => {
  it('takes the secrets away, and a second one finds nothing', () => {
    bench.send(createWebhook(ID))
    expect(bench.send(deleteWebhook(ID))).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(bench.webhook(ID)).toMatchObject({ status: 'deleted', secrets: [] })
    expect(bench.send(deleteWebhook(ID)).error_code).toBe('WEBHOOK_NOT_FOUND')
    expect(bench.send(updateWebhook(ID, 2)).error_code).toBe('WEBHOOK_NOT_FOUND')
  })
})

describe('RESEND_DELIVERY and REPLAY_DELIVERIES', () => {
  it('say in the trail what was asked, and leave the endpoint as it is', () => {
    bench.send(createWebhook(ID))
    const before = bench.webhook(ID)
    const asked = { outcome: 'APPLIED', subject_type: 'webhook', subject_id: ID, before: null, version: null }
    expect(bench.send(resendDelivery(ID, testUuid(77)))).toMatchObject({
      ...asked,
      action: 'RESEND_DELIVERY',
      after: JSON.stringify({ delivery_id: testUuid(77) }),
    })
    expect(bench.send(replayDeliveries(ID, START_MS))).toMatchObject({
      ...asked,
      action: 'REPLAY_DELIVERIES',
      after: JSON.stringify({ replay_from: '2026-01-01T00:00:00.000Z' }),
    })
    expect(bench.webhook(ID)).toEqual(before)
    expect(bench.webhooks).toHaveLength(1)
  })

  it('are refused where the endpoint is not there, or not theirs', () => {
    bench.send(createWebhook(ID))
    for (const parts of [
      resendDelivery(webhookId(2), testUuid(77)),
      replayDeliveries(webhookId(2), START_MS),
      resendDelivery(ID, testUuid(77), OTHER_PARTNER_ID),
      replayDeliveries(ID, START_MS, OTHER_PARTNER_ID),
    ])
      expect(bench.send(parts)).toMatchObject({ ...REFUSED, error_code: 'WEBHOOK_NOT_FOUND', before: null })
  })
})

describe('RESEAL_WEBHOOK_SECRETS', () => {
  beforeEach(() => {
    bench.send(createWebhook(ID))
    bench.send(rotateSecret(ID, 'sealed-second', START_MS + DAY_MS))
  })

  it('puts the same secrets under another seal, and nothing else', () => {
    const before = bench.webhook(ID)
    const entry = bench.send(resealSecrets(ID, 2, ['anew-2', 'anew-1']))
    expect(entry).toMatchObject({ outcome: 'APPLIED', version: 3 })
    expect(`${entry.before}${entry.after}`).not.toContain('anew')
    const after = bench.webhook(ID)
    expect(after.secrets).toEqual([
      { ...before.secrets[0], sealed: 'anew-2' },
      { ...before.secrets[1], sealed: 'anew-1' },
    ])
    const { secrets: _, version: __, updated_at: ___, command_id: ____, ...rest } = before
    expect(after).toMatchObject(rest)
  })

  it('is refused where the endpoint has changed since, or is not there', () => {
    const conflict = { ...REFUSED, error_code: 'VERSION_CONFLICT' }
    expect(bench.send(resealSecrets(ID, 1, ['a', 'b']))).toMatchObject(conflict)
    expect(bench.send(resealSecrets(ID, 2, ['a']))).toMatchObject(conflict)
    const missing = { ...REFUSED, error_code: 'WEBHOOK_NOT_FOUND' }
    expect(bench.send(resealSecrets(webhookId(2), 2, ['a', 'b']))).toMatchObject(missing)
    expect(bench.webhook(ID).version).toBe(2)
  })
})

import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import type { Slice } from '../runtime/types.ts'
import {
  aChange,
  aGameProvider,
  aProviderChange,
  anApiKey,
  anAuditEntry,
  aPartner,
  aUse,
  DAY_MS,
  NOW_MS,
} from '../testing/partner-events.ts'
import { rateAt } from './partner-rows.ts'
import { rowsOf } from './rows.ts'
import type { Rows } from './rows.ts'
import type { PostgresSource } from './sources.ts'

const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }

const sliceOf = <N extends PostgresSource>(source: N, ...values: TopicValues[N][]): Slice<N> => {
  const records = values.map((value, offset) => ({ offset, value, raw }))
  return { source, topic: 't', partition: 0, from: 0, next: values.length, records }
}
const rowsOfSlice = (slice: Slice<PostgresSource>): Rows => rowsOf([slice], cipher)

describe('the rows of a partner', () => {
  it('hold amounts, rates and times as texts, and what is sealed as it came', () => {
    const partner = aPartner()
    const { data } = partner
    expect(rowsOfSlice(sliceOf('partner.profile.updated', partner)).partners).toEqual([
      {
        id: data.partner_id,
        name: data.name,
        type: 'aggregator',
        status: 'active',
        commission_rate: '0.2000',
        contact_email: data.contact_email,
        contact_email_hash: data.contact_email_hash,
        registration_number: data.registration_number,
        address: data.address,
        settings: {
          ...data.settings,
          auto_approvals: [{ currency: 'EUR', amount: '999999999999999.9999' }],
        },
        version: 1,
        created_at: '2026-11-21T12:30:15.123Z',
        updated_at: '2026-11-22T12:30:15.123Z',
        commission_rates: [
          { rate: '0.1250', effective_from: '2026-10-23T12:30:15.123Z' },
          { rate: '0.2000', effective_from: '2026-11-21T12:30:15.123Z' },
          { rate: '1.0000', effective_from: '2026-11-23T12:30:15.123Z' },
        ],
      },
    ])
  })

  it('are those of its newest version, whatever order the records come in', () => {
    const first = aPartner()
    const second = aChange(first, { name: 'second' })
    const third = aChange(second, { name: 'third' })
    const rows = rowsOfSlice(sliceOf('partner.profile.updated', second, third, first))
    expect(rows.partners).toMatchObject([{ name: 'third', version: 3 }])
    expect(rows.placeholders).toEqual([
      { id: first.data.partner_id, name: `partner ${first.data.partner_id}` },
    ])
  })

  it('show the rate that is in force when the partner is changed', () => {
    const rates = aPartner().data.commission_rates
    expect(rateAt(rates, NOW_MS - 31 * DAY_MS)).toBe(0n)
    expect(rateAt(rates, NOW_MS - 30 * DAY_MS)).toBe(1_250n)
    expect(rateAt(rates.toReversed(), NOW_MS)).toBe(2_000n)
    expect(rateAt(rates, NOW_MS + DAY_MS)).toBe(10_000n)
    expect(rateAt([], NOW_MS)).toBe(0n)
  })
})

describe('the rows of a key', () => {
  it('are those of its newest version, and lay down its partner', () => {
    const key = anApiKey()
    const revoked = anApiKey({ ...key.data, status: 'inactive', expires_at: null, version: 2 })
    const rows = rowsOfSlice(sliceOf('partner.api-key.updated', revoked, key))
    const { command_id: _, key_id: id, ...data } = revoked.data
    const times = { created_at: '2026-11-22T12:30:15.123Z', updated_at: '2026-11-22T12:30:15.123Z' }
    expect(rows.apiKeys).toEqual([{ ...data, id, ...times }])
    expect(rows.placeholders).toMatchObject([{ id: key.data.partner_id }])
    expect(rows.touchedKeys).toEqual([{ id }])
  })

  it('know of several uses the last, and need no partner for it', () => {
    const key = anApiKey()
    const rows = rowsOfSlice(sliceOf('partner.api-key.used', aUse(key, 5), aUse(key, 9), aUse(key, 7)))
    expect(rows.keyUses).toEqual([{ id: key.data.key_id, last_used_at: '2026-11-22T12:30:15.132Z' }])
    expect(rows.touchedKeys).toEqual([{ id: key.data.key_id }])
    expect(rows.placeholders).toEqual([])
  })
})

describe('the row of an audit entry', () => {
  it('holds all of it, once, and lays down no partner', () => {
    const entry = anAuditEntry()
    const { actor, requested_at: _, ...data } = entry.data
    const rows = rowsOfSlice(sliceOf('audit.entry.recorded', entry, entry))
    expect(rows.auditEntries).toEqual([
      {
        ...data,
        id: entry.event_id,
        actor_key_id: 'configured-admin',
        actor_partner_id: actor.partner_id,
        actor_ip: actor.ip_address,
        request_id: actor.request_id,
        requested_at: '2026-11-22T12:30:15.123Z',
      },
    ])
    expect(rows.placeholders).toEqual([])
  })

  it('leaves out the zone of an address', () => {
    const actor = { ...anAuditEntry().data.actor, ip_address: 'fe80::1%eth0' }
    expect(rowsOfSlice(sliceOf('audit.entry.recorded', anAuditEntry({ actor }))).auditEntries).toMatchObject([
      { actor_ip: 'fe80::1' },
    ])
  })
})

describe('the rows of a game provider', () => {
  it('hold its credentials as they were sealed, and are those of its newest version', () => {
    const first = aGameProvider()
    const second = aProviderChange(first, { name: 'second' })
    const rows = rowsOfSlice(sliceOf('game.provider.updated', second, first))
    expect(rows.gameProviders).toEqual([
      {
        id: first.data.provider_id,
        name: 'second',
        api_endpoint: 'https://api.provider.example/v1',
        api_credentials: JSON.stringify([
          { name: 'api_key', sealed: 'k1:AAAA.AAAA.AAAA', created_at: '2026-11-22T12:30:15.123Z' },
          { name: 'webhook_secret', sealed: 'k2:BBBB.BBBB.BBBB', created_at: '2026-11-22T12:30:15.124Z' },
        ]),
        integration_type: 'seamless',
        status: 'maintenance',
        supported_currencies: ['EUR', 'USD'],
        settings: { timeout_ms: 2_500, profile: 'studio' },
        version: 2,
        created_at: '2026-11-22T12:30:15.123Z',
        updated_at: '2026-11-22T12:30:15.123Z',
      },
    ])
    // It is the platform's: no partner is referred to.
    expect(rows.placeholders).toEqual([])
  })
})

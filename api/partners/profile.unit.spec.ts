import { describe, expect, it } from 'vitest'
import { createCipher } from '../../service/encryption.ts'
import { createKeyHasher } from '../access/api-key.ts'
import { partnerOf } from '../testing/partners.ts'
import { partnerBody, profileOf, rateAt } from './profile.ts'

const ID = '0f0e0d0c-0b0a-4908-8706-050403020100'
const sealing = {
  cipher: createCipher({ currentKeyId: 'k1', keys: new Map([['k1', Buffer.alloc(32, 8)]]) }),
  hasher: createKeyHasher(Buffer.alloc(32, 7)),
}
const BASE = { name: 'Lucky Spin', type: 'operator' } as const

describe('a profile', () => {
  it('holds personal data sealed, and opens them for the answer', () => {
    const fields = {
      ...BASE,
      contact_email: 'Ops@Partner.example',
      address: 'Valletta',
      registration_number: 'C 1',
    }
    const profile = profileOf(fields, undefined, sealing, 1)
    expect(
      JSON.stringify(profile, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toMatch(/partner\.example|Valletta|C 1/i)
    expect(profile.contact_email_hash).toBe(sealing.hasher.hashEmail('ops@partner.example'))
    expect(partnerBody(partnerOf({ partner_id: ID, ...profile }), sealing.cipher, 2)).toMatchObject({
      contact_email: 'Ops@Partner.example',
      address: 'Valletta',
      registration_number: 'C 1',
    })
  })

  it('keeps what is not said, and lets go what is null', () => {
    const first = profileOf(
      {
        ...BASE,
        contact_email: 'a@b.example',
        address: 'Valletta',
        allowed_ips: ['10.0.0.0/8'],
        rate_limits: { read: 5 },
      },
      undefined,
      sealing,
      1,
    )
    const before = partnerOf({ partner_id: ID, ...first })
    const same = profileOf(BASE, before, sealing, 2)
    expect(same).toEqual(first)
    const changed = profileOf({ ...BASE, contact_email: null, allowed_ips: [] }, before, sealing, 2)
    expect(changed).toMatchObject({ contact_email: null, contact_email_hash: null, address: first.address })
    expect(changed.settings).toMatchObject({
      allowed_ips: [],
      rate_limits: [{ endpoint_class: 'read', per_minute: 5 }],
    })
  })

  it('changes a rate from a moment on, and leaves those that were in force', () => {
    const rates = [
      { rate: 1_000n, effective_from: 10 },
      { rate: 2_000n, effective_from: 100 },
    ]
    const before = partnerOf({ partner_id: ID, commission_rates: rates })
    const with3 = (from: number | undefined, nowMs: number) =>
      profileOf(
        {
          ...BASE,
          commission_rate: 3_000n,
          ...(from === undefined ? {} : { commission_effective_from: from }),
        },
        before,
        sealing,
        nowMs,
      ).commission_rates
    const three = (effective_from: number) => ({ rate: 3_000n, effective_from })
    expect(with3(undefined, 50)).toEqual([rates[0], three(50)])
    expect(with3(200, 50)).toEqual([...rates, three(200)])
    expect(with3(100, 50)).toEqual([rates[0], three(100)])
    const unchanged = profileOf({ ...BASE, commission_rate: 2_000n }, before, sealing, 150)
    expect(unchanged.commission_rates).toEqual(rates)
  })

  it('knows the rate in force at a moment', () => {
    const rates = [
      { rate: 1_000n, effective_from: 10 },
      { rate: 2_000n, effective_from: 100 },
    ]
    expect([9, 10, 99, 100].map((atMs) => rateAt(rates, atMs))).toEqual([0n, 1_000n, 1_000n, 2_000n])
  })
})

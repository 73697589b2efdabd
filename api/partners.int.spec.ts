/** Partners, keys and access on the running system: API, Kafka and the partner processor. */
import { randomUUID } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { required } from '../tests/support/environment.ts'
import { asAdmin, bodyOf, codeOf, eventually, newId, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'
import { apiKeyAnswer, auditAnswer, newApiKeyAnswer, partnerAnswer } from './schemas/partners.ts'

const keysPage = z.object({ data: z.array(apiKeyAnswer) })
const partnersPage = z.object({ data: z.array(partnerAnswer), next_cursor: z.string().nullable() })

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  request(method, path, body, asAdmin)
const withKey = (key: string) => ({ 'x-api-key': key })

async function newPartner(change: object = {}): Promise<z.output<typeof partnerAnswer>> {
  const answer = await admin('POST', '/partners', { name: newId('Casino'), type: 'operator', ...change })
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)])
  return bodyOf(partnerAnswer, answer)
}

async function newKey(partnerId: string, body: object): Promise<z.output<typeof newApiKeyAnswer>> {
  return bodyOf(newApiKeyAnswer, await admin('POST', `/partners/${partnerId}/api-keys`, body))
}

const readsWallet = (key: string): Promise<Answer> =>
  request('GET', `/wallet/${newId('nobody')}?currency=USD`, undefined, withKey(key))

describe('a partner', () => {
  it('is created, read, changed and taken out of service', async () => {
    const email = `${randomUUID()}@partner.example`
    const partner = await newPartner({
      commission_rate: '0.1500',
      contact_email: email,
      registration_number: 'C 12345',
      allowed_ips: ['127.0.0.1', '10.1.2.3/8'],
      auto_approvals: { USD: 100.5 },
      rate_limits: { wallet: 6000 },
    })
    expect(partner).toMatchObject({
      status: 'active',
      commission_rate: 0.15,
      contact_email: email,
      allowed_ips: ['127.0.0.1/32', '10.0.0.0/8'],
      auto_approvals: { USD: 100.5 },
      version: 1,
    })
    const read = await admin('GET', `/partners/${partner.id}`)
    expect(bodyOf(partnerAnswer, read)).toEqual(partner)

    const path = `/partners/${partner.id}`
    const changed = await admin('PATCH', path, { commission_rate: 0.2, contact_email: null })
    expect(bodyOf(partnerAnswer, changed)).toMatchObject({
      commission_rate: 0.2,
      contact_email: null,
      registration_number: 'C 12345',
      version: 2,
    })
    expect(bodyOf(partnerAnswer, changed).commission_rates.map(({ rate }) => rate)).toEqual([0.15, 0.2])

    const past = { commission_rate: 0.01, commission_effective_from: '2026-01-01T00:00:00Z' }
    expect(codeOf(await admin('PATCH', path, past))).toBe('RATE_IN_FORCE')
    const stale = await admin('PATCH', path, { name: 'Late', expected_version: 1 })
    expect([stale.status, codeOf(stale)]).toEqual([409, 'VERSION_CONFLICT'])
    expect(bodyOf(partnerAnswer, await admin('DELETE', path)).status).toBe('inactive')
  })

  it('has an id and a contact address of its own', async () => {
    const contact_email = `${randomUUID()}@partner.example`
    const partner = await newPartner({ contact_email })
    const fields = { name: 'Second', type: 'affiliate' }
    const sameId = await admin('POST', '/partners', { ...fields, id: partner.id })
    expect([sameId.status, codeOf(sameId)]).toEqual([409, 'PARTNER_EXISTS'])
    const sameAddress = await admin('POST', '/partners', {
      ...fields,
      contact_email: contact_email.toUpperCase(),
    })
    expect([sameAddress.status, codeOf(sameAddress)]).toEqual([409, 'CONTACT_EMAIL_TAKEN'])
  })

  it('keeps every one of many changes at once', async () => {
    const { id } = await newPartner()
    const fields = [{ registration_number: 'C 9' }, { address: 'Valletta' }, { rate_limits: { read: 7 } }]
    const answers = await Promise.all(fields.map((field) => admin('PATCH', `/partners/${id}`, field)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(bodyOf(partnerAnswer, await admin('GET', `/partners/${id}`))).toMatchObject({
      registration_number: 'C 9',
      address: 'Valletta',
      rate_limits: { read: 7 },
      version: 4,
    })
  })

  it('is on one page of the list, with others before and after it', async () => {
    const ids = [(await newPartner()).id, (await newPartner()).id]
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const from: string = cursor === null ? '' : `&cursor=${cursor}`
      const answer: Answer = await admin('GET', `/partners?type=operator&limit=2${from}`)
      const page: z.output<typeof partnersPage> = bodyOf(partnersPage, answer)
      seen.push(...page.data.map(({ id }) => id))
      cursor = page.next_cursor
    } while (cursor !== null)
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids)
  })

  it.each([
    ['a rate above 1', { commission_rate: 1.1 }],
    ['a rate of five decimals', { commission_rate: 0.12345 }],
    ['no address', { contact_email: 'nobody' }],
    ['no network', { allowed_ips: ['casino.example'] }],
    ['a limit of 0', { rate_limits: { wallet: 0 } }],
    ['an unknown class of routes', { rate_limits: { games: 5 } }],
    ['an unknown field', { balance: 5 }],
    ['an unknown type', { type: 'bank' }],
  ])('with %s is refused', async (_what, change) => {
    const answer = await admin('POST', '/partners', { name: 'Bad', type: 'operator', ...change })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED'])
  })
})

describe('a key', () => {
  it('works at once, within its scopes, and is never shown again', async () => {
    const { id } = await newPartner()
    const key = await newKey(id, { name: 'backend', scopes: ['wallet:read'] })
    expect(key.key.startsWith(`${key.key_prefix}_`)).toBe(true)
    expect(codeOf(await readsWallet(key.key))).toBe('WALLET_NOT_FOUND')
    const write = { amount: 1, currency: 'USD', transaction_id_partner: newId('dep') }
    const refused = await request('POST', '/wallet/p/deposit', write, withKey(key.key))
    expect([refused.status, codeOf(refused)]).toEqual([403, 'FORBIDDEN'])
    const list = await admin('GET', `/partners/${id}/api-keys`)
    expect(bodyOf(keysPage, list).data).toMatchObject([{ id: key.id, name: 'backend', status: 'active' }])
    expect(list.text).not.toContain(key.key)
  })

  it('stops working when it is deactivated, and a second call changes nothing', async () => {
    const { id } = await newPartner()
    const key = await newKey(id, { scopes: ['wallet:read'] })
    for (const status of [204, 204]) {
      expect((await admin('DELETE', `/partners/${id}/api-keys/${key.id}`)).status).toBe(status)
      expect(codeOf(await readsWallet(key.key))).toBe('UNAUTHENTICATED')
    }
    const again = await admin('POST', `/partners/${id}/api-keys/${key.id}/rotate`, {})
    expect([again.status, codeOf(again)]).toEqual([409, 'API_KEY_NOT_ACTIVE'])
  })

  it('works beside its successor for the overlap, or not at all', async () => {
    const { id } = await newPartner()
    const old = await newKey(id, { scopes: ['wallet:read'] })
    const rotate = (keyId: string, body: object): Promise<Answer> =>
      admin('POST', `/partners/${id}/api-keys/${keyId}/rotate`, body)
    const next = bodyOf(newApiKeyAnswer, await rotate(old.id, { overlap_seconds: 600 }))
    expect(next.scopes).toEqual(['wallet:read'])
    for (const { key } of [old, next]) expect(codeOf(await readsWallet(key))).toBe('WALLET_NOT_FOUND')
    const last = bodyOf(newApiKeyAnswer, await rotate(next.id, { overlap_seconds: 0 }))
    expect(codeOf(await readsWallet(next.key))).toBe('UNAUTHENTICATED')
    expect(codeOf(await readsWallet(last.key))).toBe('WALLET_NOT_FOUND')
    const page = bodyOf(keysPage, await admin('GET', `/partners/${id}/api-keys`))
    expect(page.data.map(({ replaced_by }) => replaced_by)).toEqual([next.id, last.id, null])
  })

  it('ends by itself', async () => {
    const { id } = await newPartner()
    const expires_at = new Date(Date.now() + 1_500).toISOString()
    const key = await newKey(id, { scopes: ['wallet:read'], expires_at })
    expect(codeOf(await readsWallet(key.key))).toBe('WALLET_NOT_FOUND')
    await eventually(async () => ((await readsWallet(key.key)).status === 401 ? true : undefined))
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expires_at))
  })

  it('gives no scope that it does not have, and manages its own partner alone', async () => {
    const [mine, theirs] = [await newPartner(), await newPartner()]
    const manager = await newKey(mine.id, { scopes: ['partner:admin', 'wallet:read'] })
    const as = withKey(manager.key)
    const issue = (partnerId: string, scopes: string[]): Promise<Answer> =>
      request('POST', `/partners/${partnerId}/api-keys`, { scopes }, as)
    expect((await issue(mine.id, ['wallet:read'])).status).toBe(201)
    expect(codeOf(await issue(mine.id, ['wallet:write']))).toBe('FORBIDDEN')
    expect(codeOf(await issue(mine.id, ['platform:admin']))).toBe('VALIDATION_FAILED')
    expect(codeOf(await issue(theirs.id, ['wallet:read']))).toBe('FORBIDDEN')
    const patch = (body: object): Promise<Answer> => request('PATCH', `/partners/${mine.id}`, body, as)
    expect((await patch({ address: 'Valletta' })).status).toBe(200)
    expect(codeOf(await patch({ commission_rate: 0 }))).toBe('FORBIDDEN')
    expect(codeOf(await patch({ status: 'active' }))).toBe('FORBIDDEN')
  })
})

describe('a partner’s standing', () => {
  it('turns its keys away while it is suspended', async () => {
    const { id } = await newPartner()
    const { key } = await newKey(id, { scopes: ['wallet:read'] })
    await admin('PATCH', `/partners/${id}`, { status: 'suspended' })
    const refused = await readsWallet(key)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'PARTNER_NOT_ACTIVE'])
    await admin('PATCH', `/partners/${id}`, { status: 'active' })
    expect(codeOf(await readsWallet(key))).toBe('WALLET_NOT_FOUND')
  })

  it('turns calls from elsewhere away, whatever X-Forwarded-For says', async () => {
    const { id } = await newPartner({ allowed_ips: ['203.0.113.0/24'] })
    const { key } = await newKey(id, { scopes: ['wallet:read'] })
    const headers = { ...withKey(key), 'x-forwarded-for': '203.0.113.7' }
    const refused = await request('GET', '/wallet/nobody?currency=USD', undefined, headers)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'ADDRESS_NOT_ALLOWED'])
    await admin('PATCH', `/partners/${id}`, { allowed_ips: ['127.0.0.1'] })
    expect(codeOf(await readsWallet(key))).toBe('WALLET_NOT_FOUND')
  })

  it('approves withdrawals up to the limit of its settings', async () => {
    const { id } = await newPartner({ auto_approvals: { USD: 10 } })
    const { key } = await newKey(id, { scopes: ['wallet:read', 'wallet:write'] })
    const player = newId('player')
    const move = (kind: string, amount: number): Promise<Answer> =>
      request(
        'POST',
        `/wallet/${player}/${kind}`,
        { amount, currency: 'USD', transaction_id_partner: newId(kind) },
        withKey(key),
      )
    await move('deposit', 100)
    expect((await move('withdrawal', 10)).text).toContain('"status":"PROCESSING"')
    expect((await move('withdrawal', 10.01)).text).toContain('"status":"PENDING"')
  })
})

describe('the audit trail', () => {
  const auditPage = z.object({ data: z.array(auditAnswer), next_cursor: z.string().nullable() })

  it('says who asked for what and when, what was before and after, and what was refused', async () => {
    const contact_email = `${randomUUID()}@partner.example`
    const { id } = await newPartner({ contact_email })
    const manager = await newKey(id, { scopes: ['partner:admin'] })
    await request('PATCH', `/partners/${id}`, { address: 'Valletta' }, withKey(manager.key))
    await admin('PATCH', `/partners/${id}`, {
      commission_rate: 0.1,
      commission_effective_from: '2026-01-01T00:00:00Z',
    })
    await admin('DELETE', `/partners/${id}/api-keys/${manager.id}`)
    const entries = await eventually(async () => {
      const answer = await admin('GET', `/audit?partner_id=${id}`)
      const { data } = bodyOf(auditPage, answer)
      expect(answer.text).not.toContain(manager.key)
      return data.length === 5 ? data.toReversed() : undefined
    })
    expect(entries.map(({ action, outcome, error_code }) => [action, outcome, error_code])).toEqual([
      ['CREATE_PARTNER', 'APPLIED', null],
      ['ISSUE_KEY', 'APPLIED', null],
      ['UPDATE_PARTNER', 'APPLIED', null],
      ['UPDATE_PARTNER', 'REFUSED', 'RATE_IN_FORCE'],
      ['DEACTIVATE_KEY', 'APPLIED', null],
    ])
    const [create, , update, , deactivate] = entries
    expect(create).toMatchObject({
      before: null,
      after: { contact_email },
      actor_partner_id: null,
      version: 1,
    })
    expect(update).toMatchObject({
      actor_key_id: manager.id,
      actor_partner_id: id,
      actor_ip: '127.0.0.1',
      before: { address: null },
      after: { address: 'Valletta' },
    })
    expect(deactivate).toMatchObject({ before: { status: 'active' }, after: { status: 'inactive' } })
    expect(JSON.stringify(entries)).not.toContain('key_hash')
  })

  it('shows a partner its own entries alone', async () => {
    const [mine, theirs] = [await newPartner(), await newPartner()]
    const { key } = await newKey(mine.id, { scopes: ['partner:admin'] })
    const read = (query: string): Promise<Answer> => request('GET', `/audit${query}`, undefined, withKey(key))
    const entries = await eventually(async () => {
      const { data } = bodyOf(auditPage, await read(''))
      return data.length === 2 ? data : undefined
    })
    expect(new Set(entries.map(({ partner_id }) => partner_id))).toEqual(new Set([mine.id]))
    expect(codeOf(await read(`?partner_id=${theirs.id}`))).toBe('FORBIDDEN')
    const first = bodyOf(auditPage, await read('?limit=1'))
    const second = bodyOf(auditPage, await read(`?limit=1&cursor=${first.next_cursor}`))
    expect([...first.data, ...second.data].map(({ action }) => action)).toEqual([
      'ISSUE_KEY',
      'CREATE_PARTNER',
    ])
    expect(second.next_cursor).toBeNull()
  })
})

it('the configured partner is a partner like any other, and its key goes by its settings', async () => {
  const path = `/partners/${required('STAKESTREAM_PARTNER_ID')}`
  expect((await admin('GET', path)).text).toContain('"name":"Demo Casino"')
  const headerOf = async (): Promise<string | null> =>
    (await readsWallet(required('STAKESTREAM_PARTNER_KEY'))).headers.get('ratelimit-policy')
  await admin('PATCH', path, { rate_limits: { address: 9_999_999 } })
  const limited = await headerOf()
  await admin('PATCH', path, { rate_limits: {} })
  expect([limited, await headerOf()]).toEqual(['"address";q=9999999;w=60', null])
})

/** A raw request: `fetch` sends one value of a header alone. */
const rawGet = (headers: Record<string, string | string[]>): Promise<number> =>
  new Promise((resolve, reject) => {
    const call = httpRequest(`${required('STAKESTREAM_URL')}/partners`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    call.once('error', reject)
    call.end()
  })

it('knows nobody by two keys at once', async () => {
  expect(await rawGet({ 'x-api-key': ['one', required('STAKESTREAM_ADMIN_KEY')] })).toBe(401)
})

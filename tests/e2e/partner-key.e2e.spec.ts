/** The life of a partner's key over HTTP alone, on two instances of the API: issued, used, rotated, revoked. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newApiKeyAnswer, partnerAnswer } from '../../api/schemas/partners.ts'
import { asAdmin, bet, bodyOf, newId, request } from '../../api/testing/live.ts'
import type { Answer } from '../../api/testing/live.ts'
import { startApi } from '../support/api-instance.ts'
import type { ApiInstance } from '../support/api-instance.ts'
import { waitFor } from '../support/wait.ts'

/** Within which every instance knows of a change. */
const EVERYWHERE_MS = 1_000
const OVERLAP_SECONDS = 4

let second: ApiInstance
let partnerId: string
const player = newId('player')

beforeAll(async () => {
  second = await startApi()
})
afterAll(() => second.stop())

const withKey = (key: string): object => ({ 'x-api-key': key })

/** The statuses of one read with this key at both instances. */
async function statuses(key: string): Promise<number[]> {
  const path = `/wallet/${player}?currency=USD`
  const elsewhere = fetch(second.url + path, { headers: { 'x-api-key': key } })
  const answers = await Promise.all([request('GET', path, undefined, withKey(key)), elsewhere])
  return answers.map(({ status }) => status)
}

/** How long it takes until both instances answer a key with this status, in milliseconds. */
async function msUntilBoth(status: number, key: string, timeoutMs = 15_000): Promise<number> {
  const startedMs = performance.now()
  const isEverywhere = async (): Promise<boolean> => (await statuses(key)).every((one) => one === status)
  await waitFor(isEverywhere, { timeoutMs, what: `${status} at both instances` })
  return performance.now() - startedMs
}

const issued = (answer: Answer) => bodyOf(newApiKeyAnswer, answer)

describe('a partner’s key', () => {
  let first: { id: string; key: string }
  let rotated: { id: string; key: string }

  it('is issued to a new partner, and places its first bet', async () => {
    const fields = {
      name: newId('Casino'),
      type: 'operator',
      contact_email: `${newId('ops')}@partner.example`,
    }
    const partner = bodyOf(partnerAnswer, await request('POST', '/partners', fields, asAdmin))
    partnerId = partner.id
    const body = { name: 'casino-backend', scopes: ['wallet:read', 'wallet:write'] }
    first = issued(await request('POST', `/partners/${partnerId}/api-keys`, body, asAdmin))
    const deposit = { amount: 100, currency: 'USD', transaction_id_partner: newId('dep') }
    const deposited = await request('POST', `/wallet/${player}/deposit`, deposit, withKey(first.key))
    expect([deposited.status, deposited.text]).toEqual([200, expect.stringContaining('"new_balance":100.00')])
    const placed = await request('POST', `/wallet/${player}/bet`, bet(10), withKey(first.key))
    expect([placed.status, placed.text]).toEqual([200, expect.stringContaining('"new_balance":90.00')])
    await msUntilBoth(200, first.key)
  })

  it('and the one that follows it both work until the overlap ends, then the new one alone', async () => {
    const path = `/partners/${partnerId}/api-keys/${first.id}/rotate`
    const startedMs = performance.now()
    rotated = issued(await request('POST', path, { overlap_seconds: OVERLAP_SECONDS }, asAdmin))
    await msUntilBoth(200, rotated.key)
    // The old one may have ended by now only where the machine was busy for all of the overlap.
    const old = await statuses(first.key)
    if (performance.now() - startedMs < OVERLAP_SECONDS * 1_000) expect(old).toEqual([200, 200])
    await msUntilBoth(401, first.key, OVERLAP_SECONDS * 1_000 + EVERYWHERE_MS + 15_000)
    expect(performance.now() - startedMs).toBeGreaterThan(OVERLAP_SECONDS * 1_000 - EVERYWHERE_MS)
    expect(await statuses(rotated.key)).toEqual([200, 200])
    const placed = await request('POST', `/wallet/${player}/bet`, bet(10), withKey(rotated.key))
    expect([placed.status, placed.text]).toEqual([200, expect.stringContaining('"new_balance":80.00')])
  })

  it('opens nothing on any instance within a second of its revocation, and moves no money', async () => {
    const path = `/partners/${partnerId}/api-keys/${rotated.id}`
    expect((await request('DELETE', path, undefined, asAdmin)).status).toBe(204)
    expect(await msUntilBoth(401, rotated.key)).toBeLessThan(EVERYWHERE_MS)
    const refused = await request('POST', `/wallet/${player}/bet`, bet(10), withKey(rotated.key))
    expect(refused.status).toBe(401)
    const headers = { ...asAdmin, 'x-partner-id': partnerId }
    const wallet = await request('GET', `/wallet/${player}?currency=USD`, undefined, headers)
    expect(wallet.text).toContain('"balance":80.00,"held":0.00,"status":"active","version":3')
  })
})

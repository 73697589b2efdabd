/** Texts that are SQL to a careless reader, in every place that ends up in a query, with the real database behind it. */
import { describe, expect, it } from 'vitest'
import { bet, eventually, get, newId, playerWith, post, request } from './testing/live.ts'

/** Without blanks, so that ids may hold them: comments stand in for blanks. */
const TEXTS = [
  `'--`,
  `'/**/OR/**/'1'='1`,
  `';DROP/**/TABLE/**/transactions;--`,
  `x'/**/UNION/**/SELECT/**/key_hash/**/FROM/**/api_keys--`,
  '$1',
  '%',
  '\\',
  `"`,
] as const

const FILTERS = [
  'game_id',
  'round_id',
  'transaction_id_partner',
  'reference_transaction_id_partner',
  'player_id',
] as const

describe.each(TEXTS)('%s', (text) => {
  it('as a filter finds what is called so, and nothing else', async () => {
    await playerWith(5)
    for (const filter of FILTERS) {
      const answer = await get(`/transactions?${filter}=${encodeURIComponent(text + newId(''))}`)
      // A slash is no part of a player's id.
      const expected = filter === 'player_id' && text.includes('/') ? [400] : [200, '{"data":[]}']
      expect([answer.status, ...(answer.status === 200 ? [answer.text] : [])], filter).toEqual(expected)
    }
  })

  it('as ids of a bet is kept and found as it is', async () => {
    const player = await playerWith(5)
    const id = text + newId('')
    const fields = { transaction_id_partner: id, game_id: text, round_id: id }
    expect((await post(`/wallet/${player}/bet`, bet(1, fields))).status).toBe(200)
    const found = await eventually(async () => {
      const answer = await get(`/transactions?transaction_id_partner=${encodeURIComponent(id)}`)
      return answer.text === '{"data":[]}' ? undefined : answer
    })
    expect(JSON.parse(found.text)).toMatchObject({
      data: [{ player_id: player, transaction_id_partner: id, game_id: text, round_id: id, amount: 1 }],
    })
  })

  it('where a UUID, a time, a type or a cursor belongs is refused', async () => {
    const encoded = encodeURIComponent(text)
    for (const path of [
      `/transactions/${encoded}`,
      `/transactions?from=${encoded}`,
      `/transactions?type=${encoded}`,
      `/transactions?cursor=${encoded}`,
      `/transactions?limit=${encoded}`,
      `/wallet/p?currency=${encoded}`,
    ])
      expect([path, (await get(path)).status]).toEqual([path, 400])
    const step = await request('POST', `/withdrawals/${encoded}/approve`, {})
    expect(step.status).toBe(400)
  })
})

/** What the API reads once the sinks have followed, and how it shows its own state. */
import { describe, expect, it } from 'vitest'
import { commandAnswer, transactionPage, walletAnswer } from './schemas/answers.ts'
import { eventually, post, get, bodyOf, codeOf, newId, playerWith, bet } from './testing/live.ts'

describe('reads', () => {
  it('see one’s own write with its version, page through a history, and know the past', async () => {
    const player = await playerWith(10)
    const before = new Date().toISOString()
    const answers = []
    for (let at = 0; at < 5; at++)
      answers.push(bodyOf(commandAnswer, await post(`/wallet/${player}/bet`, bet(1))))
    const version = answers.at(-1)?.version
    const now = await eventually(async () => {
      const answer = await get(`/wallet/${player}?currency=USD&min_version=${version}`)
      return answer.status === 200 ? bodyOf(walletAnswer, answer) : undefined
    })
    expect(now).toEqual({
      player_id: player,
      currency: 'USD',
      balance: 5,
      held: 0,
      status: 'active',
      version: 6,
    })

    const ahead = await get(`/wallet/${player}?currency=USD&min_version=999`)
    expect([ahead.status, codeOf(ahead), ahead.headers.get('retry-after')]).toEqual([
      503,
      'VERSION_NOT_REACHED',
      '1',
    ])

    const ids = await eventually(async () => {
      const seen: string[] = []
      let cursor = ''
      do {
        const page = bodyOf(transactionPage, await get(`/wallet/${player}/transactions?limit=4${cursor}`))
        seen.push(...page.data.map(({ id }) => id))
        cursor = page.next_cursor === undefined ? '' : `&cursor=${page.next_cursor}`
      } while (cursor !== '')
      return seen.length === 6 ? seen : undefined
    })
    expect(new Set(ids).size).toBe(6)
    expect(ids.slice(0, 5).toSorted()).toEqual(answers.map(({ transaction_id: id }) => id).toSorted())

    const past = bodyOf(walletAnswer, await get(`/wallet/${player}?currency=USD&at=${before}`))
    expect(past).toMatchObject({ balance: 10, version: 1, status: null })
  })

  it('find a rejected command too', async () => {
    const player = await playerWith(1)
    const own = newId('bet')
    await post(`/wallet/${player}/bet`, bet(2, { transaction_id_partner: own }))
    const page = await eventually(async () => {
      const found = bodyOf(
        transactionPage,
        await get(`/transactions?transaction_id_partner=${own}&wait_ms=5000`),
      )
      return found.data.length > 0 ? found : undefined
    })
    expect(page.data).toMatchObject([{ status: 'FAILED', error_code: 'INSUFFICIENT_FUNDS', amount: 2 }])
  })
})

describe('the service', () => {
  it('is ready and measured', async () => {
    const ready = await get('/health/ready')
    expect([ready.status, ready.text]).toEqual([200, expect.stringContaining('"status":"ready"')])
    const metrics = await get('/metrics')
    expect(metrics.text).toContain('stakestream_api_reply_wait_seconds_count')
  })
})

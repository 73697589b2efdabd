/** The first bet of the README, against the running product. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { callApi } from '../support/e2e.ts'
import { waitFor } from '../support/wait.ts'

const player = (): string => `first-${randomUUID()}`

/** An id that stands for movements of two players is a difference that the reconciliation names. */
const bet = (name: string, id: string, amount: number): object => ({
  amount,
  currency: 'USD',
  game_id: 'slots_game_001',
  round_id: `round-${id}`,
  transaction_id_partner: `${name}-${id}`,
})

async function playerWith(amount: number): Promise<string> {
  const name = player()
  const deposit = { amount, currency: 'USD', transaction_id_partner: `${name}-deposit-1` }
  expect(await callApi('POST', `/wallet/${name}/deposit`, deposit)).toMatchObject({ status: 200 })
  return name
}

describe('a first bet', () => {
  it('answers with the fields of the contract once it is committed', async () => {
    const name = await playerWith(100)
    const answer = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 10.5))
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      transaction_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      player_id: name,
      new_balance: 89.5,
      processed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })
    expect(answer.headers.get('idempotent-replayed')).toBeNull()
  })

  it('sent again gets the same answer and moves nothing', async () => {
    const name = await playerWith(100)
    const first = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 10.5))
    const second = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 10.5))
    expect(second.status).toBe(200)
    expect(second.headers.get('idempotent-replayed')).toBe('true')
    expect(second.body).toEqual(first.body)
    const other = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-2', 1))
    expect(other.body).toMatchObject({ new_balance: 88.5 })
  })

  it('with another payload under the same id is a conflict', async () => {
    const name = await playerWith(100)
    await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 10.5))
    const answer = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 11))
    expect(answer).toMatchObject({ status: 409, body: { code: 'TRANSACTION_CONFLICT' } })
  })

  it('that is too large is refused, and stays refused when there is money', async () => {
    const name = await playerWith(5)
    const refused = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 6))
    expect(refused).toMatchObject({
      status: 400,
      body: { detail: 'Insufficient funds.', code: 'INSUFFICIENT_FUNDS', balance: 5 },
    })
    await callApi('POST', `/wallet/${name}/deposit`, {
      amount: 50,
      currency: 'USD',
      transaction_id_partner: `${name}-deposit-2`,
    })
    const again = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 6))
    expect(again).toMatchObject({ status: 400, body: { code: 'INSUFFICIENT_FUNDS' } })
    expect(again.headers.get('idempotent-replayed')).toBe('true')
  })

  it('of a player without a wallet is 404', async () => {
    const name = player()
    const answer = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 1))
    expect(answer).toMatchObject({ status: 404, body: { code: 'WALLET_NOT_FOUND' } })
  })

  it('can be read by its id and in the wallet', async () => {
    const name = await playerWith(20)
    const { body } = await callApi('POST', `/wallet/${name}/bet`, bet(name, 'bet-1', 3))
    const read = await waitFor(async () => {
      const answer = await callApi('GET', `/transactions/${String(body['transaction_id'])}`)
      return answer.status === 200 ? answer : undefined
    })
    expect(read.body).toMatchObject({ type: 'BET', status: 'COMPLETED', amount: 3, balance_after: 17 })
    const wallet = await callApi('GET', `/wallet/${name}?currency=USD&min_version=2`)
    expect(wallet).toMatchObject({ status: 200, body: { balance: 17, held: 0, version: 2 } })
  })
})

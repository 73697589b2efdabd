/** The API's commands with the real wallet, broker and sinks behind it. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import {
  batchAnswer,
  commandAnswer,
  pendingAnswer,
  problemAnswer,
  standingAnswer,
  transactionAnswer,
  transactionPage,
  walletAnswer,
} from './schemas/answers.ts'
import {
  eventually,
  request,
  post,
  get,
  asAdmin,
  bodyOf,
  codeOf,
  newId,
  playerWith,
  bet,
} from './testing/live.ts'
import type { Answer } from './testing/live.ts'

describe('a bet', () => {
  it('is answered once, repeated, refused with another payload, and refused beyond the balance', async () => {
    const player = await playerWith(100)
    const path = `/wallet/${player}/bet`
    const body = bet(10.5)
    const first = await post(path, body)
    const applied = bodyOf(commandAnswer, first)
    expect(applied).toMatchObject({
      player_id: player,
      new_balance: 89.5,
      status: 'COMPLETED',
      version: 2,
      held: 0,
    })
    expect(first.text).toContain('"new_balance":89.50')

    const again = await post(path, body)
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
    expect(bodyOf(commandAnswer, again)).toEqual(applied)

    const other = await post(path, { ...body, amount: 11 })
    expect([other.status, codeOf(other)]).toEqual([409, 'TRANSACTION_CONFLICT'])

    const large = await post(path, bet(89.5001))
    expect([large.status, bodyOf(problemAnswer, large)]).toMatchObject([
      400,
      { detail: 'Insufficient funds.', code: 'INSUFFICIENT_FUNDS', balance: 89.5 },
    ])
  })

  it('of an unknown player is 404', async () => {
    const answer = await post(`/wallet/${newId('nobody')}/bet`, bet(1))
    expect([answer.status, codeOf(answer)]).toEqual([404, 'WALLET_NOT_FOUND'])
  })

  it('moves the widest amounts to the last digit', async () => {
    const player = await playerWith('999999999999999.9999', 'KWD')
    const answer = await post(`/wallet/${player}/bet`, bet('0.0001', { currency: 'KWD' }))
    expect(answer.text).toContain('"new_balance":999999999999999.9998,')
  })

  it('among 120 at once of one player is accepted as long as there is money, and not once more', async () => {
    const player = await playerWith(50)
    const answers = await Promise.all(
      Array.from({ length: 120 }, () => post(`/wallet/${player}/bet`, bet(1))),
    )
    const accepted = answers
      .filter(({ status }) => status === 200)
      .map((answer) => bodyOf(commandAnswer, answer))
    expect(
      accepted.map(({ new_balance: balance }) => balance).toSorted((a, b) => Number(a) - Number(b)),
    ).toEqual(Array.from({ length: 50 }, (_, balance) => balance))
    const refused = answers.filter(({ status }) => status !== 200)
    expect(new Set(refused.map(codeOf))).toEqual(new Set(['INSUFFICIENT_FUNDS']))
  })

  it('that is repeated 50 times at once moves money once', async () => {
    const player = await playerWith(100)
    const body = bet(30)
    const answers = await Promise.all(Array.from({ length: 50 }, () => post(`/wallet/${player}/bet`, body)))
    const ids = answers.map((answer) => bodyOf(commandAnswer, answer).transaction_id)
    expect(new Set(ids).size).toBe(1)
    const firsts = answers.filter(({ headers }) => headers.get('idempotent-replayed') !== 'true')
    expect(firsts.length).toBeLessThanOrEqual(1)
    const { balance } = await eventually(async () => {
      const answer = await get(`/wallet/${player}?currency=USD&min_version=2`)
      return answer.status === 200 ? bodyOf(walletAnswer, answer) : undefined
    })
    expect(balance).toBe(70)
  })
})

describe('a round', () => {
  it('goes from bet to win to its end', async () => {
    const player = await playerWith(10)
    const own = newId('bet')
    const round = newId('round')
    await post(`/wallet/${player}/bet`, bet(10, { round_id: round, transaction_id_partner: own }))
    const game = { game_id: 'slots_game_001', round_id: round, currency: 'USD' }
    const win = await post(`/wallet/${player}/win`, {
      ...game,
      amount: '25.25',
      reference_transaction_id_partner: own,
      transaction_id_partner: newId('win'),
    })
    expect(bodyOf(commandAnswer, win).new_balance).toBe(25.25)
    expect(
      (await post(`/wallet/${player}/win`, { ...game, amount: 0, transaction_id_partner: newId('win') }))
        .status,
    ).toBe(200)
    const late = await post(`/wallet/${player}/bet`, bet(1, { round_id: round }))
    expect([late.status, codeOf(late)]).toEqual([409, 'ROUND_CLOSED'])
    const settled = await post(`/wallet/${player}/rollback`, {
      currency: 'USD',
      reference_transaction_id_partner: own,
    })
    expect([settled.status, codeOf(settled)]).toEqual([409, 'BET_ALREADY_SETTLED'])
  })

  it('gives a bet back once, whatever the rollback’s id, and refuses a bet whose rollback came first', async () => {
    const player = await playerWith(10)
    const own = newId('bet')
    await post(`/wallet/${player}/bet`, bet(4, { transaction_id_partner: own }))
    const rollback = (): Promise<Answer> =>
      post(`/wallet/${player}/rollback`, {
        currency: 'USD',
        reference_transaction_id_partner: own,
        transaction_id_partner: newId('rb'),
      })
    const [first, second] = [await rollback(), await rollback()]
    expect([bodyOf(commandAnswer, first).balance, bodyOf(commandAnswer, second).balance]).toEqual([10, 10])
    expect(second.headers.get('idempotent-replayed')).toBe('true')

    const early = newId('bet')
    await post(`/wallet/${player}/rollback`, { currency: 'USD', reference_transaction_id_partner: early })
    const late = await post(`/wallet/${player}/bet`, bet(1, { transaction_id_partner: early }))
    expect([late.status, codeOf(late)]).toEqual([409, 'TRANSACTION_ROLLED_BACK'])
  })
})

describe('a withdrawal', () => {
  const withdraw = async (player: string, amount: number): Promise<z.output<typeof commandAnswer>> =>
    bodyOf(
      commandAnswer,
      await post(`/wallet/${player}/withdrawal`, {
        amount,
        currency: 'USD',
        transaction_id_partner: newId('wd'),
      }),
    )

  it('is held, approved and paid out', async () => {
    const player = await playerWith(100)
    const held = await withdraw(player, 40)
    expect(held).toMatchObject({ status: 'PENDING', new_balance: 60, held: 40 })
    const path = `/withdrawals/${held.transaction_id}`
    const approved = await post(`${path}/approve`, {})
    expect(bodyOf(commandAnswer, approved)).toMatchObject({
      transaction_id: held.transaction_id,
      status: 'PROCESSING',
      held: 40,
    })
    expect(bodyOf(commandAnswer, await post(`${path}/complete`, {}))).toMatchObject({
      status: 'COMPLETED',
      held: 0,
    })
    const again = await post(`${path}/complete`, {})
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
    const wrong = await post(`${path}/decline`, {})
    expect([wrong.status, codeOf(wrong)]).toEqual([409, 'INVALID_TRANSITION'])
  })

  it('is declined, and the money is back', async () => {
    const player = await playerWith(100)
    const { transaction_id: id } = await withdraw(player, 40)
    const declined = await post(`/withdrawals/${id}/decline`, { reason: 'unclear' })
    expect(bodyOf(commandAnswer, declined)).toMatchObject({ status: 'CANCELED', balance: 100, held: 0 })
    const again = await post(`/withdrawals/${id}/decline`, {})
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true'])
  })

  it('that nobody made is 404', async () => {
    const answer = await post(`/withdrawals/${randomUUID()}/approve`, {})
    expect([answer.status, codeOf(answer)]).toEqual([404, 'TRANSACTION_NOT_FOUND'])
  })
})

describe('standing, adjustments and back-dating', () => {
  it('refuses bets on a frozen wallet, and takes deposits', async () => {
    const player = await playerWith(10)
    const frozen = await post(`/wallet/${player}/freeze`, { currency: 'USD', reason: 'test' }, asAdmin)
    expect(bodyOf(standingAnswer, frozen).version).toBe(2)
    expect(codeOf(await post(`/wallet/${player}/bet`, bet(1)))).toBe('WALLET_FROZEN')
    const deposit = { amount: 1, currency: 'USD', transaction_id_partner: newId('dep') }
    expect((await post(`/wallet/${player}/deposit`, deposit)).status).toBe(200)
    expect((await post(`/wallet/${player}/unfreeze`, { currency: 'USD' }, asAdmin)).status).toBe(200)
    expect((await post(`/wallet/${player}/bet`, bet(1))).status).toBe(200)
  })

  it('books an adjustment with its reason', async () => {
    const player = await playerWith(10)
    const answer = await post(`/wallet/${player}/adjustment`, {
      amount: 2.5,
      currency: 'USD',
      direction: 'DEBIT',
      reason: 'booked twice',
      transaction_id_partner: newId('adj'),
    })
    const { transaction_id: id, new_balance: balance } = bodyOf(commandAnswer, answer)
    expect(balance).toBe(7.5)
    const stored = await eventually(async () => {
      const found = await get(`/transactions/${id}?wait_ms=5000`)
      return found.status === 200 ? bodyOf(transactionAnswer, found) : undefined
    })
    expect(stored).toMatchObject({
      type: 'ADJUSTMENT',
      direction: 'DEBIT',
      reason: 'booked twice',
      amount: 2.5,
    })
  })

  it('takes an event time with the scope for it', async () => {
    const player = newId('player')
    const created = '2026-01-02T03:04:05.678Z'
    const body = { amount: 5, currency: 'USD', transaction_id_partner: newId('dep'), created_at: created }
    expect((await post(`/wallet/${player}/deposit`, body)).status).toBe(403)
    const answer = await post(`/wallet/${player}/deposit`, body, asAdmin)
    expect(answer.status).toBe(200)
    const { data } = await eventually(async () => {
      const page = bodyOf(
        transactionPage,
        await get(`/wallet/${player}/transactions?to=2026-02-01T00:00:00Z`),
      )
      return page.data.length > 0 ? page : undefined
    })
    expect(data).toMatchObject([{ created_at: created, transaction_id_partner: body.transaction_id_partner }])
  })
})

describe('a command that is not waited for', () => {
  it('answers 202, and its status_url tells the outcome', async () => {
    const player = await playerWith(10)
    const url = `/wallet/${player}/bet`
    for (const body of [bet(1), { ...bet(1), transaction_id_partner: undefined }]) {
      const answer = await request('POST', url, body, { prefer: 'respond-async' })
      expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'respond-async'])
      const pending = bodyOf(pendingAnswer, answer)
      expect(answer.headers.get('location')).toBe(pending.status_url)
      const separator = pending.status_url.includes('?') ? '&' : '?'
      const outcome = await eventually(async () => {
        const found = await get(`${pending.status_url}${separator}wait_ms=5000`)
        if (found.status !== 200) return undefined
        return found.text.startsWith('{"data"')
          ? bodyOf(transactionPage, found).data[0]
          : bodyOf(transactionAnswer, found)
      })
      expect(outcome).toMatchObject({ id: pending.transaction_id, status: 'COMPLETED', amount: 1 })
    }
  })
})

describe('a batch', () => {
  it('of 1,000 commands gives 1,000 results in order', async () => {
    const players = Array.from({ length: 50 }, () => newId('player'))
    const commands = Array.from({ length: 1_000 }, (_, at) => ({
      player_id: players[at % players.length],
      ...(at < players.length
        ? { type: 'DEPOSIT', amount: 1_000, currency: 'USD', transaction_id_partner: newId('dep') }
        : { type: 'BET', ...bet(at === 777 ? '1e3' : 1) }),
    }))
    const { results } = await eventually(async () => {
      const answer = bodyOf(batchAnswer, await post('/wallet/batch', { commands }))
      return answer.results.some(({ status }) => status === 202) ? undefined : answer
    })
    expect(results.map(({ status }) => status)).toEqual(commands.map((_, at) => (at === 777 ? 400 : 200)))
    const balances = results
      .slice(-50)
      .map((result) => ('body' in result && 'balance' in result.body ? result.body.new_balance : null))
    expect(new Set(balances)).toEqual(new Set([981, 982]))
  })
})

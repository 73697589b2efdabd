/** Bets at a provider that has to confirm them, over HTTP alone, on the sandbox: from the deposit to the withdrawal, and through its faults. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchAnswer, sessionAnswer } from '../../api/schemas/games.ts'
import { asAdmin, bodyOf, codeOf, get, newId, playerWith, post, request } from '../../api/testing/live.ts'
import {
  SANDBOX_GAME,
  platformRounds,
  putSandbox,
  resolveOpenRounds,
  sandboxBet,
  sandboxNow,
  sandboxRounds,
  setFaults,
  setSettings,
  settled,
  walletOf,
} from '../support/games.ts'
import { killService, startService } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** Rounds of the run with faults; 10,000 and more with GAME_ROUNDS. */
const ROUNDS = Number(process.env['GAME_ROUNDS'] ?? 300)
const PLAYERS = 10
const FAULT_SHARE = 0.2
/** A guard against hanging: a round takes a fraction of this, ten players side by side. */
const ROUND_MS = 150
/** A hold lasts for two minutes; half of it for asking, half for cancelling. */
const SETTLED_MS = 200_000

beforeAll(async () => {
  await putSandbox()
  await setSettings({ result_delay_ms: 50, hang_ms: 3_000, slow_ms: 1_500, late_callback_ms: 1_000 })
})
afterAll(() => setFaults([]))

it('the operator sees what the provider offers, and from Redis what it offered a moment ago', async () => {
  const asked = (): Promise<string> =>
    request('GET', '/games/providers/ocasino/games', undefined, asAdmin).then(({ text }) => text)
  const first = await asked()
  expect(first).toContain('oc-starlight-reels')
  await setFaults([{ fault: 'error', share: 1, operations: ['games'] }])
  expect(await asked()).toBe(first)
  await setFaults([])
})

describe('a day at the sandbox', () => {
  let player: string
  beforeAll(async () => {
    player = await playerWith(100)
  })

  it('a launch begins a session, and the next one goes on with it', async () => {
    const fields = { player_id: player, currency: 'USD', language: 'de' }
    const first = bodyOf(launchAnswer, await request('POST', `/games/${SANDBOX_GAME}/launch`, fields))
    const second = bodyOf(launchAnswer, await request('POST', `/games/${SANDBOX_GAME}/launch`, fields))
    expect([first.resumed, second.resumed, second.session_id]).toEqual([false, true, first.session_id])
    expect(first.launch_url).toContain('http')
    const session = bodyOf(sessionAnswer, await get(`/games/sessions/${first.session_id}`))
    expect(session).toMatchObject({ player_id: player, game_id: SANDBOX_GAME, currency: 'USD' })
    const path = `/games/sessions/${first.session_id}`
    bodyOf(sessionAnswer, await request('DELETE', path))
    expect([codeOf(await get(path)), codeOf(await request('DELETE', path))]).toEqual([
      'SESSION_NOT_FOUND',
      'SESSION_NOT_FOUND',
    ])
    const third = bodyOf(launchAnswer, await request('POST', `/games/${SANDBOX_GAME}/launch`, fields))
    expect([third.resumed, third.session_id === first.session_id]).toEqual([false, false])
  })

  it('a bet is answered when the provider has confirmed it, and its result comes by callback', async () => {
    const answer = await request('POST', `/wallet/${player}/bet`, sandboxBet(10))
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"status":"COMPLETED"')])
    const players = new Set([player])
    await settled(players, 30_000)
    await waitFor(
      async () => {
        expect(await platformRounds(players)).toEqual(await sandboxRounds(players))
        return true
      },
      { what: 'equal books' },
    )
  })

  it('a bet that the provider refuses is answered 500, with the money back; again, the same', async () => {
    const before = await walletOf(player)
    await setFaults([{ fault: 'refuse', share: 1, count: 1 }])
    const bet = sandboxBet(10)
    const answer = await request('POST', `/wallet/${player}/bet`, bet)
    expect([answer.status, codeOf(answer)]).toEqual([500, 'PROVIDER_REFUSED'])
    const again = await request('POST', `/wallet/${player}/bet`, bet)
    expect([again.status, codeOf(again), again.headers.get('idempotent-replayed')]).toEqual([
      500,
      'PROVIDER_REFUSED',
      'true',
    ])
    await waitFor(async () => (await walletOf(player)).held === 0, { what: 'the end of the hold' })
    expect((await walletOf(player)).balance).toBe(before.balance)
  })

  it('what is left is paid out', async () => {
    const { balance } = await walletOf(player)
    const asked = { amount: balance, currency: 'USD', transaction_id_partner: newId('wd') }
    const answer = await request('POST', `/wallet/${player}/withdrawal`, asked)
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"status":"PENDING"')])
  })

  it('a callback that nobody has signed is refused', async () => {
    const answer = await request('POST', '/games/callbacks/ocasino/round-result', { event: 'ROUND_RESULT' })
    expect(answer.status).toBe(401)
  })
})

describe('whoever dies while bets are at their provider', () => {
  const PLAYERS_MEANWHILE = 6
  const ROUNDS_MEANWHILE = 12
  it.each([
    ['the worker, before and after its calls', 'games-worker'],
    ['the saga', 'games'],
    ['the wallet', 'wallet'],
  ])('%s: no bet is lost, none is placed twice, and no hold stays', async (_, service) => {
    // Every bet is at the provider for a while, so that the process dies with some on their way.
    await setFaults([{ fault: 'slow', share: 0.5, operations: ['bet'] }])
    const players = await Promise.all(Array.from({ length: PLAYERS_MEANWHILE }, () => playerWith(1_000)))
    const answers: number[] = []
    const playing = players.map(async (player) => {
      for (let round = 0; round < ROUNDS_MEANWHILE; round++)
        answers.push((await post(`/wallet/${player}/bet`, sandboxBet(2))).status)
    })
    for (const share of [1 / 4, 1 / 2]) {
      await waitFor(() => answers.length >= PLAYERS_MEANWHILE * ROUNDS_MEANWHILE * share, {
        timeoutMs: 120_000,
        what: 'some bets',
      })
      await killService(service)
      await startService(service)
    }
    await Promise.all(playing)
    await setFaults([])
    const all = new Set(players)
    await settled(all, SETTLED_MS)
    await resolveOpenRounds()
    await waitFor(
      async () => {
        expect(await platformRounds(all)).toEqual(await sandboxRounds(all))
        return true
      },
      { timeoutMs: 60_000, intervalMs: 1_000, what: 'equal books' },
    )
    expect(answers.filter((status) => ![200, 202, 500].includes(status))).toEqual([])
  })
})

describe(`${ROUNDS} rounds of which a fifth go wrong in every way`, () => {
  const timeout = SETTLED_MS + 100_000 + ROUNDS * ROUND_MS
  it('leave no hold open, and the same books on both sides', { timeout }, async () => {
    const players = await Promise.all(Array.from({ length: PLAYERS }, () => playerWith(100_000)))
    await setFaults([{ fault: 'any', share: FAULT_SHARE }])
    const statuses = new Map<number, number>()
    const play = async (player: string): Promise<void> => {
      for (let round = 0; round < ROUNDS / PLAYERS; round++) {
        const { status } = await request('POST', `/wallet/${player}/bet`, sandboxBet(1.5))
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    await Promise.all(players.map(play))
    await setFaults([])
    const all = new Set(players)
    await settled(all, SETTLED_MS)
    // Some results were never told: their rounds are open here alone.
    const resolved = await resolveOpenRounds()
    await waitFor(
      async () => {
        expect(await platformRounds(all)).toEqual(await sandboxRounds(all))
        return true
      },
      { timeoutMs: 60_000, intervalMs: 1_000, what: 'equal books' },
    )
    const { faults } = await sandboxNow()
    process.stdout.write(
      `answers ${JSON.stringify([...statuses])}, rounds resolved ${resolved}, faults ${JSON.stringify(faults)}\n`,
    )
    expect(resolved).toBeGreaterThan(0)
    expect(Object.keys(faults).length).toBeGreaterThan(8)
    expect([...statuses.keys()].filter((status) => ![200, 202, 500].includes(status))).toEqual([])
  })
})

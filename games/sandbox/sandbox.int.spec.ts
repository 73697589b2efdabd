/** The adapter against the sandbox over real HTTP, under each fault that the sandbox knows. */
import { Registry } from '@prometheus-io/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { waitFor } from '../../tests/support/wait.ts'
import type { BetRequest, Call } from '../adapter.ts'
import { connectProvider } from '../create-adapter.ts'
import type { ConnectedProvider } from '../create-adapter.ts'
import { createProviderMetrics } from '../resilience/metrics.ts'
import type { ProviderMetrics } from '../resilience/metrics.ts'
import { hmacSigner, hmacVerifier } from '../seamless/signature.ts'
import { FAULTS } from './faults.ts'
import type { Fault } from './faults.ts'
import { OCASINO_PREFIX, startSandbox } from './server.ts'
import type { Sandbox } from './server.ts'
import { defaultSettings } from './settings.ts'
import { GAME, PARTNER, newBet, queryOf } from './testing/bets.ts'
import { startTestPlatform } from './testing/platform.ts'
import type { TestPlatform } from './testing/platform.ts'

const API_KEY = 'key-of-the-platform'
const WEBHOOK_SECRET = 'secret-of-the-callbacks'
/** Of one attempt; a call that hangs costs a test this much. */
const ATTEMPT_MS = 250

let platform: TestPlatform
let sandbox: Sandbox
let provider: ConnectedProvider
let metrics: ProviderMetrics

const restProvider = (url: string, id = 'ocasino', timeoutMs = ATTEMPT_MS) =>
  connectProvider(
    {
      providerId: id,
      integrationType: 'rest',
      endpoint: `${url}${OCASINO_PREFIX}`,
      credentials: { api_key: API_KEY, webhook_secret: WEBHOOK_SECRET },
      timeoutMs,
      profile: 'standard',
    },
    metrics,
  )

const sandboxOn = (platformUrl: string): Promise<Sandbox> =>
  startSandbox(
    {
      seed: 'a seed',
      apiKey: API_KEY,
      webhookSecret: WEBHOOK_SECRET,
      seamless: { profile: 'studio', sign: hmacSigner('s'), verify: hmacVerifier(['s']) },
      settings: {
        ...defaultSettings({
          callback_url: `${platformUrl}/ocasino/round-result`,
          wallet_url: `${platformUrl}/seamless`,
        }),
        result_delay_ms: 1,
        slow_ms: 100,
        late_callback_ms: 150,
      },
    },
    0,
  )

beforeAll(async () => {
  metrics = createProviderMetrics(new Registry())
  platform = await startTestPlatform(() => ({ ocasino: provider.adapter }))
  sandbox = await sandboxOn(platform.url)
  provider = restProvider(sandbox.url)
})
afterAll(async () => {
  await provider.close()
  await sandbox.close()
  await platform.close()
})
beforeEach(async () => {
  await tell([])
  platform.callbacks.splice(0)
  platform.refused.splice(0)
})

async function admin(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${sandbox.url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  expect(response.status).toBe(200)
  return response.json()
}

const tell = (rules: { fault: Fault | 'any'; count?: number; share?: number; operations?: string[] }[]) =>
  admin('PUT', '/admin/faults', rules)

const within = (ms: number): Call => ({ deadlineAtMs: Date.now() + ms })

/** Asks until the round has come to an end, as the platform does with a bet in doubt. */
const ended = (bet: BetRequest) =>
  waitFor(async () => {
    const outcome = await provider.adapter.roundResult(queryOf(bet), within(5_000))
    if (outcome.class !== 'SUCCESS') return undefined
    const { round, bet: state } = outcome.value
    return round === 'CLOSED' || state === 'CANCELLED' ? outcome.value : undefined
  })

const callbacksOf = (bet: BetRequest, count = 1) =>
  waitFor(() => {
    const found = platform.callbacks.filter(({ betTransactionId }) => betTransactionId === bet.transactionId)
    return found.length >= count ? found : undefined
  })

interface Row {
  round_id: string
  bets: string
  wins: string
  rollbacks: string
}

const bookOf = async (bet: BetRequest): Promise<Row | undefined> => {
  const { data } = (await admin('GET', `/books/ocasino/rounds?partner_id=${PARTNER}`)) as { data: Row[] }
  return data.find(({ round_id: id }) => id === bet.roundId)
}

describe('a round without faults', () => {
  it('is bet on, told of by callback, and told the same when asked', async () => {
    const bet = newBet()
    expect(await provider.adapter.placeBet(bet, within(5_000))).toMatchObject({ class: 'SUCCESS' })
    const [callback] = await callbacksOf(bet)
    const state = await ended(bet)
    expect(callback).toMatchObject({
      kind: 'ROUND_RESULT',
      partnerId: PARTNER,
      playerId: bet.playerId,
      roundId: bet.roundId,
      betTransactionId: bet.transactionId,
      closesRound: true,
      wins: state.wins,
    })
    expect(state).toMatchObject({ bet: 'ACCEPTED', round: 'CLOSED' })
  })

  it('games are listed, one is launched, one that is off is not', async () => {
    const games = await provider.adapter.listGames(within(5_000))
    expect(games).toMatchObject({ class: 'SUCCESS' })
    if (games.class !== 'SUCCESS') return
    expect(games.value.map(({ gameCode, status }) => [gameCode, status])).toContainEqual([GAME, 'active'])
    const launch = {
      ...newBet(),
      currency: 'EUR',
      sessionToken: 'token-1',
      language: 'de',
      returnUrl: null,
      ipAddress: null,
      device: 'desktop' as const,
    }
    const launched = await provider.adapter.launch(launch, within(5_000))
    expect(launched).toMatchObject({ class: 'SUCCESS', value: { url: expect.stringContaining('token-1') } })
    expect(
      await provider.adapter.launch({ ...launch, gameCode: 'oc-old-wheel' }, within(5_000)),
    ).toMatchObject({ class: 'REJECT', reason: 'GAME_NOT_AVAILABLE' })
  })

  it('the same bet again is the same bet; another one under its id is refused', async () => {
    const bet = newBet()
    await provider.adapter.placeBet(bet, within(5_000))
    expect(await provider.adapter.placeBet(bet, within(5_000))).toMatchObject({ value: { replayed: true } })
    const other = { ...bet, stake: { units: 10n, currency: 'EUR' } }
    expect(await provider.adapter.placeBet(other, within(5_000))).toMatchObject({
      class: 'REJECT',
      reason: 'TRANSACTION_CONFLICT',
    })
    await ended(bet)
    expect(await bookOf(bet)).toMatchObject({ bets: '10.5000' })
  })

  it('a bet that was kept out before it came is refused for good', async () => {
    const bet = newBet()
    const cancel = { ...queryOf(bet), reason: 'TIMEOUT' }
    expect(await provider.adapter.cancelBet(cancel, within(5_000))).toMatchObject({
      value: { was: 'NEVER_PLACED' },
    })
    expect(await provider.adapter.placeBet(bet, within(5_000))).toMatchObject({
      class: 'REJECT',
      reason: 'BET_CANCELLED',
    })
    expect(await provider.adapter.cancelBet(cancel, within(5_000))).toMatchObject({
      value: { was: 'CANCELLED_BEFORE' },
    })
    expect(await bookOf(bet)).toMatchObject({ bets: '0.0000', wins: '0.0000', rollbacks: '0.0000' })
  })

  it('a bet with its result can not be cancelled any more', async () => {
    const bet = newBet()
    await provider.adapter.placeBet(bet, within(5_000))
    await ended(bet)
    const outcome = await provider.adapter.cancelBet({ ...queryOf(bet), reason: 'TIMEOUT' }, within(5_000))
    expect(outcome).toMatchObject({ class: 'REJECT', reason: 'BET_SETTLED' })
  })

  it('the same seed gives the same bets the same results', async () => {
    const again = await sandboxOn(platform.url)
    const other = restProvider(again.url, 'ocasino-2')
    const results = async (by: ConnectedProvider) => {
      const states = []
      for (let at = 0; at < 20; at++) {
        const bet = { ...newBet(), transactionId: `same-${at}`, roundId: `same-${at}` }
        await by.adapter.placeBet(bet, within(5_000))
        const state = await waitFor(async () => {
          const outcome = await by.adapter.roundResult(queryOf(bet), within(5_000))
          return outcome.class === 'SUCCESS' && outcome.value.round === 'CLOSED' ? outcome.value : undefined
        })
        states.push(state.wins.map(({ amount }) => amount))
      }
      return states
    }
    expect(await results(other)).toEqual(await results(provider))
    await other.close()
    await again.close()
  })
})

describe('an answer that goes wrong', () => {
  it.each(['hang-after', 'reset-after', 'error-after', 'garbage-after'] as const)(
    '%s: the bet stands, and the repetition says so',
    async (fault) => {
      await tell([{ fault, count: 1, operations: ['bet'] }])
      const bet = newBet()
      expect(await provider.adapter.placeBet(bet, within(5_000))).toMatchObject({
        class: 'SUCCESS',
        value: { replayed: true },
      })
      await ended(bet)
      expect(await bookOf(bet)).toMatchObject({ bets: '10.5000', rollbacks: '0.0000' })
    },
  )

  it.each(['hang', 'error', 'outage'] as const)(
    '%s: the bet was not taken, and the repetition is the first',
    async (fault) => {
      await tell([{ fault, count: 1, operations: ['bet'] }])
      expect(await provider.adapter.placeBet(newBet(), within(5_000))).toMatchObject({
        class: 'SUCCESS',
        value: { replayed: false },
      })
    },
  )

  it('refuse: final, and so for a repetition', async () => {
    await tell([{ fault: 'refuse', count: 1 }])
    const bet = newBet()
    for (let times = 0; times < 2; times++)
      expect(await provider.adapter.placeBet(bet, within(5_000))).toMatchObject({ class: 'REJECT' })
    expect(await bookOf(bet)).toBeUndefined()
  })

  it('slow: answered in time', async () => {
    await tell([{ fault: 'slow', count: 1, operations: ['bet'] }])
    expect(await provider.adapter.placeBet(newBet(), within(5_000))).toMatchObject({ class: 'SUCCESS' })
  })

  it('a bet without any answer is in doubt, and a cancellation ends the doubt', async () => {
    await admin('PUT', '/admin/settings', { result_delay_ms: 60_000 })
    await tell([{ fault: 'hang-after', operations: ['bet'] }])
    const bet = newBet()
    const placed = await provider.adapter.placeBet(bet, within(ATTEMPT_MS))
    expect(placed).toMatchObject({ class: 'UNCERTAIN', sent: true })
    const cancelled = await provider.adapter.cancelBet({ ...queryOf(bet), reason: 'TIMEOUT' }, within(5_000))
    expect(cancelled).toMatchObject({ class: 'SUCCESS', value: { was: 'PLACED' } })
    expect(await bookOf(bet)).toMatchObject({ bets: '10.5000', rollbacks: '10.5000' })
    await admin('PUT', '/admin/settings', { result_delay_ms: 1 })
  })
})

describe('a result that goes wrong', () => {
  const betUnder = async (fault: Fault): Promise<{ bet: BetRequest; placed: object }> => {
    await tell([{ fault, count: 1, operations: ['bet'] }])
    const bet = newBet()
    return { bet, placed: await provider.adapter.placeBet(bet, within(5_000)) }
  }

  it('callback-first: the result is there before the answer to the bet', async () => {
    const { bet, placed } = await betUnder('callback-first')
    expect(platform.callbacks.map(({ betTransactionId }) => betTransactionId)).toContain(bet.transactionId)
    expect(placed).toMatchObject({ class: 'SUCCESS' })
  })

  it('callback-twice: the same message again', async () => {
    const { bet } = await betUnder('callback-twice')
    const [one, two] = await callbacksOf(bet, 2)
    expect(one).toEqual(two)
  })

  it('callback-late: the round is known by asking before it is told', async () => {
    const { bet } = await betUnder('callback-late')
    await ended(bet)
    await callbacksOf(bet)
  })

  it('callback-lost: the round is known by asking alone', async () => {
    const { bet } = await betUnder('callback-lost')
    expect(await ended(bet)).toMatchObject({ round: 'CLOSED' })
    expect(await admin('GET', '/admin/state')).toMatchObject({ callbacks: { pending: 0 } })
    expect(platform.callbacks.filter((each) => each.betTransactionId === bet.transactionId)).toEqual([])
  })

  it('bad-signature: the forgery is turned away, and the result comes after it', async () => {
    const { bet } = await betUnder('bad-signature')
    const [callback] = await callbacksOf(bet)
    expect(platform.refused).toEqual(['BAD_SIGNATURE'])
    expect(callback?.callbackId).not.toMatch(/^forged/)
    expect(await admin('GET', '/admin/state')).toMatchObject({ callbacks: { forgeriesTaken: 0 } })
  })

  it('rollback-first: the stake is given back before the bet is answered, which is then refused', async () => {
    const { bet, placed } = await betUnder('rollback-first')
    expect(platform.callbacks).toMatchObject([{ kind: 'BET_CANCELLED', betTransactionId: bet.transactionId }])
    expect(placed).toMatchObject({ class: 'REJECT', reason: 'BET_CANCELLED' })
    expect(await ended(bet)).toMatchObject({ bet: 'CANCELLED' })
  })

  it('void-after: the bet is taken, and given back later', async () => {
    const { bet, placed } = await betUnder('void-after')
    expect(placed).toMatchObject({ class: 'SUCCESS' })
    expect(await callbacksOf(bet)).toMatchObject([{ kind: 'BET_CANCELLED' }])
    expect(await bookOf(bet)).toMatchObject({ bets: '10.5000', rollbacks: '10.5000', wins: '0.0000' })
  })

  it('a callback is sent again until it is taken, and not after it was refused for good', async () => {
    const later = provider.adapter.answerCallback({ took: 'LATER', code: 'SERVICE_UNAVAILABLE' })
    platform.answers.push(later, later, provider.adapter.answerCallback({ took: 'REFUSED', code: 'NO' }))
    const { bet } = await betUnder('slow')
    await callbacksOf(bet, 3)
    await waitFor(async () => {
      const state = (await admin('GET', '/admin/state')) as { callbacks: { pending: number } }
      return state.callbacks.pending === 0
    })
    expect(await callbacksOf(bet)).toHaveLength(3)
  })
})

describe('the books', () => {
  it('as a file by round hold each round once, refused bets in none', async () => {
    const response = await fetch(`${sandbox.url}/books/ocasino/rounds.csv?partner_id=${PARTNER}`)
    const [header, ...rows] = (await response.text()).trimEnd().split('\n')
    expect(header).toBe('round_id,player_id,currency,bets,wins,rollbacks')
    expect(new Set(rows).size).toBe(rows.length)
    const nobody = await fetch(`${sandbox.url}/books/ocasino/rounds.csv?partner_id=nobody`)
    expect((await nobody.text()).trimEnd()).toBe(header)
  })

  it('every fault is one that a test above asks for, or that follows from `any`', async () => {
    expect(await admin('GET', '/admin/faults')).toEqual({ faults: FAULTS })
    const { faults } = (await admin('GET', '/admin/state')) as { faults: Record<string, number> }
    expect(Object.keys(faults).sort()).toEqual([...FAULTS].sort())
  })

  it('a header asks for the fault of one request, and only where it suits', async () => {
    const ask = async (fault: string): Promise<number> => {
      const headers = { 'x-ocasino-key': API_KEY, 'x-sandbox-fault': fault }
      const response = await fetch(`${sandbox.url}${OCASINO_PREFIX}/games`, { headers })
      return response.status
    }
    expect([await ask('error'), await ask('outage'), await ask('callback-lost'), await ask('none')]).toEqual([
      500, 503, 200, 200,
    ])
  })

  it('a rule that can not be is refused', async () => {
    for (const rules of [[{ fault: 'explode' }], [{ fault: 'hang', share: 2 }], {}]) {
      const response = await fetch(`${sandbox.url}/admin/faults`, {
        method: 'PUT',
        body: JSON.stringify(rules),
      })
      expect(response.status).toBe(400)
    }
  })
})

describe('a provider that hangs', () => {
  it('costs the bets at another provider nothing, and is not asked for a while', async () => {
    const healthy = await sandboxOn(platform.url)
    const other = restProvider(healthy.url, 'healthy', 3_000)
    await tell([{ fault: 'hang', operations: ['bet'] }])
    const hanging = Promise.all(
      Array.from({ length: 200 }, () => provider.adapter.placeBet(newBet(), within(3_000))),
    )
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => other.adapter.placeBet(newBet(), within(3_000))),
    )
    expect(outcomes.map((outcome) => outcome.class)).toEqual(outcomes.map(() => 'SUCCESS'))
    expect(other.adapter.health()).toMatchObject({ circuit: 'closed', lastFailure: null })
    expect((await hanging).every((outcome) => outcome.class === 'UNCERTAIN')).toBe(true)
    expect(provider.adapter.health().circuit).not.toBe('closed')
    await other.close()
    await healthy.close()
  })
})

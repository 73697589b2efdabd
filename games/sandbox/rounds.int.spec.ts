/** The sandbox's seamless side, playing on a wallet over real HTTP: both sides keep books, and they agree. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PartnerId, PlayerId } from '../../domain/ids.ts'
import { parseAmount } from '../../domain/money.ts'
import { connectProvider } from '../create-adapter.ts'
import type { ConnectedProvider } from '../create-adapter.ts'
import { createProviderMetrics } from '../resilience/metrics.ts'
import { hmacSigner, hmacVerifier } from '../seamless/signature.ts'
import { MemoryWallet } from '../testing/memory-wallet.ts'
import { Registry } from '@prometheus-io/client'
import type { WalletOrder, WalletOrderResult } from '../adapter.ts'
import { SEAMLESS_PREFIX, startSandbox } from './server.ts'
import type { Sandbox } from './server.ts'
import { defaultSettings } from './settings.ts'
import { startTestPlatform } from './testing/platform.ts'
import type { TestPlatform } from './testing/platform.ts'

const PLAYER = {
  partnerId: '0198c2a0-0000-7000-8000-000000000001' as PartnerId,
  playerId: 'spieler-ä' as PlayerId,
}
const OPENING = 100_000_000n

let platform: TestPlatform
let sandbox: Sandbox
let provider: ConnectedProvider
let wallet: MemoryWallet

beforeAll(async () => {
  platform = await startTestPlatform(() =>
    provider.integrationType === 'seamless' ? { seamless: { adapter: provider.adapter, wallet } } : {},
  )
  sandbox = await startSandbox(
    {
      seed: 'a seed',
      apiKey: 'unused',
      webhookSecret: 'unused',
      seamless: {
        profile: 'studio',
        sign: hmacSigner('secret-of-the-calls'),
        verify: hmacVerifier(['secret-of-the-platform']),
      },
      settings: defaultSettings({
        callback_url: `${platform.url}/ocasino/round-result`,
        wallet_url: `${platform.url}/seamless`,
      }),
    },
    0,
  )
  provider = connectProvider(
    {
      providerId: 'demo',
      integrationType: 'seamless',
      endpoint: `${sandbox.url}${SEAMLESS_PREFIX}`,
      credentials: { webhook_secret: 'secret-of-the-calls', api_secret: 'secret-of-the-platform' },
      timeoutMs: 2_000,
      profile: 'studio',
    },
    createProviderMetrics(new Registry()),
  )
})
afterAll(async () => {
  await provider.close()
  await sandbox.close()
  await platform.close()
})

/** A wallet that loses every so many answers after it has carried the order out. */
class ForgetfulWallet extends MemoryWallet {
  #calls = 0
  override async execute(order: WalletOrder): Promise<WalletOrderResult> {
    const result = await super.execute(order)
    this.#calls++
    if (this.#calls % 5 === 0) throw new Error('the answer is lost')
    return result
  }
}

function seat(made: MemoryWallet): void {
  wallet = made
  wallet.balances.set(MemoryWallet.key(PLAYER, 'EUR'), OPENING)
  wallet.sessions.set('token-1', { ...PLAYER, currency: 'EUR', gameCode: 'sw-harbour-gold', expired: false })
}
beforeEach(() => seat(new MemoryWallet()))

const play = async (body: object): Promise<{ status: number; played: Record<string, unknown> }> => {
  const response = await fetch(`${sandbox.url}/admin/seamless/rounds`, {
    method: 'POST',
    body: JSON.stringify({ token: 'token-1', stake: '1.50', ...body }),
  })
  return { status: response.status, played: (await response.json()) as Record<string, unknown> }
}

const unitsOf = (text: string): bigint => {
  const parsed = parseAmount(text)
  if (!parsed.ok) throw new Error(text)
  return parsed.units
}

/** What the sandbox's books say that the player has gained, over rounds of one series. */
async function gainOf(series: string): Promise<bigint> {
  const response = await fetch(`${sandbox.url}/books/seamless/rounds.csv?partner_id=${PLAYER.partnerId}`)
  const [, ...rows] = (await response.text()).trimEnd().split('\n')
  return rows
    .map((row) => row.split(','))
    .filter(([round = '']) => round.startsWith(`${series}-`))
    .map(([, , , bets = '', wins = '', rollbacks = '']) => unitsOf(wins) + unitsOf(rollbacks) - unitsOf(bets))
    .reduce((sum, gain) => sum + gain, 0n)
}

const gained = (): bigint => (wallet.balances.get(MemoryWallet.key(PLAYER, 'EUR')) ?? 0n) - OPENING

describe('rounds on a wallet', () => {
  it('end with the same money on both sides, whatever goes wrong in them', async () => {
    const { played } = await play({ rounds: 120, twisted: 0.6, series: 'twisted' })
    expect(played).toMatchObject({ rounds: 120, faults: [] })
    expect(Object.keys(played['twisted'] as object).sort()).toEqual([
      'bad-signature',
      'bet-twice',
      'rollback-after',
      'rollback-first',
      'win-twice',
    ])
    expect(await gainOf('twisted')).toBe(gained())
  })

  it('end so too where the wallet loses answers: what is in doubt is rolled back, or sent until it is taken', async () => {
    seat(new ForgetfulWallet())
    const { played } = await play({ rounds: 40, series: 'lossy' })
    expect(played).toMatchObject({ rounds: 40, faults: [] })
    expect(Number(played['rolledBack'])).toBeGreaterThan(0)
    expect(await gainOf('lossy')).toBe(gained())
  })

  it('are not played without a session', async () => {
    expect(await play({ rounds: 1, token: 'nobody' })).toMatchObject({
      status: 502,
      played: { error: 'the token opens no session: ERROR_TOKEN' },
    })
    expect(await play({ rounds: 0 })).toMatchObject({ status: 400 })
  })
})

describe('the platform at the sandbox', () => {
  const call = () => ({ deadlineAtMs: Date.now() + 2_000 })

  it('is told the games, and launches one', async () => {
    const games = await provider.adapter.listGames(call())
    expect(games).toMatchObject({ class: 'SUCCESS' })
    const launch = {
      ...PLAYER,
      gameCode: 'sw-harbour-gold',
      currency: 'EUR',
      sessionToken: 'token-1',
      language: 'de',
      returnUrl: null,
      ipAddress: null,
      device: 'mobile' as const,
    }
    expect(await provider.adapter.launch(launch, call())).toMatchObject({ class: 'SUCCESS' })
    expect(await provider.adapter.launch({ ...launch, gameCode: 'sw-old-wheel' }, call())).toMatchObject({
      class: 'REJECT',
      reason: 'GAME_NOT_AVAILABLE',
    })
  })
})

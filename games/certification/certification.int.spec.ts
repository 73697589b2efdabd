/**
 * The cases against a wallet that keeps the contract, on real HTTP through the adapter, in both profiles; and against wallets that
 * each break one rule: a case that can't fail shows nothing.
 */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PartnerId, PlayerId } from '../../domain/ids.ts'
import type { SeamlessGameAdapter, WalletOrder, WalletOrderResult } from '../adapter.ts'
import { createOcasinoAdapter } from '../ocasino/adapter.ts'
import { playerRef } from '../player-ref.ts'
import { createSeamlessClient } from '../sandbox/seamless-client.ts'
import { startTestPlatform } from '../sandbox/testing/platform.ts'
import type { TestPlatform } from '../sandbox/testing/platform.ts'
import { createSeamlessAdapter } from '../seamless/adapter.ts'
import { PROFILES } from '../seamless/profile.ts'
import type { ProfileName, SeamlessProfile } from '../seamless/profile.ts'
import { hmacSigner, rsaSigner } from '../seamless/signature.ts'
import { MemoryWallet } from '../testing/memory-wallet.ts'
import { CALLBACK_CASES } from './callback-cases.ts'
import { certify, takeSeat } from './certify.ts'
import type { CaseResult } from './certify.ts'
import { Seat } from './seat.ts'
import { WALLET_CASES } from './wallet-cases.ts'

const PLAYER = {
  partnerId: '0198c2a0-0000-7000-8000-000000000001' as PartnerId,
  playerId: 'certified' as PlayerId,
}
const SECRET = 'secret-of-the-calls'
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const credentials = {
  webhook_secret: SECRET,
  provider_public_key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
}

let platform: TestPlatform
let wallet: MemoryWallet
let profile: SeamlessProfile

const adapterOf = (): SeamlessGameAdapter =>
  createSeamlessAdapter({
    account: { providerId: 'demo', credentials },
    profile,
    http: { send: () => Promise.reject(new Error('a call of the wallet sends nothing')) },
  })

beforeAll(async () => {
  const ocasino = createOcasinoAdapter({
    account: { providerId: 'ocasino', credentials },
    http: { send: () => Promise.reject(new Error('a callback sends nothing')) },
  })
  platform = await startTestPlatform(() => ({ ocasino, seamless: { adapter: adapterOf(), wallet } }))
})
afterAll(() => platform.close())

/** Seats a player with a session and money at a wallet. */
function seated(made: MemoryWallet, name: ProfileName): Seat {
  wallet = made
  profile = PROFILES[name]
  wallet.balances.set(MemoryWallet.key(PLAYER, 'EUR'), 10_000_000n)
  wallet.sessions.set('token-1', { ...PLAYER, currency: 'EUR', gameCode: 'g', expired: false })
  const sign = profile.signature === 'RSA_SHA256' ? rsaSigner(privateKey) : hmacSigner(SECRET)
  const client = createSeamlessClient(() => `${platform.url}/seamless`, sign)
  const stake = 10n ** BigInt(profile.exponent)
  return new Seat({ client, profile, token: 'token-1', game: 'g', stake, run: randomUUID() })
}

async function certified(made: MemoryWallet, name: ProfileName): Promise<CaseResult[]> {
  const seat = seated(made, name)
  await takeSeat(seat)
  const results = await certify(WALLET_CASES, seat)
  await seat.client.close()
  return results
}

const failedIn = (results: CaseResult[]): string[] =>
  results.filter(({ passed }) => !passed).map(({ id }) => id)

describe.each(['standard', 'aggregator', 'studio'] as const)('the profile %s', (name) => {
  it('passes every case on a wallet that keeps the contract', async () => {
    const results = await certified(new MemoryWallet(), name)
    expect(results.filter(({ passed }) => !passed)).toEqual([])
    expect(results).toHaveLength(WALLET_CASES.length)
  })
})

/** A wallet that breaks a rule where `broken` says so. */
const breaking = (
  broken: (wallet: MemoryWallet, order: WalletOrder) => WalletOrderResult | undefined,
): MemoryWallet =>
  new (class extends MemoryWallet {
    override decide(order: WalletOrder): WalletOrderResult {
      return broken(this, order) ?? super.decide(order)
    }
  })()

const keyOf = (order: WalletOrder): string => MemoryWallet.key(order, order.currency)
const add = (of: MemoryWallet, order: WalletOrder, units: bigint): void =>
  void of.balances.set(keyOf(order), (of.balances.get(keyOf(order)) ?? 0n) + units)
const nextId = (order: WalletOrder): WalletOrder => ({
  ...order,
  transactionIdPartner: `${order.transactionIdPartner}-${randomUUID()}`,
})

const BROKEN: readonly [what: string, wallet: () => MemoryWallet, failing: readonly string[]][] = [
  [
    'takes each repetition for a new bet',
    () => {
      const inner = new MemoryWallet()
      return breaking((outer, order) => {
        if (order.type !== 'BET') return undefined
        inner.balances.set(keyOf(order), outer.balances.get(keyOf(order)) ?? 0n)
        const result = inner.decide(nextId(order))
        outer.balances.set(keyOf(order), inner.balances.get(keyOf(order)) ?? 0n)
        return result
      })
    },
    ['bet-repeated', 'bet-conflict', 'bet-concurrent'],
  ],
  [
    'gives a stake back as often as it is asked',
    () => {
      const stakes = new Map<string, bigint>()
      return breaking((of, order) => {
        if (order.type === 'BET') stakes.set(order.transactionIdPartner, order.amount ?? 0n)
        const stake = stakes.get(order.referenceTransactionIdPartner ?? '')
        if (order.type !== 'ROLLBACK' || stake === undefined) return undefined
        add(of, order, stake)
        return { kind: 'APPLIED', transactionId: 'x', replayed: false, balance: 0n, unknownBet: false }
      })
    },
    ['rollback', 'rollback-refused-bet', 'rollback-settled-bet'],
  ],
  [
    'leaves no tombstone',
    () => {
      const bets = new Set<string>()
      return breaking((of, order) => {
        if (order.type === 'BET') bets.add(order.transactionIdPartner)
        if (order.type !== 'ROLLBACK' || bets.has(order.referenceTransactionIdPartner ?? '')) return undefined
        const balance = of.balances.get(keyOf(order)) ?? 0n
        return { kind: 'APPLIED', transactionId: 'x', replayed: false, balance, unknownBet: true }
      })
    },
    ['rollback-first'],
  ],
  [
    'pays wins without a bet',
    () =>
      breaking((of, order) =>
        order.winType === 'STANDARD' ? of.decide({ ...order, winType: 'BONUS' }) : undefined,
      ),
    ['win-before-bet', 'win-rolled-back-bet'],
  ],
]

describe('a wallet that breaks a rule', () => {
  it.each(BROKEN)('%s: is found out', async (_, made, failing) => {
    expect(failedIn(await certified(made(), 'aggregator'))).toEqual(expect.arrayContaining([...failing]))
  })
})

describe('a seat that can not be played from', () => {
  it('is said before any case', async () => {
    const seat = seated(new MemoryWallet(), 'studio')
    wallet.sessions.clear()
    await expect(takeSeat(seat)).rejects.toThrow('the token opens no session')
    await seat.client.close()
  })

  it('also where there is too little money', async () => {
    const seat = seated(new MemoryWallet(), 'studio')
    wallet.balances.set(MemoryWallet.key(PLAYER, 'EUR'), 1n)
    await expect(takeSeat(seat)).rejects.toThrow('does not hold')
    await seat.client.close()
  })
})

describe('OCasino’s callbacks', () => {
  const target = () => ({
    url: `${platform.url}/ocasino/round-result`,
    secret: SECRET,
    player: playerRef(PLAYER),
    currency: 'EUR',
    game: 'oc-harbour-gold',
  })

  it('pass every case where the adapter verifies them', async () => {
    const results = await certify(CALLBACK_CASES, target())
    expect(results.filter(({ passed }) => !passed)).toEqual([])
    expect(platform.callbacks).toEqual([])
  })

  it('fail every case where nobody verifies them', async () => {
    const results = await certify(CALLBACK_CASES, { ...target(), url: `${platform.url}/nowhere` })
    expect(failedIn(results)).toEqual(CALLBACK_CASES.map(({ id }) => id))
  })
})

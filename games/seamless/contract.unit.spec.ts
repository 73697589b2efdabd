import { describe, expect, it } from 'vitest'
import type { SeamlessGameAdapter, WalletPort } from '../adapter.ts'
import { describeContract } from '../testing/contract.ts'
import { readRecorded, revived } from '../testing/recorded.ts'
import type { RecordedCall } from '../testing/recorded.ts'
import { createSeamlessAdapter } from './adapter.ts'
import { PROFILES } from './profile.ts'

const recorded = readRecorded('seamless')
const nothing = { send: () => Promise.reject(new Error('a call of the wallet sends nothing')) }

const adapterOf = (profile: RecordedCall['profile']): SeamlessGameAdapter =>
  createSeamlessAdapter({
    account: { providerId: 'demo', credentials: recorded.credentials },
    profile: PROFILES[profile],
    http: nothing,
  })

describeContract('seamless', {
  recorded,
  make: (http, credentials) =>
    createSeamlessAdapter({ account: { providerId: 'demo', credentials }, profile: PROFILES.studio, http }),
})

/** A wallet that answers what was recorded, and remembers what it was asked to do. */
function recordedWallet({ wallet, body }: RecordedCall): { port: WalletPort; orders: unknown[] } {
  const orders: unknown[] = []
  const { session, balance, result } = revived(wallet) as {
    session?: Awaited<ReturnType<WalletPort['resolveSession']>>
    balance?: bigint
    result?: Awaited<ReturnType<WalletPort['execute']>>
  }
  return {
    orders,
    port: {
      execute: (order) => {
        orders.push(order)
        return result === undefined ? Promise.reject(new Error('not expected')) : Promise.resolve(result)
      },
      balance: () => Promise.resolve(balance),
      resolveSession: (token) =>
        Promise.resolve(body.includes('token-1') && token === 'token-1' ? session : undefined),
    },
  }
}

describe('seamless: recorded calls of the wallet', () => {
  it.each(recorded.calls ?? [])('$name', async (call) => {
    const { port, orders } = recordedWallet(call)
    const answer = await adapterOf(call.profile).answerCall(
      { path: call.path, headers: call.headers, body: Buffer.from(call.body), receivedAtMs: 0 },
      port,
    )
    expect(orders).toEqual(revived(call.orders))
    expect(answer.status).toBe(call.answer.status)
    // A text where JSON's own parser would lose digits.
    if (typeof call.answer.body === 'string') expect(answer.body).toBe(call.answer.body)
    else expect(JSON.parse(answer.body)).toEqual(call.answer.body)
  })

  it('a wallet that fails is a fault of the network to the provider', async () => {
    const call = recorded.calls?.find(({ name }) => name === 'studio: a bet')
    if (call === undefined) throw new Error('the example is gone')
    const { port } = recordedWallet(call)
    const failing = { ...port, execute: () => Promise.reject(new Error('down')) }
    const asked = { path: call.path, headers: call.headers, body: Buffer.from(call.body), receivedAtMs: 0 }
    await expect(adapterOf('studio').answerCall(asked, failing)).rejects.toThrow('down')
  })
})

/** What is converted at the edge: amounts, players, times, keys. */
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { AMOUNT_UNITS_MAX } from '../domain/money.ts'
import { isPlayerId } from '../domain/ids.ts'
import type { PartnerId } from '../domain/ids.ts'
import { createProviderHttp } from './http.ts'
import { instantOf, localTime } from './ocasino/wire.ts'
import { parsePlayerRef, playerRef } from './player-ref.ts'
import { EXPONENT_MAX, fromScaled, toScaled, toScaledFloor } from './scaled-amount.ts'
import { createSeamlessAdapter } from './seamless/adapter.ts'
import { PROFILES } from './seamless/profile.ts'
import { hmacVerifier, rsaSigner, rsaVerifier, signerOf, verifierOf } from './seamless/signature.ts'
import { answerJson, startScriptedProvider } from './testing/scripted-provider.ts'

const units = fc.bigInt({ min: 0n, max: AMOUNT_UNITS_MAX })
const exponent = fc.integer({ min: 0, max: EXPONENT_MAX })

describe('amounts', () => {
  test('what can be said is read back, to the last unit', () => {
    fc.assert(
      fc.property(units, exponent, (amount, scale) => {
        const said = toScaled(amount, scale)
        if (said !== undefined) expect(fromScaled(said, scale)).toBe(amount)
        else expect(amount % 10n ** BigInt(4 - scale)).not.toBe(0n)
      }),
    )
  })

  test('a balance is never said too high', () => {
    fc.assert(
      fc.property(units, fc.integer({ min: 0, max: 4 }), (amount, scale) => {
        const said = fromScaled(toScaledFloor(amount, scale), scale) ?? -1n
        expect(said <= amount && amount - said < 10n ** BigInt(4 - scale)).toBe(true)
      }),
    )
  })

  it.each(['', '-1', '+1', '01', '1.0', '1e3', ' 1', '1 ', '0x1', '١', '1'.repeat(31)])(
    'refuses "%s"',
    (text) => expect(fromScaled(text, 2)).toBeUndefined(),
  )

  it('refuses what NUMERIC(19,4) does not hold', () => {
    expect(fromScaled(String(10n ** 17n), 2)).toBeUndefined()
    expect(fromScaled(String(10n ** 17n - 1n), 2)).toBe((10n ** 17n - 1n) * 100n)
    expect(fromScaled('100001', 5)).toBeUndefined()
  })
})

describe('players', () => {
  const partnerId = '0198c2a0-0000-7000-8000-000000000001' as PartnerId

  test('each has one name, in ASCII without blanks, and is found by it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }).filter(isPlayerId), (id) => {
        const ref = playerRef({ partnerId, playerId: id })
        expect(ref).toMatch(/^[\x21-\x7e]+$/)
        expect(parsePlayerRef(ref)).toEqual({ partnerId, playerId: id })
      }),
    )
  })

  it.each([
    'anna',
    '0198c2a000007000800000000000000:anna',
    '0198C2A0000070008000000000000001:anna',
    '0198c2a0000070008000000000000001:',
    '0198c2a0000070008000000000000001:a/b',
    '0198c2a0000070008000000000000001:%61nna',
    '0198c2a0000070008000000000000001:%',
    '00000000000000000000000000000000:anna',
  ])('nobody is %s', (text) => expect(parsePlayerRef(text)).toBeUndefined())
})

describe('OCasino’s times', () => {
  it('are those of its head office, in summer and winter', () => {
    expect(localTime(Date.parse('2026-01-15T12:00:00.999Z'))).toBe('2026-01-15 13:00:00')
    expect(localTime(Date.parse('2026-07-15T12:00:00Z'))).toBe('2026-07-15 14:00:00')
  })

  it('are read back to the second, but for the hour that comes twice', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }), (seconds) => {
        const read = instantOf(localTime(seconds * 1_000))
        expect([seconds * 1_000, (seconds - 3_600) * 1_000]).toContain(read)
      }),
    )
    expect(instantOf('2026-10-25 02:30:00')).toBe(Date.parse('2026-10-25T00:30:00Z'))
  })
})

describe('keys of seamless providers', () => {
  const pair = () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    return {
      publicKey,
      privateKey,
      spki: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
      pkcs8: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    }
  }
  const one = pair()
  const two = pair()
  const body = Buffer.from('{"amount":1}')

  it('two are good while one is rotated, and a third is not', () => {
    const verify = verifierOf('RSA_SHA256', {
      provider_public_key: one.spki,
      provider_public_key_previous: two.spki,
    })
    expect(verify?.(body, rsaSigner(one.privateKey)(body))).toBe(true)
    expect(verify?.(body, rsaSigner(two.privateKey)(body))).toBe(true)
    expect(verify?.(body, rsaSigner(pair().privateKey)(body))).toBe(false)
    expect(rsaVerifier([one.publicKey])(body, 'no base64 at all')).toBe(false)
  })

  it('a signature of another length is refused, not thrown at', () => {
    expect(hmacVerifier(['secret'])(body, '')).toBe(false)
    expect(hmacVerifier([])(body, 'AAAA')).toBe(false)
  })

  it('a credential that is no key is an error where the adapter is made', () => {
    expect(() => verifierOf('RSA_SHA256', { provider_public_key: 'AAAA' })).toThrow()
    expect(() => signerOf('RSA_SHA256', { private_key: 'AAAA' })).toThrow()
    expect(verifierOf('RSA_SHA256', {})).toBeUndefined()
  })

  it('what the platform sends under RSA is verified by its public key', async () => {
    const provider = await startScriptedProvider()
    provider.answer = answerJson(200, { games: [] })
    const http = createProviderHttp({ endpoint: provider.endpoint, timeoutMs: 5_000 })
    const adapter = createSeamlessAdapter({
      account: { providerId: 'demo', credentials: { private_key: one.pkcs8 } },
      profile: PROFILES.aggregator,
      http,
    })
    expect(await adapter.listGames({ deadlineAtMs: Date.now() + 5_000 })).toMatchObject({ class: 'SUCCESS' })
    const signature = String(provider.asked[0]?.headers['x-signature'])
    expect(rsaVerifier([one.publicKey])(Buffer.from('/games'), signature)).toBe(true)
    await http.close()
    await provider.close()
  })
})

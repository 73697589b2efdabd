import { createDecipheriv, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AMOUNT_UNITS_MAX } from '../domain/money.ts'
import { createCipher, createRenewableCipher, DecryptionError, keyIdOf } from './encryption.ts'

const key = randomBytes(32)
const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', key]]) })

describe('a sealed value', () => {
  it('has the documented form, which the key opens without this code', () => {
    const stored = cipher.encrypt('10.5000')
    const [keyId, sealed = ''] = stored.split(':')
    const [nonce = '', tag = '', text = ''] = sealed.split('.')
    expect(keyId).toBe('k1')
    expect(Buffer.from(nonce, 'base64')).toHaveLength(12)
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'))
    decipher.setAuthTag(Buffer.from(tag, 'base64'))
    expect(decipher.update(text, 'base64', 'utf8') + decipher.final('utf8')).toBe('10.5000')
  })

  it('gives back any text and any amount', () => {
    const texts = fc.string({ unit: 'binary' })
    const units = fc.bigInt({ min: -AMOUNT_UNITS_MAX, max: AMOUNT_UNITS_MAX })
    fc.assert(
      fc.property(texts, units, (text, amount) => {
        expect(cipher.decrypt(cipher.encrypt(text))).toBe(text)
        expect(cipher.decryptAmount(cipher.encryptAmount(amount))).toBe(amount)
      }),
      { numRuns: 30 },
    )
  })

  it('differs each time, since the nonce does', () => {
    expect(cipher.encrypt('1')).not.toBe(cipher.encrypt('1'))
  })

  it('does not open once any character of it is changed', () => {
    const stored = cipher.encrypt('123.4567')
    for (let at = 0; at < stored.length; at++) {
      const other = stored[at] === 'A' ? 'B' : 'A'
      const changed = stored.slice(0, at) + other + stored.slice(at + 1)
      expect(() => cipher.decrypt(changed), changed).toThrow(DecryptionError)
    }
  })

  it('does not open with another key, nor with a key that the ring has not', () => {
    const stored = cipher.encrypt('1')
    const other = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
    expect(() => other.decrypt(stored)).toThrow(/another key/)
    const without = createCipher({ currentKeyId: 'k2', keys: new Map([['k2', key]]) })
    expect(() => without.decrypt(stored)).toThrow(/no key with the id k1/)
  })

  it('is refused where it has another form', () => {
    for (const text of ['', 'k1', 'k1:', 'k1:a.b', 'a.b.c', 'k1:AAAA.AAAA.AAAA.AAAA', 'k1:*.*.*'])
      expect(() => cipher.decrypt(text), text).toThrow(DecryptionError)
    expect(() => cipher.decryptAmount(cipher.encrypt('ten'))).toThrow(/not an amount/)
  })
})

describe('a key ring', () => {
  it('opens old values after the key was changed, and seals new ones with the new key', () => {
    const stored = cipher.encrypt('1')
    const both = createCipher({
      currentKeyId: 'k2',
      keys: new Map([
        ['k1', key],
        ['k2', randomBytes(32)],
      ]),
    })
    expect(both.decrypt(stored)).toBe('1')
    expect(both.encrypt('1')).toMatch(/^k2:/)
  })

  it('must hold its current key, of 32 bytes, under a plain id', () => {
    expect(() => createCipher({ currentKeyId: 'k2', keys: new Map([['k1', key]]) })).toThrow(
      /not in the ring/,
    )
    expect(() => createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(16)]]) })).toThrow(
      /16 bytes/,
    )
    expect(() => createCipher({ currentKeyId: 'k:1', keys: new Map([['k:1', key]]) })).toThrow(
      /not of the form/,
    )
  })

  it('can be renewed while it is used, and stays as it was where the new one is not valid', () => {
    const renewable = createRenewableCipher({ currentKeyId: 'k1', keys: new Map([['k1', key]]) })
    const stored = renewable.encrypt('1')
    const keys = new Map([
      ['k1', key],
      ['k2', randomBytes(32)],
    ])
    renewable.renew({ currentKeyId: 'k2', keys })
    expect(['k1', 'k2', 'k3'].map((id) => renewable.holds(id))).toEqual([true, true, false])
    expect([renewable.currentKeyId, renewable.decrypt(stored)]).toEqual(['k2', '1'])
    expect(keyIdOf(renewable.encryptAmount(1n))).toBe('k2')
    expect(() => renewable.renew({ currentKeyId: 'k3', keys })).toThrow(/not in the ring/)
    expect(renewable.decryptAmount(renewable.encryptAmount(5n))).toBe(5n)
  })
})

it('tells the key of a value, and nothing of what is none', () => {
  expect([keyIdOf(cipher.encrypt('1')), keyIdOf('k1:AAAA'), keyIdOf('10.5')]).toEqual([
    'k1',
    undefined,
    undefined,
  ])
})

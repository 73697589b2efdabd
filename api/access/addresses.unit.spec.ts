import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { allowList, createCallerAddress, normalNetwork } from './addresses.ts'

describe('a network', () => {
  it.each([
    ['203.0.113.7', '203.0.113.7/32'],
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:DB8::1', '2001:db8::1/128'],
    ['2001:db8:1:2::/32', '2001:db8::/32'],
  ])('%s is %s', (text, normal) => {
    expect(normalNetwork(text)).toBe(normal)
  })

  it.each([
    '',
    'casino.example',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/',
    '10.0.0.1/8/8',
    '010.0.0.1',
    '0x0a000001',
    '10.1',
    '167772161',
    '2001:db8::/129',
    'fe80::1%eth0',
    '10.0.0.0/8 ',
  ])('%j is none', (text) => {
    expect(normalNetwork(text)).toBeUndefined()
  })
})

describe('an allow list', () => {
  it('tells addresses of one family from those of the other', () => {
    const allows = allowList(['0.0.0.0/0'])
    expect(allows('198.51.100.1')).toBe(true)
    expect(allows('::ffff:198.51.100.1')).toBe(true)
    expect(allows('2001:db8::1')).toBe(false)
    expect(allows('nobody')).toBe(false)
  })
})

describe('the caller’s address', () => {
  const requestFrom = (remote: string | undefined, forwarded?: string): IncomingMessage => {
    const socket = new Socket()
    Object.defineProperty(socket, 'remoteAddress', { value: remote })
    const request = new IncomingMessage(socket)
    if (forwarded !== undefined) request.headers['x-forwarded-for'] = forwarded
    return request
  }
  const behind = (...proxies: string[]) => createCallerAddress(proxies)

  it('is that of the connection, whatever a stranger says', () => {
    expect(behind()(requestFrom('198.51.100.1', '203.0.113.7'))).toBe('198.51.100.1')
    expect(behind('10.0.0.0/8')(requestFrom('198.51.100.1', '203.0.113.7'))).toBe('198.51.100.1')
    expect(behind()(requestFrom('::ffff:198.51.100.1'))).toBe('198.51.100.1')
    expect(behind()(requestFrom(undefined))).toBe('')
  })

  it('is what trusted proxies say, from the right, up to the first that is none', () => {
    const address = behind('10.0.0.0/8', '192.0.2.1/32')
    expect(address(requestFrom('10.0.0.1', '203.0.113.7'))).toBe('203.0.113.7')
    expect(address(requestFrom('10.0.0.1', '1.2.3.4, 203.0.113.7'))).toBe('203.0.113.7')
    expect(address(requestFrom('10.0.0.1', '1.2.3.4, 203.0.113.7, 192.0.2.1'))).toBe('203.0.113.7')
    expect(address(requestFrom('10.0.0.1', '2001:db8::1'))).toBe('2001:db8::1')
    expect(address(requestFrom('10.0.0.1', 'forged'))).toBe('')
  })
})

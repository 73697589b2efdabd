/** Where a call comes from, and whether a partner calls from there. */
import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'
import proxyaddr from 'proxy-addr'

type Address = ReturnType<typeof ipaddr.process>
/** First address and length of its prefix. */
type Network = [address: Address, bits: number]

/** An address or a network (CIDR) with nothing set behind its prefix; undefined where the text is neither. */
export function normalNetwork(text: string): string | undefined {
  const parsed = parseNetwork(text)
  if (parsed === undefined) return undefined
  const [address, bits] = parsed
  const first =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${bits}`)
      : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${bits}`)
  return `${first.toString()}/${bits}`
}

/** Short and octal forms of IPv4 are refused: two readers of them may see two addresses. */
const isPlain = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text)

function parseNetwork(text: string): Network | undefined {
  const [addressText = '', bitsText, ...rest] = text.split('/')
  if (rest.length > 0 || addressText.includes('%') || !isPlain(addressText)) return undefined
  const address = ipaddr.parse(addressText)
  const widest = address.kind() === 'ipv4' ? 32 : 128
  if (bitsText === undefined) return [address, widest]
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : Number.NaN
  return bits >= 0 && bits <= widest ? [address, bits] : undefined
}

/** Tells whether an address lies in one of the networks. An IPv4 address counts as itself in its IPv6 form too. */
export function allowList(networks: readonly string[]): (address: string) => boolean {
  const parsed = networks.map(parseNetwork).filter((network) => network !== undefined)
  return (text) => {
    if (!ipaddr.isValid(text)) return false
    const address = ipaddr.process(text)
    return parsed.some(([first, bits]) => first.kind() === address.kind() && address.match(first, bits))
  }
}

/** Answers the caller's address: that of the connection, or what trusted proxies say of it. */
export type CallerAddress = (request: IncomingMessage) => string

/** `X-Forwarded-For` counts from the right, up to the first address that is in none of the trusted networks. */
export function createCallerAddress(trustedProxies: readonly string[]): CallerAddress {
  const trusted = allowList(trustedProxies)
  return (request) => {
    const address = proxyaddr(request, trusted)
    return ipaddr.isValid(address) ? ipaddr.process(address).toString() : ''
  }
}

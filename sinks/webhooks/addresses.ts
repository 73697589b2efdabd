/**
 * Where calls may go: to unicast addresses of the internet, and to networks that the configuration lists. Whoever may name
 * an endpoint could otherwise have the platform call what only the platform reaches.
 */
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

export type Network = ReturnType<typeof ipaddr.parseCIDR>

/** A call that would go where none may go. */
export class AddressRefusedError extends Error {
  override name = 'AddressRefusedError'
}

/** The part of IPv6 that is given out for the internet; what is outside of it and has no name of its own is refused too. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3')

/** An address or network in either form. Throws for a text that is neither. */
export function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text)
  const address = ipaddr.parse(text)
  return [address, address.kind() === 'ipv4' ? 32 : 128]
}

const isWithin = (address: ReturnType<typeof ipaddr.parse>, network: Network): boolean =>
  address.kind() === network[0].kind() && address.match(network)

/** Whether a call may go to an address; a mapped one (::ffff:127.0.0.1) stands for what it maps. */
export function mayCall(text: string, allowed: readonly Network[]): boolean {
  if (isIP(text) === 0) return false
  const address = ipaddr.process(text)
  if (allowed.some((network) => isWithin(address, network))) return true
  if (address.range() !== 'unicast') return false
  return address.kind() === 'ipv4' || isWithin(address, GLOBAL_UNICAST)
}

/** Throws `AddressRefusedError` for a host that is an address where no call may go: such a host is never looked up. */
export function requireCallable(hostname: string, allowed: readonly Network[]): void {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !mayCall(host, allowed)) throw new AddressRefusedError(`${host} is refused`)
}

/**
 * The look-up of a connection. It is asked when the connection is made, and the connection goes to what it answers: a name
 * that resolves otherwise the next time gains nothing. One refused address among several refuses the name.
 */
export const guardedLookup =
  (allowed: readonly Network[]): LookupFunction =>
  (hostname, options, callback) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, [])
      const refused = addresses.find(({ address }) => !mayCall(address, allowed))
      const [first] = addresses
      if (refused !== undefined || first === undefined)
        return callback(new AddressRefusedError(`${hostname} is ${refused?.address}, which is refused`), [])
      return options.all === true ? callback(null, addresses) : callback(null, first.address, first.family)
    })

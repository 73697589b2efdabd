/** Where a schema registry is, and who asks it: user and password stand in its URL, as in those of the stores. */
export interface RegistryAddress {
  /** Without credentials and without a slash at its end: safe to print. */
  base: string
  credentials?: { username: string; password: string }
}

export function registryAddress(url: string): RegistryAddress {
  const parsed = new URL(url)
  const username = decodeURIComponent(parsed.username)
  const password = decodeURIComponent(parsed.password)
  parsed.username = ''
  parsed.password = ''
  const base = parsed.href.replace(/\/+$/, '')
  return username === '' ? { base } : { base, credentials: { username, password } }
}

/** Signatures of seamless calls: over the raw bytes, in base64, in one header. Keys and secrets are lists while one is rotated. */
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  sign as signBytes,
  timingSafeEqual,
  verify as verifyBytes,
} from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { SeamlessProfile } from './profile.ts'

export const SIGNATURE_HEADER = 'x-signature'

/** Checks what the other side has signed. */
export type Verifier = (body: Buffer, signature: string) => boolean
/** Signs what is sent. */
export type Signer = (body: Buffer) => string

/** A public key as a credential holds it: SPKI DER in base64, one line. Throws for anything else. */
export const publicKeyOf = (base64: string): KeyObject =>
  createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })

/** A private key as a credential holds it: PKCS #8 DER in base64, one line. Throws for anything else. */
export const privateKeyOf = (base64: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'pkcs8' })

const hmac = (secret: string, body: Buffer): Buffer => createHmac('sha256', secret).update(body).digest()

export const hmacSigner =
  (secret: string): Signer =>
  (body) =>
    hmac(secret, body).toString('base64')

export const rsaSigner =
  (key: KeyObject): Signer =>
  (body) =>
    signBytes('sha256', body, key).toString('base64')

/** Every secret is tried, so that the time taken does not tell which one fits. */
export const hmacVerifier =
  (secrets: readonly string[]): Verifier =>
  (body, signature) => {
    const given = Buffer.from(signature, 'base64')
    return secrets
      .map((secret) => hmac(secret, body))
      .map((expected) => expected.length === given.length && timingSafeEqual(expected, given))
      .includes(true)
  }

export const rsaVerifier =
  (keys: readonly KeyObject[]): Verifier =>
  (body, signature) =>
    keys.some((key) => verifyBytes('sha256', body, key, Buffer.from(signature, 'base64')))

type Credentials = Readonly<Record<string, string>>

const present = (credentials: Credentials, names: readonly string[]): string[] =>
  names.map((name) => credentials[name] ?? '').filter((value) => value !== '')

/** Undefined where the credential that it needs is missing. Throws for a key that is none. */
export function verifierOf(
  kind: SeamlessProfile['signature'],
  credentials: Credentials,
): Verifier | undefined {
  if (kind === 'HMAC_SHA256') {
    const secrets = present(credentials, ['webhook_secret', 'webhook_secret_previous'])
    return secrets.length === 0 ? undefined : hmacVerifier(secrets)
  }
  const keys = present(credentials, ['provider_public_key', 'provider_public_key_previous'])
  return keys.length === 0 ? undefined : rsaVerifier(keys.map(publicKeyOf))
}

/** Signs what the platform sends. Undefined where the credential that it needs is missing. Throws for a key that is none. */
export function signerOf(kind: SeamlessProfile['signature'], credentials: Credentials): Signer | undefined {
  const [secret] = present(credentials, [kind === 'HMAC_SHA256' ? 'api_secret' : 'private_key'])
  if (secret === undefined) return undefined
  return kind === 'HMAC_SHA256' ? hmacSigner(secret) : rsaSigner(privateKeyOf(secret))
}

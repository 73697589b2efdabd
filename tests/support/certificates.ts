/**
 * An authority of a test's own and certificates that it signs, as PEM: enough of X.509 (RFC 5280, in DER) for TLS on
 * 127.0.0.1, since Node has no call for it and not every machine has openssl. Keys are on P-256.
 */
import { generateKeyPairSync, sign, X509Certificate } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

export interface Certified {
  cert: string
  /** PKCS #8. */
  key: string
}

export interface Authority {
  /** Its own certificate. */
  ca: string
  /** A certificate in this name (CN), for 127.0.0.1 and localhost. */
  issue(name: string): Certified
}

const DAY_MS = 86_400_000
const LONG_FORM = 0x80

const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  bytes: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** Context-specific, of a certificate's version and extensions, and of names of a subject. */
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  ipAddress: 0x87,
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  if (content.length < LONG_FORM) return Buffer.concat([Buffer.of(tag, content.length), content])
  // As few bytes as will do: Java, which writes a certificate anew to verify it, finds another one otherwise.
  const digits = content.length.toString(16)
  const length = Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(tag, LONG_FORM | length.length), length, content])
}

const sequence = (...contents: readonly Buffer[]): Buffer => der(TAG.sequence, ...contents)
/** An object identifier by its bytes: the first two numbers come as one, those from 128 on in groups of seven bits. */
const oid = (hex: string): Buffer => der(TAG.oid, Buffer.from(hex, 'hex'))
const utcTime = (ms: number): Buffer =>
  der(TAG.time, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))

/** 1.2.840.10045.4.3.2, ecdsa-with-SHA256. */
const SIGNATURE = sequence(oid('2a8648ce3d040302'))
/** 2.5.4.3. */
const COMMON_NAME = oid('550403')
/** 2.5.29.19 and 2.5.29.17. */
const BASIC_CONSTRAINTS = oid('551d13')
const SUBJECT_ALT_NAME = oid('551d11')
const TRUE = der(TAG.boolean, Buffer.of(0xff))
const VERSION_3 = der(TAG.version, der(TAG.integer, Buffer.of(2)))

const nameOf = (commonName: string): Buffer =>
  sequence(der(TAG.set, sequence(COMMON_NAME, der(TAG.utf8, Buffer.from(commonName)))))

const IS_AUTHORITY = sequence(BASIC_CONSTRAINTS, TRUE, der(TAG.bytes, sequence(TRUE)))
const IS_HERE = sequence(
  SUBJECT_ALT_NAME,
  der(
    TAG.bytes,
    sequence(der(TAG.dnsName, Buffer.from('localhost')), der(TAG.ipAddress, Buffer.of(127, 0, 0, 1))),
  ),
)

interface Wanted {
  subject: string
  issuer: string
  /** Unique among those of the issuer; below 128. */
  serial: number
  publicKey: KeyObject
  extension: Buffer
}

function certificate({ subject, issuer, serial, publicKey, extension }: Wanted, signer: KeyObject): string {
  const nowMs = Date.now()
  const body = sequence(
    VERSION_3,
    der(TAG.integer, Buffer.of(serial)),
    SIGNATURE,
    nameOf(issuer),
    sequence(utcTime(nowMs - DAY_MS), utcTime(nowMs + DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, sequence(extension)),
  )
  const NO_UNUSED_BITS = Buffer.of(0)
  const signature = der(TAG.bits, NO_UNUSED_BITS, sign('sha256', body, signer))
  return new X509Certificate(sequence(body, SIGNATURE, signature)).toString()
}

const keyPair = (): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Makes an authority; its key is forgotten with it. */
export function createAuthority(commonName: string): Authority {
  const own = keyPair()
  let serial = 1
  const ca = certificate(
    { subject: commonName, issuer: commonName, serial, publicKey: own.publicKey, extension: IS_AUTHORITY },
    own.privateKey,
  )
  return {
    ca,
    issue: (subject) => {
      const { publicKey, privateKey } = keyPair()
      serial++
      const wanted = { subject, issuer: commonName, serial, publicKey, extension: IS_HERE }
      return {
        cert: certificate(wanted, own.privateKey),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

/** How a process reaches Kafka: the one place that reads what the environment says of TLS and SASL. */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { invalidConfig, printableText } from './config.ts'
import type { KafkaConfig } from './config.ts'

type Mechanism = NonNullable<KafkaConfig['KAFKA_SASL_MECHANISM']>
/** As the client names them. */
const MECHANISMS = {
  'SCRAM-SHA-512': 'scram-sha-512',
  'SCRAM-SHA-256': 'scram-sha-256',
  PLAIN: 'plain',
} as const satisfies Record<Mechanism, string>
const DEFAULT_MECHANISM: Mechanism = 'SCRAM-SHA-512'

const SASL_NAMES = [
  'KAFKA_SASL_MECHANISM',
  'KAFKA_USERNAME',
  'KAFKA_PASSWORD',
  'KAFKA_PASSWORD_FILE',
] as const
const SSL_NAMES = ['KAFKA_SSL_CA_FILE', 'KAFKA_SSL_CERT_FILE', 'KAFKA_SSL_KEY_FILE'] as const

export interface KafkaConnection {
  brokers: readonly string[]
  /** PEM texts. Absent: in clear. */
  ssl?: { ca?: string; cert?: string; key?: string }
  /** Absent: anonymous, or whoever the client's certificate names. */
  sasl?: { mechanism: (typeof MECHANISMS)[Mechanism]; username: string; password: string }
}

/**
 * What a Kafka client is made with. Files are read once, here. Throws `ConfigError`, with a line per fault, where the
 * settings contradict one another or a file can't be read; no secret comes to stand in it.
 */
export function kafkaConnection(settings: KafkaConfig): KafkaConnection {
  const faults = faultsOf(settings)
  if (faults.length > 0) throw invalidConfig(faults)
  const { KAFKA_BROKERS: brokers, KAFKA_SECURITY_PROTOCOL: protocol } = settings
  return {
    brokers,
    ...(protocol.endsWith('SSL') ? { ssl: tlsOf(settings) } : {}),
    ...(protocol.startsWith('SASL_') ? { sasl: credentialsOf(settings) } : {}),
  }
}

function faultsOf(settings: KafkaConfig): string[] {
  const { KAFKA_SECURITY_PROTOCOL: protocol } = settings
  const isSet = (name: keyof KafkaConfig): boolean => settings[name] !== undefined
  const unused = [
    ...(protocol.startsWith('SASL_') ? [] : SASL_NAMES),
    ...(protocol.endsWith('SSL') ? [] : SSL_NAMES),
  ].filter(isSet)
  return [
    ...unused.map((name) => `${name}: has no use where KAFKA_SECURITY_PROTOCOL is ${protocol}`),
    ...(protocol.startsWith('SASL_') ? saslFaults(settings) : []),
    ...(isSet('KAFKA_SSL_CERT_FILE') === isSet('KAFKA_SSL_KEY_FILE')
      ? []
      : ['KAFKA_SSL_CERT_FILE: is needed together with KAFKA_SSL_KEY_FILE']),
  ]
}

function saslFaults(settings: KafkaConfig): string[] {
  const { KAFKA_SECURITY_PROTOCOL: protocol, KAFKA_PASSWORD: password, KAFKA_PASSWORD_FILE: file } = settings
  const faults: string[] = []
  if (settings.KAFKA_USERNAME === undefined)
    faults.push(`KAFKA_USERNAME: is needed where KAFKA_SECURITY_PROTOCOL is ${protocol}`)
  if ((password === undefined) === (file === undefined))
    faults.push('KAFKA_PASSWORD: either it or KAFKA_PASSWORD_FILE is needed, not both')
  if (protocol === 'SASL_PLAINTEXT' && settings.KAFKA_SASL_MECHANISM === 'PLAIN')
    faults.push('KAFKA_SASL_MECHANISM: PLAIN would send the password in clear: use SASL_SSL, or SCRAM')
  return faults
}

function tlsOf(settings: KafkaConfig): NonNullable<KafkaConnection['ssl']> {
  const { KAFKA_SSL_CA_FILE: ca, KAFKA_SSL_CERT_FILE: cert, KAFKA_SSL_KEY_FILE: key } = settings
  const texts = {
    ...(ca === undefined ? {} : { ca: readText('KAFKA_SSL_CA_FILE', ca) }),
    ...(cert === undefined ? {} : { cert: readText('KAFKA_SSL_CERT_FILE', cert) }),
    ...(key === undefined ? {} : { key: readText('KAFKA_SSL_KEY_FILE', key) }),
  }
  try {
    // Here rather than at each connection, where a broken file would look like a broker that is away. A context alone
    // would take any text for authorities, and trust none.
    if (texts.ca !== undefined) new X509Certificate(texts.ca)
    createSecureContext(texts)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalidConfig([`${SSL_NAMES.join(', ')}: can not be used (${reason})`])
  }
  return texts
}

function credentialsOf(settings: KafkaConfig): NonNullable<KafkaConnection['sasl']> {
  const { KAFKA_USERNAME: username = '', KAFKA_PASSWORD: password, KAFKA_PASSWORD_FILE: file = '' } = settings
  return {
    mechanism: MECHANISMS[settings.KAFKA_SASL_MECHANISM ?? DEFAULT_MECHANISM],
    username,
    password: password ?? passwordIn(file),
  }
}

function passwordIn(file: string): string {
  const parsed = printableText.safeParse(readText('KAFKA_PASSWORD_FILE', file).replace(/\r?\n$/, ''))
  if (!parsed.success)
    throw invalidConfig([`KAFKA_PASSWORD_FILE: ${file} holds no password of printable ASCII`])
  return parsed.data
}

function readText(name: string, file: string): string {
  try {
    // oxlint-disable-next-line security/detect-non-literal-fs-filename -- the operator's configuration names it
    return readFileSync(file, 'utf8')
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw invalidConfig([`${name}: ${file} can not be read (${reason})`])
  }
}

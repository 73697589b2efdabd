import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthority } from '../tests/support/certificates.ts'
import { commonConfig, ConfigError, readConfig } from './config.ts'
import { kafkaConnection } from './kafka.ts'
import type { KafkaConnection } from './kafka.ts'

const folder = mkdtempSync(join(tmpdir(), 'stakestream-kafka-'))
const authority = createAuthority('authority')
const own = authority.issue('wallet')
const file = (name: string): string => join(folder, name)

beforeAll(() => {
  const files = {
    'ca.pem': authority.ca,
    'own.crt': own.cert,
    'own.key': own.key,
    'other.key': authority.issue('other').key,
    password: 'from a file\r\n',
    umlaut: 'geheimnisträger',
    nothing: 'not PEM',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text)
})
afterAll(() => rmSync(folder, { recursive: true }))

const connection = (environment: NodeJS.ProcessEnv): KafkaConnection =>
  kafkaConnection(readConfig(commonConfig, environment))

const LOGIN = { KAFKA_USERNAME: 'wallet', KAFKA_PASSWORD: 'hush' }
const SASL_SSL = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', ...LOGIN }

describe('the way to Kafka', () => {
  it('is in clear and anonymous unless something is said', () => {
    expect(connection({ KAFKA_BROKERS: 'a:1, b:2' })).toEqual({ brokers: ['a:1', 'b:2'] })
  })

  it('is TLS with the authorities that Node knows, or those of a file', () => {
    expect(connection({ KAFKA_SECURITY_PROTOCOL: 'SSL' }).ssl).toEqual({})
    expect(connection({ ...SASL_SSL, KAFKA_SSL_CA_FILE: file('ca.pem') }).ssl).toEqual({ ca: authority.ca })
  })

  it('is TLS with a certificate of the client’s own', () => {
    const files = { KAFKA_SSL_CERT_FILE: file('own.crt'), KAFKA_SSL_KEY_FILE: file('own.key') }
    expect(connection({ KAFKA_SECURITY_PROTOCOL: 'SSL', ...files }).ssl).toEqual(own)
  })

  it.each([
    [undefined, 'scram-sha-512'],
    ['SCRAM-SHA-512', 'scram-sha-512'],
    ['SCRAM-SHA-256', 'scram-sha-256'],
    ['PLAIN', 'plain'],
  ])('is with a password by the mechanism %s', (name, mechanism) => {
    const { sasl } = connection({ ...SASL_SSL, KAFKA_SASL_MECHANISM: name })
    expect(sasl).toEqual({ mechanism, username: 'wallet', password: 'hush' })
  })

  it('is with a password from a file, without the line break at its end', () => {
    const { sasl } = connection({
      KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
      KAFKA_USERNAME: 'wallet',
      KAFKA_PASSWORD_FILE: file('password'),
    })
    expect(sasl?.password).toBe('from a file')
  })
})

describe('settings that make no sense are refused by name', () => {
  it.each([
    ['a password that would not be sent', LOGIN, ['KAFKA_USERNAME', 'KAFKA_PASSWORD']],
    [
      'a password beside TLS alone',
      { ...LOGIN, KAFKA_SECURITY_PROTOCOL: 'SSL' },
      ['KAFKA_USERNAME', 'KAFKA_PASSWORD'],
    ],
    ['authorities for a way in clear', { KAFKA_SSL_CA_FILE: file('ca.pem') }, ['KAFKA_SSL_CA_FILE']],
    [
      'authorities for a login in clear',
      { ...LOGIN, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SSL_CA_FILE: 'x' },
      ['KAFKA_SSL_CA_FILE'],
    ],
    [
      'no name and no password',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL' },
      ['KAFKA_USERNAME', 'KAFKA_PASSWORD'],
    ],
    ['two passwords', { ...SASL_SSL, KAFKA_PASSWORD_FILE: file('password') }, ['KAFKA_PASSWORD']],
    [
      'a password in clear over a way in clear',
      { ...SASL_SSL, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SASL_MECHANISM: 'PLAIN' },
      ['KAFKA_SASL_MECHANISM'],
    ],
    [
      'a certificate without its key',
      { ...SASL_SSL, KAFKA_SSL_CERT_FILE: file('own.crt') },
      ['KAFKA_SSL_CERT_FILE'],
    ],
    [
      'a key that is not the certificate’s',
      { ...SASL_SSL, KAFKA_SSL_CERT_FILE: file('own.crt'), KAFKA_SSL_KEY_FILE: file('other.key') },
      ['KAFKA_SSL_CA_FILE, KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE'],
    ],
    [
      'authorities that are none',
      { ...SASL_SSL, KAFKA_SSL_CA_FILE: file('nothing') },
      ['KAFKA_SSL_CA_FILE, KAFKA_SSL_CERT_FILE, KAFKA_SSL_KEY_FILE'],
    ],
    ['a file that is not there', { ...SASL_SSL, KAFKA_SSL_CA_FILE: file('absent') }, ['KAFKA_SSL_CA_FILE']],
    [
      'a password that SCRAM would have to normalise',
      { ...SASL_SSL, KAFKA_PASSWORD: 'geheimnisträger' },
      ['KAFKA_PASSWORD'],
    ],
    [
      'the same in a file',
      { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_USERNAME: 'wallet', KAFKA_PASSWORD_FILE: file('umlaut') },
      ['KAFKA_PASSWORD_FILE'],
    ],
    ['a protocol that there is not', { KAFKA_SECURITY_PROTOCOL: 'TLS' }, ['KAFKA_SECURITY_PROTOCOL']],
  ])('%s', (_, environment, names) => {
    const refused = (): KafkaConnection => connection(environment)
    expect(refused).toThrow(ConfigError)
    const message = messageOf(refused)
    expect(
      message
        .split('\n')
        .slice(1)
        .map((line) => line.split(':')[0]?.trim()),
    ).toEqual(names)
    for (const secret of ['hush', 'geheimnis', 'from a file']) expect(message).not.toContain(secret)
  })
})

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
  return ''
}

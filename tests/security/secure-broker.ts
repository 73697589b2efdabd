/**
 * A broker as production has it: nobody reaches it without saying who he is, and nobody may do what no ACL says. One KRaft
 * node on free ports, with TLS by an authority of its own.
 */
import { spawn } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commonConfig, readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { requireJava } from '../../stack/checks.ts'
import { runProgram } from '../../stack/download.ts'
import { KAFKA_LOGGING, kafkaJars, kafkaSettings, TOOL_FLAGS } from '../../stack/services/kafka.ts'
import { stackFrom } from '../../stack/stack.ts'
import { SERVICE_NAMES } from '../../topics/acls.ts'
import type { ServiceName } from '../../topics/acls.ts'
import { connectAdmin } from '../../topics/kafka-admin.ts'
import { createKafka } from '../../topics/kafka.ts'
import type { KafkaOptions, LogSink } from '../../topics/kafka.ts'
import { createAuthority } from '../support/certificates.ts'
import type { Authority } from '../support/certificates.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait.ts'

export const ADMIN = 'admin'
/** Known to the broker, and no service. */
export const STRANGER = 'stranger'
export const passwordOf = (user: string): string => `${user}-secret`

/**
 * How long a login counts, in milliseconds. Clients renew it ten seconds before its end: here after a second, in every test.
 */
export const LOGIN_MS = 11_000

const USERS = [ADMIN, STRANGER, ...SERVICE_NAMES]
const START_LIMIT_MS = 60_000
const HEAP_MB = 256

export interface SecureBroker {
  /** SASL_SSL: SCRAM-SHA-512, and for the wallet SCRAM-SHA-256 and PLAIN. */
  sasl: string
  /** SSL with a certificate of the client's own; its CN is the principal. */
  mutual: string
  authority: Authority
  /** A folder for the files of a test. */
  folder: string
  /** What it has refused by want of a right so far, a line each. */
  denied(): string[]
  stop(): Promise<void>
}

export type User = ServiceName | typeof ADMIN | typeof STRANGER
type Environment = Record<string, string>

/** The environment of a process that reaches the broker as this user. */
export const environmentOf = ({ sasl, folder }: SecureBroker, user: User): Environment => ({
  KAFKA_BROKERS: sasl,
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_USERNAME: user,
  KAFKA_PASSWORD: passwordOf(user),
  KAFKA_SSL_CA_FILE: join(folder, 'ca.pem'),
})

/** A client as a process of this environment makes it. */
export const optionsOf = (environment: Environment, log: LogSink): KafkaOptions => ({
  ...kafkaConnection(readConfig(commonConfig, environment)),
  clientId: `secure-${randomUUID().slice(0, 8)}`,
  log,
})

interface Ports {
  sasl: number
  mutual: number
  internal: number
  controller: number
}

const PLAIN_LOGIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const SCRAM_LOGIN = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
const plainUser = (user: string): string => `user_${user}="${passwordOf(user)}"`
const scramUser = (bits: string, user: string): string =>
  `SCRAM-SHA-${bits}=[name=${user},password=${passwordOf(user)}]`
/** The broker's own login with itself. */
const OWN_LOGIN = `${PLAIN_LOGIN} username="${ADMIN}" password="${passwordOf(ADMIN)}" ${plainUser(ADMIN)};`

function settingsOf(ports: Ports, folder: string): Record<string, string> {
  const node = { id: 1, name: 'secure', port: ports.internal, controllerPort: ports.controller }
  const at = (port: number): string => `127.0.0.1:${port}`
  const clients = `CLIENT://${at(ports.sasl)},MUTUAL://${at(ports.mutual)},INTERNAL://${at(ports.internal)}`
  return {
    ...kafkaSettings(node, [node], join(folder, 'log')),
    listeners: `${clients},CONTROLLER://${at(ports.controller)}`,
    'advertised.listeners': clients,
    'listener.security.protocol.map':
      'CLIENT:SASL_SSL,MUTUAL:SSL,INTERNAL:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    ...Object.fromEntries(
      ['internal', 'controller'].flatMap((name) => [
        [`listener.name.${name}.sasl.enabled.mechanisms`, 'PLAIN'],
        [`listener.name.${name}.plain.sasl.jaas.config`, OWN_LOGIN],
      ]),
    ),
    'listener.name.client.sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256,PLAIN',
    'listener.name.client.scram-sha-512.sasl.jaas.config': SCRAM_LOGIN,
    'listener.name.client.scram-sha-256.sasl.jaas.config': SCRAM_LOGIN,
    'listener.name.client.plain.sasl.jaas.config': `${PLAIN_LOGIN} ${plainUser('wallet')};`,
    'listener.name.client.scram-sha-512.connections.max.reauth.ms': String(LOGIN_MS),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(folder, 'broker.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': join(folder, 'ca.pem'),
    'listener.name.mutual.ssl.client.auth': 'required',
    'ssl.principal.mapping.rules': 'RULE:^CN=([^,]+).*$/$1/,DEFAULT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${ADMIN}`,
  }
}

/** Lays out the folder: certificates, settings, and a log formatted with the users' SCRAM credentials. */
async function prepare(ports: Ports, folder: string, java: string, jars: string): Promise<Authority> {
  const authority = createAuthority('authority of a test')
  const own = authority.issue('broker')
  writeFileSync(join(folder, 'ca.pem'), authority.ca)
  writeFileSync(join(folder, 'broker.pem'), `${own.key}${own.cert}`)
  const settings = join(folder, 'server.properties')
  const lines = Object.entries(settingsOf(ports, folder)).map(([name, value]) => `${name}=${value}`)
  writeFileSync(settings, `${lines.join('\n')}\n`)
  writeFileSync(join(folder, 'log4j2.properties'), KAFKA_LOGGING)
  const format = [
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${randomBytes(16).toString('base64url')}`,
    '-c',
    settings,
    ...USERS.flatMap((user) => ['--add-scram', scramUser('512', user)]),
    ...['--add-scram', scramUser('256', 'wallet')],
  ]
  await runProgram(java, [...TOOL_FLAGS, '-cp', jars, ...format], folder, 'There is no Java on the PATH.')
  return authority
}

/** Starts one and resolves when it answers its super user. */
export async function startSecureBroker(log: LogSink): Promise<SecureBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'stakestream-secure-'))
  const java = await requireJava()
  const jars = await kafkaJars(stackFrom(process.env).cacheDir)
  const [sasl, mutual, internal, controller] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ])
  const authority = await prepare({ sasl, mutual, internal, controller }, folder, java, jars)
  const logPath = join(folder, 'broker.log')
  const output = openSync(logPath, 'a')
  const child = spawn(
    java,
    [
      `-Xmx${HEAP_MB}m`,
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      `-Dlog4j2.configurationFile=${join(folder, 'log4j2.properties')}`,
      '-cp',
      jars,
      'kafka.Kafka',
      join(folder, 'server.properties'),
    ],
    { cwd: folder, stdio: ['ignore', output, output] },
  )
  closeSync(output)
  const gone = once(child, 'exit')
  const brokers = [`127.0.0.1:${sasl}`]
  const answers = async (): Promise<boolean> => {
    const kafka = createKafka({
      brokers,
      clientId: 'start',
      log,
      ssl: { ca: authority.ca },
      sasl: { mechanism: 'scram-sha-512', username: ADMIN, password: passwordOf(ADMIN) },
    })
    await (await connectAdmin(kafka, brokers)).disconnect()
    return true
  }
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await waitFor(answers, { timeoutMs: START_LIMIT_MS, what: 'the broker' })
  } catch (error) {
    const tail = readFileSync(logPath, 'utf8').slice(-3_000)
    await stop()
    throw new Error(`the broker did not start: ${tail}`, { cause: error })
  }
  return {
    sasl: `127.0.0.1:${sasl}`,
    mutual: `127.0.0.1:${mutual}`,
    authority,
    folder,
    denied: () =>
      readFileSync(logPath, 'utf8')
        .split('\n')
        .filter((line) => line.includes(' is Denied operation')),
    stop,
  }
}

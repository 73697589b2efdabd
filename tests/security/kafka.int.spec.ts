/** Every way to Kafka, and every refusal, on a real broker with TLS, SASL and ACLs. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import { Registry } from '@prometheus-io/client'
import kafkajs from 'kafkajs'
import type { Admin } from 'kafkajs'
import Cluster from 'kafkajs/src/cluster/index.js'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKafkaGateway } from '../../api/commands/kafka-gateway.ts'
import { createApiMetrics } from '../../api/metrics.ts'
import { failureKind, protocolErrorType } from '../../streams/runtime/errors.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import type { OutgoingRecord } from '../../streams/runtime/port.ts'
import { KafkaTransactionalProducer } from '../../streams/runtime/transactional-producer.ts'
import { testCommand } from '../../streams/wallet/testing/fixtures.ts'
import { wantedAcls } from '../../topics/acls.ts'
import { applyAcls } from '../../topics/apply-acls.ts'
import { applyTopics } from '../../topics/apply.ts'
import { LOCAL_SIZES, TOPIC_NAMES } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import type { Difference } from '../../topics/difference.ts'
import { OperationalError } from '../../topics/errors.ts'
import { connectAdmin, connectTopicAdmin } from '../../topics/kafka-admin.ts'
import { clusterOptions, createCluster, createKafka } from '../../topics/kafka.ts'
import type { KafkaOptions } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { verifyTopics } from '../../topics/verify.ts'
import { createAuthority } from '../support/certificates.ts'
import { startCli, startNode } from '../support/e2e.ts'
import { required } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait.ts'
import {
  ADMIN,
  environmentOf,
  LOGIN_MS,
  optionsOf,
  passwordOf,
  startSecureBroker,
  STRANGER,
} from './secure-broker.ts'
import type { SecureBroker, User } from './secure-broker.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const APP = 'stakestream'
/** Neither a changelog nor an input of the wallet: what a test writes there disturbs nobody. */
const REPLIES = 'wallet.reply'
const log = pino({ level: 'silent' })
const registryUrl = required('SCHEMA_REGISTRY_URL')

let secure: SecureBroker
let admin: Admin
let given: { given: number; taken: number }
/** Of the topics, once they were applied. */
let differences: Difference[]
let renewing: Promise<{ connections: number; ranMs: number }>

const login = (user: User): Record<string, string> => environmentOf(secure, user)
const clientOf = (environment: Record<string, string>): KafkaOptions => optionsOf(environment, log)
const as = (user: User): KafkaOptions => clientOf(login(user))

const oneRecord = (topic: TopicName, text: string): ReadonlyMap<string, readonly OutgoingRecord[]> =>
  new Map([[topic, [{ key: 'k', value: Buffer.from(text), partition: 0 }]]])

/** What a promise is rejected with. */
const failureOf = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )

/** Sends transactions for longer than a login counts, over connections that are counted. */
async function renew(): Promise<{ connections: number; ranMs: number }> {
  let connections = 0
  const socketFactory = (to: {
    host: string
    port: number
    ssl: object
    onConnect: () => void
  }): TLSSocket => {
    connections++
    return connectTls({ host: to.host, port: to.port, ...to.ssl }, to.onConnect)
  }
  const cluster = new Cluster({ ...clusterOptions(as('wallet')), socketFactory })
  const producer = new KafkaTransactionalProducer(cluster, `${APP}.wallet.renewing`)
  const beganMs = performance.now()
  await producer.fence()
  while (performance.now() - beganMs < LOGIN_MS + 1_000) {
    await producer.send(oneRecord(REPLIES, 'renewed'))
    await producer.commit()
    await sleep(100)
  }
  await producer.discard()
  return { connections, ranMs: performance.now() - beganMs }
}

beforeAll(async () => {
  secure = await startSecureBroker(log)
  admin = await connectAdmin(createKafka(as(ADMIN)), [secure.sasl])
  given = await applyAcls(admin, APP)
  const options = as('cli')
  const topics = await connectTopicAdmin(createKafka(options), options.brokers)
  const target = { admin: topics, registryUrl, sizes: { ...LOCAL_SIZES, partitions: 1 } }
  await applyTopics(target)
  differences = await verifyTopics(target)
  await topics.close()
  renewing = renew()
  renewing.catch(() => undefined)
})
afterAll(async () => {
  await admin.disconnect()
  await secure.stop()
})

describe('the rights of the services', () => {
  it('are given once, and what is not wanted is taken again', async () => {
    expect(given).toEqual({ given: wantedAcls(APP).length, taken: 0 })
    expect(await applyAcls(admin, APP)).toEqual({ given: 0, taken: 0 })
    const extra = {
      host: '*',
      operation: AclOperationTypes.WRITE,
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: AclResourceTypes.TOPIC,
      resourceName: 'partner.command',
      resourcePatternType: ResourcePatternTypes.LITERAL,
    }
    const foreign = { ...extra, principal: 'User:backup' }
    const brake = { ...extra, principal: 'User:aml', permissionType: AclPermissionTypes.DENY }
    await admin.createAcls({ acl: [{ ...extra, principal: 'User:wallet' }, foreign, brake] })
    await waitFor(async () => (await applyAcls(admin, APP)).taken === 1, { what: 'the extra right to show' })
    expect(await applyAcls(admin, APP)).toEqual({ given: 0, taken: 0 })
    const { filterResponses } = await admin.deleteAcls({ filters: [foreign, brake] })
    expect(filterResponses.map(({ matchingAcls }) => matchingAcls.length)).toEqual([1, 1])
  })

  it('are given by a super user alone', async () => {
    const options = as('cli')
    const client = await connectAdmin(createKafka(options), options.brokers)
    await expect(applyAcls(client, APP)).rejects.toMatchObject({ code: 'ACLS_REFUSED' })
    await client.disconnect()
  })

  it('can not be given where brokers ask nobody who he is', async () => {
    const brokers = required('KAFKA_BROKERS').split(',')
    const client = await connectAdmin(createKafka({ brokers, clientId: 'secure', log }), brokers)
    await expect(applyAcls(client, APP)).rejects.toMatchObject({ code: 'ACLS_UNSUPPORTED' })
    await client.disconnect()
  })
})

describe('a service with its password', () => {
  it('writes and reads over TLS, in transactions and without', async () => {
    const wallet = await connectKafkajs(as('wallet'))
    await wallet.send(REPLIES, [{ key: 'k', value: Buffer.from('plain') }])
    const producer = wallet.transactionalProducer(`${APP}.wallet.test`)
    await producer.fence()
    await producer.send(oneRecord(REPLIES, 'in a transaction'))
    await producer.commit()
    await producer.discard()
    await wallet.close()

    const api = await connectKafkajs(as('api'))
    const read = new Set<string>()
    const reader = api.logReader([REPLIES])
    await reader.start((error) => expect.unreachable(error.message))
    reader.follow({ topic: REPLIES, partition: 0 }, 0, ({ records }) => {
      for (const { value } of records) read.add(`log ${String(value)}`)
      return Promise.resolve()
    })
    const group = api.groupConsumer('api-test', REPLIES, () => ({ owned: [], standby: [] }))
    await group.start({
      assigned: () => undefined,
      fetched: ({ records }) => {
        for (const { value } of records) read.add(`group ${String(value)}`)
      },
      crashed: (error) => expect.unreachable(error.message),
    })
    const wanted = ['log plain', 'log in a transaction', 'group plain', 'group in a transaction']
    await waitFor(() => wanted.every((each) => read.has(each)), { what: 'what the wallet has written' })
    await group.stop()
    await reader.stop()
    await api.close()
  })

  it.each(['PLAIN', 'SCRAM-SHA-256'])('may say it by %s too', async (mechanism) => {
    const options = clientOf({ ...login('wallet'), KAFKA_SASL_MECHANISM: mechanism })
    const client = await connectAdmin(createKafka(options), options.brokers)
    expect(await client.listTopics()).toContain(REPLIES)
    await client.disconnect()
  })

  it('is refused with a wrong one, by name', async () => {
    const options = clientOf({ ...login('wallet'), KAFKA_PASSWORD: 'guessed' })
    const refused = await failureOf(connectAdmin(createKafka(options), options.brokers))
    expect(refused).toMatchObject({
      code: 'KAFKA_LOGIN_REFUSED',
      message: expect.stringContaining('invalid credentials with SASL mechanism SCRAM-SHA-512'),
    })
    expect(refused.message).not.toContain('guessed')
    expect(failureKind(await failureOf(connectKafkajs(options)))).toBe('fatal')
  })
})

describe('TLS', () => {
  it('takes no certificate of another authority', async () => {
    const options = { ...as('wallet'), ssl: { ca: createAuthority('another').ca } }
    expect(await failureOf(connectAdmin(createKafka(options), options.brokers))).toMatchObject({
      code: 'KAFKA_UNREACHABLE',
      message: expect.stringContaining('certificate'),
    })
  })

  it('says by a certificate of its own who a service is', async () => {
    const own = secure.authority.issue('wallet')
    writeFileSync(join(secure.folder, 'wallet.crt'), own.cert)
    writeFileSync(join(secure.folder, 'wallet.key'), own.key)
    const options = clientOf({
      KAFKA_BROKERS: secure.mutual,
      KAFKA_SECURITY_PROTOCOL: 'SSL',
      KAFKA_SSL_CA_FILE: join(secure.folder, 'ca.pem'),
      KAFKA_SSL_CERT_FILE: join(secure.folder, 'wallet.crt'),
      KAFKA_SSL_KEY_FILE: join(secure.folder, 'wallet.key'),
    })
    const producer = new KafkaTransactionalProducer(createCluster(options), `${APP}.wallet.mutual`)
    await producer.fence()
    await producer.send(oneRecord(REPLIES, 'by certificate'))
    await producer.commit()
    await producer.discard()
    const unnamed = { ...options, ssl: { ca: secure.authority.ca } }
    await expect(connectAdmin(createKafka(unnamed), unnamed.brokers)).rejects.toThrow(OperationalError)
  })
})

describe('a service that asks for more than it needs', () => {
  it.each([
    [
      'another service’s transactional id',
      'sink-postgres',
      `${APP}.wallet.0.a`,
      REPLIES,
      `transactional id ${APP}.wallet.0.a`,
    ],
    [
      'a topic that it knows nothing of',
      'wallet',
      `${APP}.wallet.test`,
      'partner.command',
      'topic partner.command',
    ],
    [
      'a topic that it only reads',
      'aml',
      `${APP}.aml.test`,
      'wallet.transaction.created',
      'topic wallet.transaction.created',
    ],
  ] as const)('does not write with %s', async (_, user, id, topic, resource) => {
    const producer = new KafkaTransactionalProducer(createCluster(as(user)), id)
    const refused = await failureOf(producer.fence().then(() => producer.send(oneRecord(topic, 'forged'))))
    expect(failureKind(refused)).toBe('fatal')
    expect(refused.message).toContain(`lacks the ACL Write on ${resource}`)
    await producer.discard()
  })

  it('writes no transaction of the wallet as a sink', async () => {
    const sink = await connectKafkajs(as('sink-postgres'))
    const forged = sink.send('wallet.transaction.created', [{ key: 'k', value: Buffer.from('forged') }])
    expect(protocolErrorType(await failureOf(forged))).toBe('TOPIC_AUTHORIZATION_FAILED')
    await sink.close()
  })

  it('joins no group of another', async () => {
    const aml = await connectKafkajs(as('aml'))
    const group = aml.groupConsumer(`${APP}.aml-alerts`, 'wallet.transaction.created', () => ({
      owned: [],
      standby: [],
    }))
    const refused = await new Promise<Error>((told) => {
      const handlers = { assigned: () => undefined, fetched: () => undefined, crashed: told }
      group.start(handlers).catch(told)
    })
    expect(failureKind(refused)).toBe('fatal')
    expect(refused.message).toContain(`lacks the ACL Read on group ${APP}.aml-alerts`)
    await group.stop()
    await aml.close()
  })

  it('sees no topic at all, being no service', async () => {
    const options = as(STRANGER)
    const client = await connectAdmin(createKafka(options), options.brokers)
    expect(await client.listTopics()).toEqual([])
    await client.disconnect()
    const stranger = await connectKafkajs(options).catch((error: unknown) => protocolErrorType(error))
    expect(stranger).toMatch(/AUTHORIZATION_FAILED/)
  })
})

describe('the command line', () => {
  it('makes the topics of the catalogue and holds them against it', async () => {
    expect(differences).toEqual([])
    const names = (await admin.listTopics()).filter((name) => !name.startsWith('__'))
    expect(names.toSorted()).toEqual(TOPIC_NAMES.toSorted())
  })

  it('gives the rights, with a password from a file, and says so', async () => {
    const file = join(secure.folder, 'admin.password')
    writeFileSync(file, `${passwordOf(ADMIN)}\n`)
    const { KAFKA_PASSWORD: _, ...environment } = login(ADMIN)
    const { code, stderr } = await startCli(['topics', 'apply-acls'], {
      ...environment,
      KAFKA_PASSWORD_FILE: file,
    }).ended
    expect(stderr).toMatch(/0 rights given, 0 taken; \d+ services have what they need/)
    expect(code).toBe(0)
  })
})

describe('the wallet, with the rights that it is given', () => {
  it('takes a command of the API and answers it', async () => {
    const adminPort = await freePort()
    const wallet = startNode('streams/wallet/main.ts', {
      ...login('wallet'),
      ADMIN_PORT: String(adminPort),
      STATE_DIR: join(secure.folder, 'state'),
      LOG_LEVEL: 'warn',
    })
    const schemas = registrySource({ url: registryUrl })
    const gateway = await createKafkaGateway({
      kafka: createKafka(as('api')),
      schemas,
      replyTimeoutMs: 30_000,
      sessionTimeoutMs: 6_000,
      metrics: createApiMetrics(new Registry()),
      logger: log,
    })
    try {
      const ready = async (): Promise<boolean> =>
        gateway.state().ready && (await fetch(`http://127.0.0.1:${adminPort}/health/ready`)).ok
      await waitFor(ready, { what: 'the wallet and the gateway' })
      const deposit = testCommand(randomUUID(), Date.now(), {
        type: 'DEPOSIT',
        amount: 1_000_000n,
        transaction_id_partner: 'd-1',
      })
      const [result] = await Promise.all(gateway.submit([deposit], true))
      expect(result).toMatchObject({
        kind: 'decided',
        reply: { status: 'COMPLETED' },
      })
      const logged = `${wallet.output.stdout}${wallet.output.stderr}`
      expect(logged).not.toContain('AUTHORIZATION')
      for (const text of [passwordOf('wallet'), passwordOf('api')]) expect(logged).not.toContain(text)
    } finally {
      await gateway.stop()
      wallet.signal('SIGTERM')
      await wallet.ended
    }
  })
})

describe('a connection that stays', () => {
  it('says anew who it is before its login ends, and is not cut', async () => {
    const { connections, ranMs } = await renewing
    expect(ranMs).toBeGreaterThan(LOGIN_MS)
    // One to learn the cluster's brokers from, one to its only broker.
    expect(connections).toBeLessThanOrEqual(2)
  })
})

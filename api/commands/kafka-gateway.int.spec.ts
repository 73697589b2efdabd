/** The gateway on a real broker and registry, with a wallet of a few lines behind it, in topics of its own. */
import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { Registry } from '@prometheus-io/client'
import { Kafka, logLevel } from 'kafkajs'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WalletCommand } from '../../avro/types.ts'
import { brokersFromEnvironment, required } from '../../tests/support/environment.ts'
import { createTcpProxy } from '../../tests/support/tcp-proxy.ts'
import type { TcpProxy } from '../../tests/support/tcp-proxy.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { createCodec } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { WalletReply } from '../../avro/types.ts'
import { registrySource } from '../../topics/registry.ts'
import { createApiMetrics } from '../metrics.ts'
import { appliedReply } from '../testing/app.ts'
import { buildCommand } from './command.ts'
import type { CommandGateway } from './gateway.ts'
import { createKafkaGateway } from './kafka-gateway.ts'

const COMMAND_PARTITIONS = 4
const REPLY_PARTITIONS = 3
const run = randomUUID().slice(0, 8)
const names = {
  commandTopic: `test-${run}.command`,
  replyTopic: `test-${run}.reply`,
  groupId: `test-${run}-api-reply`,
}
const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' })
const schemas = registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true })

/** A client whose every connection goes through the proxy, where one is given. */
const kafkaThrough = (proxy?: TcpProxy): Kafka =>
  new Kafka({
    brokers: brokersFromEnvironment(),
    clientId: `test-${run}`,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    retry: { initialRetryTime: 2, maxRetryTime: 200, retries: 10 },
    ...(proxy === undefined
      ? {}
      : { socketFactory: ({ onConnect }) => connect(proxy.port, '127.0.0.1', onConnect).setNoDelay(true) }),
  })

const kafka = kafkaThrough()
const admin = kafka.admin()
const consumer = kafka.consumer({ groupId: `test-${run}-wallet`, maxWaitTimeInMs: 20 })
const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
let replies: TopicCodec<WalletReply>

/** Commands in the order in which the wallet read them. */
const decided: WalletCommand[] = []
/** Players whose commands are never answered. */
const silent = new Set<string>()

async function startWallet(): Promise<void> {
  const commands = await createCodec('wallet.command', schemas)
  replies = await createCodec('wallet.reply', schemas)
  await producer.connect()
  await consumer.connect()
  await consumer.subscribe({ topic: names.commandTopic, fromBeginning: true })
  await consumer.run({
    partitionsConsumedConcurrently: COMMAND_PARTITIONS,
    eachBatch: async ({ batch }) => {
      const read = batch.messages.flatMap(({ value }) => (value === null ? [] : [commands.decode(value)]))
      decided.push(...read)
      const messages = read
        .filter(({ data }) => data.reply_to !== null && !silent.has(data.player_id))
        .map((command) => ({
          key: command.event_id,
          partition: command.data.reply_to ?? 0,
          value: replies.encode({
            event_id: command.event_id,
            event_type: 'command.decided',
            timestamp: 0,
            data: appliedReply(command),
          }),
        }))
      if (messages.length > 0) await producer.send({ topic: names.replyTopic, messages })
    },
  })
}

beforeAll(async () => {
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: [
      { topic: names.commandTopic, numPartitions: COMMAND_PARTITIONS },
      { topic: names.replyTopic, numPartitions: REPLY_PARTITIONS },
    ],
  })
  await startWallet()
})
afterAll(async () => {
  await consumer.disconnect()
  await producer.disconnect()
  await admin.deleteTopics({ topics: [names.commandTopic, names.replyTopic] })
  await admin.deleteGroups([`test-${run}-wallet`, names.groupId]).catch(() => undefined)
  await admin.disconnect()
})

const running = new Set<CommandGateway>()
afterEach(async () => {
  for (const gateway of running) await gateway.stop()
  running.clear()
  silent.clear()
})

interface StartOptions {
  replyTimeoutMs?: number
  proxy?: TcpProxy
  registry?: Registry
}

async function startGateway(options: StartOptions = {}): Promise<CommandGateway> {
  const gateway = await createKafkaGateway({
    kafka: kafkaThrough(options.proxy),
    schemas,
    names,
    replyTimeoutMs: options.replyTimeoutMs ?? 20_000,
    sessionTimeoutMs: 6_000,
    metrics: createApiMetrics(options.registry ?? new Registry()),
    logger,
  })
  running.add(gateway)
  await waitFor(() => gateway.state().ready, { what: 'the gateway to be ready' })
  return gateway
}

const command = (playerId: string, metadata?: string): WalletCommand =>
  buildCommand(
    {
      principal: {
        partnerId: '0f0e0d0c-0b0a-4908-8706-050403020100',
        scopes: new Set(),
        keyId: 'test',
        limits: { autoApproveUnits: new Map(), rateLimits: {} },
      },
      origin: { requestId: 'r', address: '' },
      playerId,
      type: 'BET',
      fields: { currency: 'USD', amount: 10_000n, metadata },
    },
    { withdrawalHoldMs: 1, isWithheld: () => false, betHoldMs: 1_000, confirmingProvider: () => undefined },
    Date.now(),
  )

const players = (count: number): string[] => Array.from({ length: count }, () => `p-${randomUUID()}`)

/** Sends one command per player and says how each ended. */
async function kinds(gateway: CommandGateway, ids: readonly string[]): Promise<Set<string>> {
  const results = await Promise.all(
    gateway.submit(
      ids.map((id) => command(id)),
      true,
    ),
  )
  return new Set(results.map((result) => (result.kind === 'unsent' ? result.code : result.kind)))
}

const timesDecided = (one: WalletCommand): number =>
  decided.filter(({ event_id: id }) => id === one.event_id).length

describe('the gateway on Kafka', () => {
  it('answers many callers at once with few sends, each with its own reply', async () => {
    const registry = new Registry()
    const gateway = await startGateway({ registry })
    const commands = players(400).map((id) => command(id))
    const results = await Promise.all(commands.flatMap((one) => gateway.submit([one], true)))
    results.forEach((result, at) => {
      expect(result.kind === 'decided' && result.reply.command_id).toBe(commands[at]?.event_id)
    })
    for (const one of commands) expect(timesDecided(one)).toBe(1)
    const sends = /send_batch_commands_count (\d+)/.exec(await registry.metrics())?.[1]
    expect(Number(sends)).toBeLessThan(50)
  })

  it('keeps the order of a player’s commands', async () => {
    const gateway = await startGateway()
    const [player = ''] = players(1)
    const commands = Array.from({ length: 50 }, () => command(player))
    await Promise.all(gateway.submit(commands, true))
    const order = decided.filter(({ data }) => data.player_id === player).map(({ event_id: id }) => id)
    expect(order).toEqual(commands.map(({ event_id: id }) => id))
  })

  it('splits a batch that is larger than what the broker takes', async () => {
    const gateway = await startGateway()
    const metadata = JSON.stringify({ filler: 'x'.repeat(4_000) })
    const [player = ''] = players(1)
    const commands = Array.from({ length: 600 }, () => command(player, metadata))
    const results = await Promise.all(gateway.submit(commands, true))
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['decided']))
  })

  it('says pending and acknowledged where the wallet does not answer', async () => {
    const gateway = await startGateway({ replyTimeoutMs: 500 })
    const [player = ''] = players(1)
    silent.add(player)
    const [result] = await Promise.all(gateway.submit([command(player)], true))
    expect(result).toEqual({ kind: 'pending', acknowledged: true })
  })

  it('answers at the acknowledgement where no reply is awaited', async () => {
    const gateway = await startGateway()
    const one = command(players(1)[0] ?? '')
    const [result] = await Promise.all(gateway.submit([one], false))
    expect(result).toEqual({ kind: 'pending', acknowledged: true })
    await waitFor(() => timesDecided(one) === 1)
    expect(decided.find(({ event_id: id }) => id === one.event_id)?.data.reply_to).toBeNull()
  })

  it('shares the reply partitions with a second instance and takes them back, without losing a reply', async () => {
    const first = await startGateway()
    expect(first.state().replyPartitions).toEqual([0, 1, 2])
    const second = await startGateway()
    await waitFor(() => first.state().replyPartitions.length === 2, { what: 'a partition to move' })
    const held = [...first.state().replyPartitions, ...second.state().replyPartitions]
    expect(held.toSorted((a, b) => a - b)).toEqual([0, 1, 2])
    expect(await kinds(first, players(40))).toEqual(new Set(['decided']))
    expect(await kinds(second, players(40))).toEqual(new Set(['decided']))
    running.delete(second)
    await second.stop()
    await waitFor(() => first.state().replyPartitions.length === 3, { what: 'the partition to come back' })
    expect(await kinds(first, players(40))).toEqual(new Set(['decided']))
  })

  it('loses no reply while another instance comes and goes, those on partitions that move included', async () => {
    const first = await startGateway()
    const results: Promise<Set<string>>[] = []
    const feed = setInterval(() => results.push(kinds(first, players(5))), 20)
    const second = await startGateway()
    running.delete(second)
    await second.stop()
    await waitFor(() => first.state().replyPartitions.length === 3)
    clearInterval(feed)
    const all = new Set((await Promise.all(results)).flatMap((set) => [...set]))
    expect(all).toEqual(new Set(['decided']))
  })
})

describe('a gateway whose connection breaks', () => {
  let proxy: TcpProxy
  beforeAll(async () => {
    const { hostname, port } = new URL(`tcp://${brokersFromEnvironment()[0]}`)
    proxy = await createTcpProxy(hostname, Number(port))
  })
  afterAll(() => proxy.close())

  it('sends no command twice when an acknowledgement is lost', async () => {
    const gateway = await startGateway({ proxy })
    const [player = ''] = players(1)
    proxy.loseAnswersTo(player, 1)
    const one = command(player)
    const [result] = await Promise.all(gateway.submit([one], true))
    expect(result?.kind).toBe('decided')
    expect(proxy.lost()).toBe(1)
    expect(await kinds(gateway, players(20))).toEqual(new Set(['decided']))
    expect(timesDecided(one)).toBe(1)
  })

  it('refuses while it is down, and goes on when it is back', async () => {
    const gateway = await startGateway({ proxy, replyTimeoutMs: 3_000 })
    expect(await kinds(gateway, players(5))).toEqual(new Set(['decided']))
    await proxy.close()
    // What was on its way may have landed, so its callers hear "pending"; then it is clear that nothing leaves.
    await waitFor(async () => (await kinds(gateway, players(1))).has('SERVICE_UNAVAILABLE'), {
      what: 'a refusal',
    })
    expect(gateway.state().ready).toBe(false)
    await proxy.open()
    await waitFor(() => gateway.state().ready, { what: 'the connection to come back' })
    await waitFor(async () => (await kinds(gateway, players(5))).has('decided'), { what: 'an answer' })
    expect(await kinds(gateway, players(40))).toEqual(new Set(['decided']))
    const ids = decided.map(({ event_id: id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

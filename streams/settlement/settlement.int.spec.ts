/** The processor on a real broker, killed and started anew on an empty disk between two steps. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type {
  DeadLetter,
  Settlement,
  SettlementCommand,
  SettlementReply,
  WalletCommand,
} from '../../avro/types.ts'
import { brokersFromEnvironment, required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { createKafka } from '../../topics/kafka.ts'
import { connectKafkajs } from '../runtime/kafkajs-port.ts'
import type { LogReader, StreamsBroker } from '../runtime/port.ts'
import type { SettlementCodecs } from './logic.ts'
import {
  NOW_MS,
  PARTNER_ID,
  complete,
  putTerms,
  request,
  step,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { ownTopic, ownTopics, stackCodecs } from './testing/own-topics.ts'

const prefix = `settlement-${randomUUID().slice(0, 8)}`
const folder = mkdtempSync(join(tmpdir(), 'stakestream-settlement-'))
const kafkaOptions = {
  brokers: brokersFromEnvironment(),
  clientId: prefix,
  log: pino({ level: 'silent' }),
}
const admin = createKafka(kafkaOptions).admin()
const topics = ownTopics(prefix)

const runs: Settlement[] = []
const replies: SettlementReply[] = []
const walletCommands: WalletCommand[] = []
const deadLetters: DeadLetter[] = []
let codecs: SettlementCodecs
let broker: StreamsBroker
let reader: LogReader
let child: ChildProcess | undefined

/** Hears every committed value of a topic. */
function follow(topic: string, hear: (value: Buffer) => void): void {
  reader.follow({ topic: ownTopic(prefix, topic), partition: 0 }, 0, ({ records }) => {
    for (const { value } of records) if (value !== null) hear(value)
    return Promise.resolve()
  })
}

beforeAll(async () => {
  codecs = await stackCodecs(required('SCHEMA_REGISTRY_URL'))
  await admin.connect()
  await admin.createTopics({ topics })
  broker = await connectKafkajs(kafkaOptions)
  const read = ['settlement.updated', 'settlement.reply', 'wallet.command', 'settlement.command.dlq']
  reader = broker.logReader(read.map((topic) => ownTopic(prefix, topic)))
  await reader.start((error) => expect.unreachable(error.message))
  follow('settlement.updated', (value) => void runs.push(codecs.run.decode(value).data))
  follow('settlement.reply', (value) => void replies.push(codecs.reply.decode(value).data))
  follow('wallet.command', (value) => void walletCommands.push(codecs.walletCommand.decode(value)))
  follow('settlement.command.dlq', (value) => void deadLetters.push(codecs.deadLetter.decode(value).data))
})
afterAll(async () => {
  await kill()
  await reader.stop()
  await broker.close()
  await admin.deleteTopics({ topics: topics.map(({ topic }) => topic) })
  await admin.disconnect()
  rmSync(folder, { recursive: true, force: true })
})

/** Starts the processor on the empty folder of this name. */
function start(name: string): void {
  const entry = join(import.meta.dirname, 'testing/main.ts')
  child = spawn(process.execPath, ['--no-warnings', entry, prefix, join(folder, name)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

let sent = 0
const commandOf = (parts: CommandParts): SettlementCommand => {
  sent++
  return testCommand(testUuid(sent), NOW_MS + sent, parts)
}

/** Sends commands, and waits until the last of them has its reply. */
async function decided(...commands: readonly SettlementCommand[]): Promise<void> {
  await broker.send(
    ownTopic(prefix, 'settlement.command'),
    commands.map((command) => ({ key: PARTNER_ID, value: codecs.command.encode(command) })),
  )
  const last = commands.at(-1)?.event_id
  await waitFor(() => replies.some((reply) => reply.command_id === last), { what: `the reply to ${last}` })
}

it('a processor that is killed goes on from Kafka alone, and pays a run once', async () => {
  const asked = [putTerms(), request()].map(commandOf)
  const id = asked[1]?.event_id ?? ''
  const counted = [complete(id), step('CONFIRM', id)].map(commandOf)
  const malformed = commandOf({ action: 'COMPLETE', settlement_id: id })
  const after = [step('CONFIRM', id), request(), step('PAY', id)].map(commandOf)

  start('first')
  await decided(...asked)
  await kill()

  start('second')
  await decided(...asked, ...counted)
  await kill()

  start('third')
  await decided(...asked, malformed, ...counted, ...after)
  await kill()

  expect(replies.map((reply) => [reply.command_id, reply.error_code])).toEqual([
    [asked[0]?.event_id, null],
    [id, null],
    [counted[0]?.event_id, null],
    [counted[1]?.event_id, null],
    [after[0]?.event_id, 'SETTLEMENT_TRANSITION_ILLEGAL'],
    [after[1]?.event_id, 'SETTLEMENT_PERIOD_OVERLAPS'],
    [after[2]?.event_id, null],
  ])
  await waitFor(() => runs.length >= 4 && deadLetters.length > 0, { what: 'the runs' })
  expect(runs.map(({ status, version }) => [status, version])).toEqual([
    ['CALCULATING', 1],
    ['DRAFT', 2],
    ['CONFIRMED', 3],
    ['PAID', 4],
  ])
  expect(walletCommands.map(({ event_id: command }) => command)).toEqual([runs.at(-1)?.commission_id])
  expect(deadLetters).toMatchObject([{ error_code: 'RECORD_INVALID', reason: 'COMPLETE without draft' }])
})

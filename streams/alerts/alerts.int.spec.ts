/** The processor on a real broker, killed and started anew on an empty disk between two steps. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert, AmlCommand, AmlPlayer, AmlReply, DeadLetter } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { brokersFromEnvironment, required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { createKafka } from '../../topics/kafka.ts'
import { connectKafkajs } from '../runtime/kafkajs-port.ts'
import type { LogReader, StreamsBroker } from '../runtime/port.ts'
import { TaskStore } from '../runtime/store.ts'
import { alertIdOf } from './alert-id.ts'
import type { AlertsCodecs } from './logic.ts'
import { STORE_VERSION } from './state.ts'
import {
  ANN,
  BOB,
  HOUR_MS,
  PARTNER_ID,
  START_MS,
  clear,
  close,
  endSnooze,
  investigate,
  match,
  note,
  raise,
  report,
  screen,
  snooze,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { ownTopic, ownTopics, stackCodecs } from './testing/own-topics.ts'

const prefix = `alerts-${randomUUID().slice(0, 8)}`
const folder = mkdtempSync(join(tmpdir(), 'stakestream-alerts-'))
const kafkaOptions = {
  brokers: brokersFromEnvironment(),
  clientId: prefix,
  log: pino({ level: 'silent' }),
}
const admin = createKafka(kafkaOptions).admin()
const topics = ownTopics(prefix)
const KEY = playerKey(PARTNER_ID, 'ann')

const created: Alert[] = []
const updated: Alert[] = []
const standings: AmlPlayer[] = []
const replies: AmlReply[] = []
const deadLetters: DeadLetter[] = []
let codecs: AlertsCodecs
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
  const read = [
    'aml.alert.created',
    'aml.alert.updated',
    'aml.player.updated',
    'aml.reply',
    'aml.command.dlq',
  ]
  reader = broker.logReader(read.map((topic) => ownTopic(prefix, topic)))
  await reader.start((error) => expect.unreachable(error.message))
  follow('aml.alert.created', (value) => void created.push(codecs.created.decode(value).data))
  follow('aml.alert.updated', (value) => void updated.push(codecs.updated.decode(value).data))
  follow('aml.player.updated', (value) => void standings.push(codecs.player.decode(value).data))
  follow('aml.reply', (value) => void replies.push(codecs.reply.decode(value).data))
  follow('aml.command.dlq', (value) => void deadLetters.push(codecs.deadLetter.decode(value).data))
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
const commandOf = (parts: CommandParts): AmlCommand => {
  sent++
  return testCommand(testUuid(sent), START_MS + sent, parts)
}

/** Sends commands, and waits until the last of them, which somebody asked for, has its reply. */
async function decided(...commands: readonly AmlCommand[]): Promise<void> {
  await broker.send(
    ownTopic(prefix, 'aml.command'),
    commands.map((command) => ({ key: KEY, value: codecs.command.encode(command) })),
  )
  const last = commands.at(-1)?.event_id
  await waitFor(() => replies.some((reply) => reply.command_id === last), { what: `the reply to ${last}` })
}

/** What a processor that is gone has left in its store. */
async function storeOf(name: string): Promise<Map<string, string>> {
  const open = TaskStore.opener(join(folder, name), 'aml-alerts', {
    version: STORE_VERSION,
    clusterId: 'test',
  })
  const store = open(0)
  const kept = new Map([...store.range('a', 'z')].map(({ key, value }) => [key, value.toString('hex')]))
  await store.close()
  return kept
}

const ID = alertIdOf(testUuid(1))
const V2 = { lists: [{ list: 'ofac', version: 'v2' }] }

describe('a processor that is killed', () => {
  const found = [
    raise({ alert_severity: 'CRITICAL', blocks_withdrawals: true, four_eyes: true }),
    raise({ occurred_at: START_MS + HOUR_MS }),
    screen([match('7')]),
    // Changes the standing alone: its id is kept there.
    screen([match('7', { list_version: 'v2' })], V2),
    snooze('PATTERN', START_MS + HOUR_MS),
    raise({ alert_type: 'PATTERN', occurred_at: START_MS + 100 }),
    investigate(ID),
    report(ID, ANN),
  ].map(commandOf)
  const worked = [report(ID, ANN), report(ID, BOB), clear('7'), endSnooze('PATTERN'), raise(), note(ID)].map(
    commandOf,
  )
  const malformed = commandOf({ ...note(ID), note: null })
  const last = commandOf(close(ID))

  it('goes on from Kafka alone, and decides no command twice', async () => {
    start('first')
    await decided(...found)
    await kill()

    start('second')
    await decided(...found, malformed, ...worked)
    await kill()

    start('third')
    await decided(...found, ...worked, last)
    await kill()
    expect(replies.map((reply) => [reply.command_id, reply.error_code])).toEqual([
      [found[4]?.event_id, null],
      [found[6]?.event_id, null],
      [found[7]?.event_id, null],
      [worked[0]?.event_id, 'FOUR_EYES'],
      [worked[1]?.event_id, null],
      [worked[2]?.event_id, null],
      [worked[3]?.event_id, null],
      [worked[5]?.event_id, null],
      [last.event_id, 'ALERT_TRANSITION_ILLEGAL'],
    ])
  })

  it('has left every change on its topic, once, and what it could not decide in the dead letters', async () => {
    await waitFor(() => updated.length >= 6 && standings.length >= 7 && deadLetters.length > 0, {
      what: 'the changes',
    })
    expect(created.map(({ alert_type: type, version }) => [type, version])).toEqual([
      ['THRESHOLD', 1],
      ['WATCHLIST', 1],
      ['THRESHOLD', 1],
    ])
    expect(updated.map(({ change, version }) => [change.action, version])).toEqual([
      ['JOINED', 2],
      ['INVESTIGATED', 3],
      ['REPORT_PROPOSED', 4],
      ['REPORTED', 5],
      ['ALL_MATCHES_CLEARED', 2],
      ['NOTED', 6],
    ])
    expect(standings.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(standings.at(-1)).toMatchObject({
      is_sanctioned: false,
      withdrawals_blocked: true,
      recent_command_ids: [found[3]?.event_id, found[5]?.event_id],
      snoozes: [{ alert_type: 'PATTERN', suppressed: 1 }],
    })
    expect(deadLetters).toMatchObject([
      { error_code: 'RECORD_INVALID', reason: 'NOTE_ALERT without note', processor: 'aml-alerts' },
    ])
  })

  it('finds the store again as it was', async () => {
    // Whoever dies between the commit in Kafka and the write to the store leaves the last command out of it.
    const withoutLast = (store: Map<string, string>): Map<string, string> =>
      new Map(
        [...store].filter(([key]) => ![worked.at(-1), last].some((each) => key === `c/${each?.event_id}`)),
      )
    const third = withoutLast(await storeOf('third'))
    expect([...third.keys()].filter((key) => key.startsWith('a/'))).toHaveLength(3)
    const own = (store: Map<string, string>) => [...store].filter(([key]) => key !== `a/${ID}`)
    expect(own(third)).toEqual(own(withoutLast(await storeOf('second'))))
  })
})

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
import type { ApiKey, AuditRecorded, Partner, PartnerCommand } from '../../avro/types.ts'
import { brokersFromEnvironment, required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { createKafka } from '../../topics/kafka.ts'
import { connectKafkajs } from '../runtime/kafkajs-port.ts'
import type { LogReader, StreamsBroker } from '../runtime/port.ts'
import { TaskStore } from '../runtime/store.ts'
import type { PartnersCodecs } from './logic.ts'
import { STORE_VERSION } from './state.ts'
import {
  START_MS,
  create,
  deactivate,
  email,
  issue,
  newKey,
  rotate,
  testCommand,
  testUuid,
  update,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { ownTopic, ownTopics, stackCodecs } from './testing/own-topics.ts'

const prefix = `partners-${randomUUID().slice(0, 8)}`
const folder = mkdtempSync(join(tmpdir(), 'stakestream-partners-'))
const kafkaOptions = {
  brokers: brokersFromEnvironment(),
  clientId: prefix,
  log: pino({ level: 'silent' }),
}
const admin = createKafka(kafkaOptions).admin()
const topics = ownTopics(prefix)

const entries: AuditRecorded[] = []
const partners: Partner[] = []
const keys: ApiKey[] = []
let codecs: PartnersCodecs
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
  const read = ['audit.entry.recorded', 'partner.profile.updated', 'partner.api-key.updated']
  reader = broker.logReader(read.map((topic) => ownTopic(prefix, topic)))
  await reader.start((error) => expect.unreachable(error.message))
  follow('audit.entry.recorded', (value) => void entries.push(codecs.audit.decode(value)))
  follow('partner.profile.updated', (value) => void partners.push(codecs.partner.decode(value).data))
  follow('partner.api-key.updated', (value) => void keys.push(codecs.key.decode(value).data))
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
const commandOf = (parts: CommandParts): PartnerCommand => {
  sent++
  return testCommand(testUuid(sent), START_MS + sent, parts)
}

/** Sends commands, and waits until the last of them has its entry. */
async function decided(...commands: readonly PartnerCommand[]): Promise<void> {
  await broker.send(
    ownTopic(prefix, 'partner.command'),
    commands.map((command) => ({
      key: command.data.partner_id,
      value: codecs.command.encode(command),
    })),
  )
  const last = commands.at(-1)?.event_id
  await waitFor(() => entries.some((entry) => entry.event_id === last), { what: `the entry of ${last}` })
}

/** What a processor that is gone has left in its store. */
async function storeOf(name: string): Promise<Map<string, string>> {
  const open = TaskStore.opener(join(folder, name), 'partners', { version: STORE_VERSION, clusterId: 'test' })
  const store = open(0)
  const kept = new Map([...store.range('a', 'z')].map(({ key, value }) => [key, value.toString('hex')]))
  await store.close()
  return kept
}

const KEY = newKey(1)
const NEXT = newKey(2)

describe('a processor that is killed', () => {
  const made = [create(email('ann')), update(1, { ...email('eve'), name: 'Red Casino' }), issue(KEY)]
  const turned = [rotate(KEY.key_id, NEXT, START_MS), deactivate(NEXT.key_id)]
  const commands = [...made, ...turned].map(commandOf)
  /** Refused: their entries show the partner as the processor knows him. */
  const stale = [update(1), update(1)].map(commandOf)

  it('goes on from Kafka alone, and decides no command twice', async () => {
    start('first')
    await decided(...commands.slice(0, made.length))
    await kill()

    start('second')
    await decided(...commands.slice(made.length))
    await decided(...stale.slice(0, 1))
    await kill()

    start('third')
    await decided(...commands, ...stale)
    await kill()
    expect(entries.map(({ event_id, data }) => [event_id, data.error_code])).toEqual([
      ...commands.map((command) => [command.event_id, null]),
      ...stale.map((command) => [command.event_id, 'VERSION_CONFLICT']),
    ])
    const updated = entries[1]?.data.after
    expect(entries.slice(-2).map(({ data }) => data.before)).toEqual([updated, updated])
  })

  it('has left every state of partner and keys on the topics, once', async () => {
    await waitFor(() => partners.length >= 2 && keys.length >= 4, { what: 'the states' })
    expect(partners).toMatchObject([
      { version: 1, ...email('ann') },
      { version: 2, ...email('eve'), name: 'Red Casino' },
    ])
    expect(keys).toMatchObject([
      { key_id: KEY.key_id, version: 1, replaced_by: null },
      { key_id: NEXT.key_id, version: 1, status: 'active' },
      { key_id: KEY.key_id, version: 2, replaced_by: NEXT.key_id, expires_at: START_MS },
      { key_id: NEXT.key_id, version: 2, status: 'inactive' },
    ])
  })

  it('finds the store again as it was', async () => {
    // Whoever dies between the commit in Kafka and the write to the store leaves the last command out of it.
    const withoutStale = (store: Map<string, string>): Map<string, string> =>
      new Map([...store].filter(([key]) => !stale.some((command) => key === `c/${command.event_id}`)))
    const before = withoutStale(await storeOf('second'))
    expect(before.size).toBe(1 + 1 + 2 + 2 + 1 + commands.length)
    expect(withoutStale(await storeOf('third'))).toEqual(before)
  })
})

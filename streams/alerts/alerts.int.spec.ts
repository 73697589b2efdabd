/** The processor on a real broker, killed and started anew on an empty disk between two steps. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Alert, AmlCommand, AmlPlayer, AmlReply, AuditEntry, DeadLetter } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { registrySource } from '../../topics/registry.ts'
import { alertIdOf } from './alert-id.ts'
import { KillableRig } from '../runtime/testing/killable-rig.ts'
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
  testCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const KEY = playerKey(PARTNER_ID, 'ann')

const created: Alert[] = []
const updated: Alert[] = []
const standings: AmlPlayer[] = []
const replies: AmlReply[] = []
const audited: AuditEntry[] = []
const deadLetters: DeadLetter[] = []
let codecs: AlertsCodecs
let rig: KillableRig

beforeAll(async () => {
  codecs = await testCodecs(registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true }))
  rig = await KillableRig.open(
    {
      name: 'aml-alerts',
      storeVersion: STORE_VERSION,
      entry: join(import.meta.dirname, 'testing/main.ts'),
      topics: [
        'aml.command',
        'aml.command.dlq',
        'aml.alert.created',
        'aml.alert.updated',
        'aml.player.updated',
        'aml.reply',
        'audit.aml-entry.recorded',
        'aml.alert-position',
      ],
    },
    {
      'aml.alert.created': (value) => void created.push(codecs.created.decode(value).data),
      'aml.alert.updated': (value) => void updated.push(codecs.updated.decode(value).data),
      'aml.player.updated': (value) => void standings.push(codecs.player.decode(value).data),
      'aml.reply': (value) => void replies.push(codecs.reply.decode(value).data),
      'audit.aml-entry.recorded': (value) => void audited.push(codecs.audit.decode(value).data),
      'aml.command.dlq': (value) => void deadLetters.push(codecs.deadLetter.decode(value).data),
    },
  )
})
afterAll(() => rig.close())

let sent = 0
const commandOf = (parts: CommandParts): AmlCommand => {
  sent++
  return testCommand(testUuid(sent), START_MS + sent, parts)
}

/** Sends commands, and waits until the last of them, which somebody asked for, has its reply. */
async function decided(...commands: readonly AmlCommand[]): Promise<void> {
  await rig.send(
    'aml.command',
    commands.map((command) => ({ key: KEY, value: codecs.command.encode(command) })),
  )
  const last = commands.at(-1)?.event_id
  await waitFor(() => replies.some((reply) => reply.command_id === last), { what: `the reply to ${last}` })
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
  const worked = [report(ID, ANN), report(ID, BOB), clear('7'), raise(), endSnooze('PATTERN'), note(ID)].map(
    commandOf,
  )
  const malformed = commandOf({ ...note(ID), note: null })
  const last = commandOf(close(ID))

  it('goes on from Kafka alone, and decides no command twice', async () => {
    rig.start('first')
    await decided(...found)
    await rig.kill()

    rig.start('second')
    await decided(...found, malformed, ...worked.slice(0, -1))
    // In a transaction of its own: all before it is in the store by then.
    await decided(...worked.slice(-1))
    await rig.kill()

    rig.start('third')
    await decided(...found, ...worked, last)
    await rig.kill()
    expect(replies.map((reply) => [reply.command_id, reply.error_code])).toEqual([
      [found[4]?.event_id, null],
      [found[6]?.event_id, null],
      [found[7]?.event_id, null],
      [worked[0]?.event_id, 'FOUR_EYES'],
      [worked[1]?.event_id, null],
      [worked[2]?.event_id, null],
      [worked[4]?.event_id, null],
      [worked[5]?.event_id, null],
      [last.event_id, 'ALERT_TRANSITION_ILLEGAL'],
    ])
  })

  it('has left every change on its topic, once, and what it could not decide in the dead letters', async () => {
    await waitFor(
      () => updated.length >= 6 && standings.length >= 7 && audited.length >= 3 && deadLetters.length > 0,
      {
        what: 'the changes',
      },
    )
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
    expect(audited.map(({ action, outcome }) => [action, outcome])).toEqual([
      ['SNOOZE', 'APPLIED'],
      ['CLEAR_MATCH', 'APPLIED'],
      ['END_SNOOZE', 'APPLIED'],
    ])
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
    const third = withoutLast(await rig.storeOf('third'))
    expect([...third.keys()].filter((key) => key.startsWith('a/'))).toHaveLength(3)
    const own = (store: Map<string, string>) => [...store].filter(([key]) => key !== `a/${ID}`)
    expect(own(third)).toEqual(own(withoutLast(await rig.storeOf('second'))))
  })
})

/** The processor on a real broker, killed and started anew on an empty disk between two steps. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiKey, AuditRecorded, Partner, PartnerCommand } from '../../avro/types.ts'
import { required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { registrySource } from '../../topics/registry.ts'
import { KillableRig } from '../runtime/testing/killable-rig.ts'
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
  testCodecs,
  testCommand,
  testUuid,
  update,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const entries: AuditRecorded[] = []
const partners: Partner[] = []
const keys: ApiKey[] = []
let codecs: PartnersCodecs
let rig: KillableRig

beforeAll(async () => {
  codecs = await testCodecs(registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true }))
  rig = await KillableRig.open(
    {
      name: 'partners',
      storeVersion: STORE_VERSION,
      entry: join(import.meta.dirname, 'testing/main.ts'),
      topics: [
        'partner.command',
        'partner.command.dlq',
        'partner.profile.updated',
        'partner.api-key.updated',
        'partner.webhook.updated',
        'aml.rules.updated',
        'game.provider.updated',
        'game.updated',
        'audit.entry.recorded',
        'partner.position',
      ],
    },
    {
      'audit.entry.recorded': (value) => void entries.push(codecs.audit.decode(value)),
      'partner.profile.updated': (value) => void partners.push(codecs.partner.decode(value).data),
      'partner.api-key.updated': (value) => void keys.push(codecs.key.decode(value).data),
    },
  )
})
afterAll(() => rig.close())

let sent = 0
const commandOf = (parts: CommandParts): PartnerCommand => {
  sent++
  return testCommand(testUuid(sent), START_MS + sent, parts)
}

/** Sends commands, and waits until the last of them has its entry. */
async function decided(...commands: readonly PartnerCommand[]): Promise<void> {
  await rig.send(
    'partner.command',
    commands.map((command) => ({
      key: command.data.partner_id,
      value: codecs.command.encode(command),
    })),
  )
  const last = commands.at(-1)?.event_id
  await waitFor(() => entries.some((entry) => entry.event_id === last), { what: `the entry of ${last}` })
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
    rig.start('first')
    await decided(...commands.slice(0, made.length))
    await rig.kill()

    rig.start('second')
    await decided(...commands.slice(made.length))
    await decided(...stale.slice(0, 1))
    await rig.kill()

    rig.start('third')
    await decided(...commands, ...stale)
    await rig.kill()
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
    const before = withoutStale(await rig.storeOf('second'))
    expect(before.size).toBe(1 + 1 + 2 + 2 + 1 + commands.length)
    expect(withoutStale(await rig.storeOf('third'))).toEqual(before)
  })
})

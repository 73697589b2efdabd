/** The processor on a real broker, killed and started anew on an empty disk between two steps. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type {
  DeadLetter,
  Settlement,
  SettlementCommand,
  SettlementReply,
  WalletCommand,
} from '../../avro/types.ts'
import { required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { registrySource } from '../../topics/registry.ts'
import { KillableRig } from '../runtime/testing/killable-rig.ts'
import type { SettlementCodecs } from './logic.ts'
import { STORE_VERSION } from './state.ts'
import {
  NOW_MS,
  PARTNER_ID,
  complete,
  putTerms,
  request,
  step,
  testCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const runs: Settlement[] = []
const replies: SettlementReply[] = []
const walletCommands: WalletCommand[] = []
const deadLetters: DeadLetter[] = []
let codecs: SettlementCodecs
let rig: KillableRig

beforeAll(async () => {
  codecs = await testCodecs(registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true }))
  rig = await KillableRig.open(
    {
      name: 'settlement',
      storeVersion: STORE_VERSION,
      entry: join(import.meta.dirname, 'testing/main.ts'),
      topics: [
        'settlement.command',
        'settlement.command.dlq',
        'settlement.updated',
        'settlement.terms.updated',
        'settlement.reply',
        'settlement.position',
        'wallet.command',
      ],
    },
    {
      'settlement.updated': (value) => void runs.push(codecs.run.decode(value).data),
      'settlement.reply': (value) => void replies.push(codecs.reply.decode(value).data),
      'wallet.command': (value) => void walletCommands.push(codecs.walletCommand.decode(value)),
      'settlement.command.dlq': (value) => void deadLetters.push(codecs.deadLetter.decode(value).data),
    },
  )
})
afterAll(() => rig.close())

let sent = 0
const commandOf = (parts: CommandParts): SettlementCommand => {
  sent++
  return testCommand(testUuid(sent), NOW_MS + sent, parts)
}

/** Sends commands, and waits until the last of them has its reply. */
async function decided(...commands: readonly SettlementCommand[]): Promise<void> {
  await rig.send(
    'settlement.command',
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

  rig.start('first')
  await decided(...asked)
  await rig.kill()

  rig.start('second')
  await decided(...asked, ...counted)
  await rig.kill()

  rig.start('third')
  await decided(...asked, malformed, ...counted, ...after.slice(0, -1))
  // In a transaction of its own: all before it is in the store by then.
  await decided(...after.slice(-1))
  await rig.kill()

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

  const again = commandOf(step('CONFIRM', id))
  rig.start('fourth')
  await decided(again)
  await rig.kill()
  // Whoever dies between the commit in Kafka and the write to the store leaves the last command out of it.
  const settled = (store: Map<string, string>) =>
    [...store].filter(
      ([key]) => key !== `r/${id}` && key !== `c/${after[2]?.event_id}` && key !== `c/${again.event_id}`,
    )
  const third = settled(await rig.storeOf('third'))
  expect(third.map(([key]) => key)).toContain(`h/${PARTNER_ID}/EUR`)
  expect(settled(await rig.storeOf('fourth'))).toEqual(third)
  expect(walletCommands).toHaveLength(1)
})

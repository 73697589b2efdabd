/** The processor on a real broker, killed and started anew on an empty disk between two steps. */
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DeadLetter, GameBet, GameCallData, GameCommand, WalletCommand } from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import { required } from '../../tests/support/environment.ts'
import { waitFor } from '../../tests/support/wait.ts'
import { registrySource } from '../../topics/registry.ts'
import { KillableRig } from '../runtime/testing/killable-rig.ts'
import type { GamesCodecs } from './logic.ts'
import { STORE_VERSION } from './state.ts'
import { HOLD_MS, PARTNER_ID, result, terms, testCodecs, testCommand, testUuid } from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const bets: GameBet[] = []
const calls: GameCallData[] = []
const walletCommands: WalletCommand[] = []
const deadLetters: DeadLetter[] = []
let codecs: GamesCodecs
let rig: KillableRig

beforeAll(async () => {
  codecs = await testCodecs(registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true }))
  rig = await KillableRig.open(
    {
      name: 'games',
      storeVersion: STORE_VERSION,
      entry: join(import.meta.dirname, 'testing/main.ts'),
      topics: [
        'game.command',
        'game.command.dlq',
        'game.bet.updated',
        'game.call',
        'game.position',
        'wallet.command',
      ],
    },
    {
      'game.bet.updated': (value) => void bets.push(codecs.bet.decode(value).data),
      'game.call': (value) => void calls.push(codecs.call.decode(value).data),
      'wallet.command': (value) => void walletCommands.push(codecs.walletCommand.decode(value)),
      'game.command.dlq': (value) => void deadLetters.push(codecs.deadLetter.decode(value).data),
    },
  )
})
afterAll(() => rig.close())

let sent = 0
const send = async (...parts: readonly CommandParts[]): Promise<void> => {
  const commands: GameCommand[] = parts.map((each) => testCommand(++sent, Date.now(), each))
  await rig.send(
    'game.command',
    commands.map((command) => ({
      key: playerKey(PARTNER_ID, 'ann'),
      value: codecs.command.encode(command),
    })),
  )
}

/** Waits until a bet has come to a state, and answers it. */
const reached = (id: string, state: GameBet['state']): Promise<GameBet> =>
  waitFor(() => bets.findLast((bet) => bet.bet_id === id && bet.state === state), { what: `${id} ${state}` })

const held = (id: string, holdMs = HOLD_MS): CommandParts => ({
  action: 'HELD',
  bet_id: id,
  bet: terms({ hold_expires_at: Date.now() + holdMs }),
})
const told = (
  id: string,
  call: number,
  answer: 'ACCEPTED' | 'UNCERTAIN' | 'ABSENT' | 'CANCELED',
): CommandParts => ({
  bet_id: id,
  ...result(call, { answer }),
})

it('a processor that is killed goes on from Kafka alone: it calls and tells the wallet once for each step', async () => {
  const [confirmed, canceled] = [testUuid(0xb1), testUuid(0xb2)]

  rig.start('first')
  await send(held(confirmed), held(canceled), { action: 'HELD', bet_id: testUuid(0xb3) })
  await reached(canceled, 'PLACING')
  await rig.kill()

  // Nobody runs: what comes now is there when somebody does.
  await send(told(confirmed, 1, 'ACCEPTED'), told(canceled, 1, 'UNCERTAIN'))
  rig.start('second')
  await reached(canceled, 'CHECKING')
  await rig.kill()

  await send(told(confirmed, 1, 'ACCEPTED'), told(canceled, 2, 'ABSENT'))
  rig.start('third')
  await reached(canceled, 'CANCELING')
  await send(told(canceled, 3, 'CANCELED'), told(canceled, 3, 'CANCELED'))
  await reached(canceled, 'CANCELED')
  await rig.kill()

  await waitFor(() => walletCommands.length >= 2 && deadLetters.length > 0, { what: 'the wallet commands' })
  expect(walletCommands.map(({ data }) => [data.type, data.transaction_id])).toEqual([
    ['BET_CONFIRM', confirmed],
    ['BET_CANCEL', canceled],
  ])
  expect(calls.map(({ bet_id: id, kind, call }) => [id, kind, call])).toEqual([
    [confirmed, 'PLACE', 1],
    [canceled, 'PLACE', 1],
    [canceled, 'CHECK', 2],
    [canceled, 'CANCEL', 3],
  ])
  expect(deadLetters).toMatchObject([{ error_code: 'RECORD_INVALID', reason: 'HELD without bet' }])
})

it('a call whose answer never comes is taken for lost when its time is over, by whoever runs then', async () => {
  const lost = testUuid(0xb4)
  rig.start('fourth')
  // Its call may take until the end of the hold, and five seconds more are given to the answer.
  await send(held(lost, 1_000))
  await reached(lost, 'PLACING')
  await rig.kill()
  rig.start('fifth')
  const woken = await reached(lost, 'CANCELING')
  expect(woken).toMatchObject({ code: 'NO_ANSWER', calling: true })
  await rig.kill()
})

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Actor, AuditRecorded, CommandType } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { WalletLogic } from './logic.ts'
import type { WalletCodecs } from './logic.ts'
import {
  ListOutput,
  MapStore,
  PARTNER_ID,
  START_MS,
  commandRecord,
  logRecord,
  memoryCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { bet, win, withdrawal } from './testing/scenario.ts'

const ACTOR: Actor = {
  key_id: testUuid(900),
  partner_id: PARTNER_ID,
  ip_address: '203.0.113.7',
  request_id: 'request-1',
}
const TOPIC = 'audit.wallet-entry.recorded'

let codecs: WalletCodecs
let store: MapStore
let logic: WalletLogic
let commands: number
beforeAll(async () => {
  codecs = await memoryCodecs()
})
beforeEach(() => {
  store = new MapStore()
  logic = new WalletLogic(codecs, { replyPartitions: 1 })
  commands = 0
})

/** Sends a command, a new one unless it is told which, and answers the entries that it leaves. */
function send(parts: CommandParts, number = ++commands): AuditRecorded[] {
  const output = new ListOutput()
  const command = testCommand(testUuid(number), START_MS + number, { actor: ACTOR, ...parts })
  logic.process(commandRecord(codecs, command, number), store, output)
  logic.endBatch(store, output, true)
  store.commit()
  return output.sent.filter(({ topic }) => topic === TOPIC).map(({ value }) => codecs.audit.decode(value))
}

function sendOne(parts: CommandParts, number?: number): AuditRecorded {
  const entries = send(parts, number)
  expect(entries).toHaveLength(1)
  const [entry] = entries
  if (entry === undefined) throw new Error('no entry')
  return entry
}

const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text))
const sides = ({ data }: AuditRecorded): unknown[] => [parsed(data.before), parsed(data.after)]

const deposit = (amount: bigint): CommandParts => ({ type: 'DEPOSIT', amount })
const profile = (name: string): CommandParts => ({
  type: 'PLAYER_UPDATE',
  currency: NO_CURRENCY,
  player: { country: 'MT', name, date_of_birth: null, self_exclusion: null, limits: [] },
})

describe('the audit trail of wallets', () => {
  it('says who changed a standing, when, why, and the wallet before and after', () => {
    send(deposit(70_000n))
    const { event_id, data } = sendOne({ type: 'WALLET_FREEZE', reason: 'disputed account' })
    expect(event_id).toBe(testUuid(2))
    expect(data).toMatchObject({
      action: 'WALLET_FREEZE',
      outcome: 'APPLIED',
      error_code: null,
      actor: ACTOR,
      partner_id: PARTNER_ID,
      subject_type: 'wallet',
      version: 2,
      requested_at: START_MS + 2,
      player_id: 'ann',
      reason: 'disputed account',
    })
    const wallet = {
      wallet_id: data.subject_id,
      player_id: 'ann',
      currency: 'USD',
      balance: '7.0000',
      held: '0.0000',
    }
    expect([parsed(data.before), parsed(data.after)]).toEqual([
      { ...wallet, status: 'active', aml_hold: false, version: 1 },
      { ...wallet, status: 'frozen', aml_hold: false, version: 2 },
    ])
    for (const type of ['WALLET_UNFREEZE', 'AML_HOLD', 'AML_RELEASE'] as const)
      expect(sendOne({ type }).data).toMatchObject({ action: type, outcome: 'APPLIED' })
  })

  it('shows what an adjustment has made of the wallet, and one that was refused', () => {
    send(deposit(50_000n))
    const adjustment = { type: 'ADJUSTMENT', amount: 20_000n, reason: 'goodwill' } as const
    expect(sides(sendOne({ ...adjustment, direction: 'CREDIT' }))).toEqual([
      expect.objectContaining({ balance: '5.0000', version: 1 }),
      expect.objectContaining({ balance: '7.0000', version: 2 }),
    ])
    const refused = sendOne({ ...adjustment, amount: 90_000n, direction: 'DEBIT' })
    expect(refused.data).toMatchObject({
      outcome: 'REFUSED',
      error_code: 'INSUFFICIENT_FUNDS',
      version: null,
    })
    expect(sides(refused)).toEqual([expect.objectContaining({ balance: '7.0000' }), null])
  })

  it('shows each step of a withdrawal, but not its amount', () => {
    send(deposit(50_000n))
    send({ ...withdrawal(30_000n), transaction_id_partner: 'wd-1' })
    const step = (type: CommandType): CommandParts => ({ type, transaction_id: testUuid(2) })
    const approved = sendOne(step('WITHDRAWAL_APPROVE'))
    expect(approved.data).toMatchObject({ subject_type: 'withdrawal', subject_id: testUuid(2), version: 3 })
    const wanted = {
      transaction_id: testUuid(2),
      transaction_id_partner: 'wd-1',
      currency: 'USD',
      error_code: null,
    }
    expect(sides(approved)).toEqual([
      { ...wanted, status: 'PENDING' },
      { ...wanted, status: 'PROCESSING' },
    ])
    const declined = sendOne(step('WITHDRAWAL_DECLINE'))
    expect(declined.data).toMatchObject({ outcome: 'REFUSED', error_code: 'INVALID_TRANSITION' })
    expect(sides(sendOne(step('WITHDRAWAL_COMPLETE')))[1]).toEqual({ ...wanted, status: 'COMPLETED' })
    expect(sides(sendOne({ ...step('WITHDRAWAL_FAIL'), transaction_id: testUuid(77) }))).toEqual([null, null])
  })

  it('shows the whole profile before and after, also after a restore from the log', () => {
    expect(sides(sendOne(profile('k1:a')))).toEqual([
      null,
      expect.objectContaining({ name: 'k1:a', version: 1 }),
    ])
    const second = sendOne(profile('k1:b'))
    expect(second.data).toMatchObject({ subject_type: 'player', player_id: 'ann', version: 2 })
    expect(sides(second)).toEqual([
      expect.objectContaining({ name: 'k1:a', version: 1 }),
      expect.objectContaining({ name: 'k1:b', version: 2, command_id: testUuid(2) }),
    ])
    const recorded = codecs.profile.encode({
      event_id: testUuid(2),
      event_type: 'player.updated',
      timestamp: START_MS + 2,
      data: JSON.parse(second.data.after ?? ''),
    })
    const live = store.entries()
    store = new MapStore()
    logic = new WalletLogic(codecs, { replyPartitions: 1 })
    logic.restore('player.profile.updated', [logRecord(`${PARTNER_ID}/ann`, recorded, 0)], store, false)
    store.commit()
    expect(store.entries()).toEqual(live)
    expect(sides(sendOne(profile('k1:c')))[0]).toEqual(parsed(second.data.after))
  })

  it('has no second entry of a command that comes twice, be it applied or refused', () => {
    send(deposit(50_000n))
    expect(send({ type: 'WALLET_FREEZE' })).toHaveLength(1)
    expect(send({ type: 'WALLET_FREEZE' }, 2)).toEqual([])
    expect(send(profile('k1:a'))).toHaveLength(1)
    expect(send(profile('k1:a'), 3)).toEqual([])
    const adjustment = { type: 'ADJUSTMENT', amount: 1n, direction: 'CREDIT' } as const
    expect(send(adjustment)).toHaveLength(1)
    expect(send(adjustment, 4)).toEqual([])
    const unknown = { type: 'WITHDRAWAL_APPROVE', transaction_id: testUuid(77) } as const
    const refused = send(unknown)
    expect(refused).toHaveLength(1)
    expect(send(unknown, 5)).toEqual(refused)
  })

  it('gives a refusal another id than the change that the same command may still make', () => {
    send(deposit(50_000n))
    send(withdrawal(10_000n))
    send({ type: 'AML_HOLD' })
    const approve = { type: 'WITHDRAWAL_APPROVE', transaction_id: testUuid(2) } as const
    const refused = sendOne(approve)
    expect(refused.data.error_code).toBe('AML_HOLD')
    send({ type: 'AML_RELEASE' })
    const applied = sendOne(approve, 4)
    expect(applied.data.outcome).toBe('APPLIED')
    expect(new Set([refused.event_id, applied.event_id, testUuid(4)])).toHaveLength(2)
  })

  it('has nothing of what players do and of what follows by itself', () => {
    send(deposit(50_000n))
    expect(send({ ...bet('b', 10_000n), round_id: 'r' })).toEqual([])
    expect(send({ ...win('w', 20_000n), round_id: 'r' })).toEqual([])
    expect(send({ ...withdrawal(10_000n), auto_approve: true, hold_expires_at: START_MS + 1 })).toEqual([])
    expect(send({ type: 'WITHDRAWAL_EXPIRE', transaction_id: testUuid(commands) })).toEqual([])
  })

  it('names nobody for a command that names nobody', () => {
    send(deposit(50_000n))
    expect(sendOne({ type: 'WALLET_FREEZE', actor: null }).data.actor.key_id).toBe('unknown')
  })
})

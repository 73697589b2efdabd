import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { WalletReplyData } from '../../avro/types.ts'
import { createPending } from './pending.ts'
import type { PendingCommands } from './pending.ts'

const TIMEOUT_MS = 1_000

const reply = (commandId: string): WalletReplyData => ({
  command_id: commandId,
  outcome: 'APPLIED',
  error_code: null,
  transaction_id: commandId,
  player_id: 'p',
  currency: 'USD',
  status: 'COMPLETED',
  new_balance: 1n,
  balance: 1n,
  held: 0n,
  version: 1,
  processed_at: 0,
  self_excluded_from: null,
  bet_unknown: false,
})

let pending: PendingCommands
let log: string[]
beforeEach(() => {
  vi.useFakeTimers()
  pending = createPending(TIMEOUT_MS)
  log = []
})
afterEach(() => {
  pending.stop()
  vi.useRealTimers()
})

const wait = (commandId: string): void =>
  pending.add({
    commandId,
    sinceMs: Date.now(),
    answered: () => log.push(`${commandId} answered`),
    expired: () => log.push(`${commandId} expired`),
  })

describe('pending commands', () => {
  it('hand a reply to the one who waits, once', () => {
    wait('a')
    wait('b')
    expect([pending.answer(reply('b')), pending.answer(reply('b')), pending.answer(reply('c'))]).toEqual([
      true,
      false,
      false,
    ])
    expect([log, pending.size()]).toEqual([['b answered'], 1])
  })

  it('expire in order, each when its time is up', async () => {
    wait('a')
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2)
    wait('b')
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2 + 50)
    expect(log).toEqual(['a expired'])
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS / 2 + 50)
    expect([log, pending.size()]).toEqual([['a expired', 'b expired'], 0])
  })
})

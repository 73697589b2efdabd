import { describe, expect, it } from 'vitest'
import type { TransactionRow } from '../reads/rows.ts'
import { roundStatusOf } from './rounds.ts'

const row = (type: string, status = 'COMPLETED', parts: Partial<TransactionRow> = {}): TransactionRow => ({
  id: '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11',
  wallet_id: null,
  player_id: 'ann',
  partner_id: '7b0f7d0e-4f5c-4a7a-9f63-2f0f4f4f0a01',
  type,
  _encrypted_amount: '',
  currency: 'USD',
  direction: null,
  balance_before: null,
  balance_after: null,
  held_after: null,
  wallet_version: 1,
  status,
  game_id: 'g',
  round_id: 'r',
  campaign_id: null,
  transaction_id_partner: null,
  reference_transaction_id_partner: null,
  reference_transaction_id: null,
  win_type: null,
  round_closed: false,
  hold_expires_at: null,
  error_code: null,
  reason: null,
  ip_address: null,
  user_agent: null,
  country: null,
  created_at: '',
  processed_at: '',
  updated_at: '',
  metadata: null,
  ...parts,
})

describe('how a round stands', () => {
  const closing = row('WIN', 'COMPLETED', { round_closed: true })
  it.each([
    ['PENDING', [row('BET', 'PENDING')]],
    ['PENDING', [row('BET'), row('BET', 'PENDING')]],
    ['OPEN', [row('BET')]],
    ['OPEN', [row('BET'), row('WIN')]],
    ['OPEN', [row('BET'), row('BET'), row('ROLLBACK')]],
    ['OPEN', [row('BET'), row('ROLLBACK', 'FAILED')]],
    ['CLOSED', [row('BET'), closing]],
    ['ROLLED_BACK', [row('BET'), row('ROLLBACK')]],
    ['FAILED', [row('BET', 'CANCELED')]],
    ['FAILED', [row('BET', 'FAILED'), row('WIN', 'FAILED', { round_closed: true })]],
  ] as const)('%s', (status, rows) => {
    expect(roundStatusOf(rows)).toBe(status)
  })
})

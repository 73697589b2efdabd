/** Transactions and balances as the wallet writes them, for the tests of the sinks. */
import { randomUUID } from 'node:crypto'
import type { BalanceUpdated, Transaction, TransactionCreated, WalletBalance } from '../../avro/types.ts'

export const PARTNER_ID = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10'
const NOW_MS = Date.UTC(2026, 10, 22, 12, 30, 15, 123)

type Change = Partial<Transaction> & { event_type?: string; event_id?: string; timestamp?: number }

/** A completed deposit of 10.00 EUR of a player of their own, changed as asked. */
export function aTransaction({
  event_type,
  event_id,
  timestamp,
  ...change
}: Change = {}): TransactionCreated {
  const transactionId = randomUUID()
  return {
    event_id: event_id ?? randomUUID(),
    event_type: event_type ?? 'transaction.created',
    timestamp: timestamp ?? NOW_MS + 5,
    data: {
      transaction_id: transactionId,
      command_id: transactionId,
      wallet_id: randomUUID(),
      partner_id: PARTNER_ID,
      player_id: `player-${transactionId}`,
      type: 'DEPOSIT',
      status: 'COMPLETED',
      amount: 100_000n,
      currency: 'EUR',
      direction: null,
      balance_before: 0n,
      balance_after: 100_000n,
      held_after: 0n,
      version: 1,
      game_id: null,
      round_id: null,
      campaign_id: null,
      transaction_id_partner: `deposit-${transactionId}`,
      reference_transaction_id_partner: null,
      reference_transaction_id: null,
      win_type: null,
      round_closed: false,
      hold_expires_at: null,
      error_code: null,
      retryable: false,
      reason: null,
      entries: [
        { account: 'PLAYER', amount: 100_000n },
        { account: 'CASH', amount: -100_000n },
      ],
      created_at: NOW_MS,
      processed_at: NOW_MS + 3,
      ip_address: null,
      user_agent: null,
      country: null,
      player_country: null,
      metadata: null,
      ...change,
    },
  }
}

/** A transaction in which every field has a value. */
export const aFullTransaction = (): TransactionCreated =>
  aTransaction({
    type: 'ADJUSTMENT',
    direction: 'DEBIT',
    status: 'CANCELED',
    amount: 999_999_999_999_999_9999n,
    balance_before: 5n,
    balance_after: 999_999_999_999_999_0001n,
    held_after: 7n,
    version: 4_503_599_627_370_497,
    game_id: 'game/€',
    round_id: 'round "1"',
    campaign_id: 'spring',
    transaction_id_partner: "partner's \\ id",
    reference_transaction_id_partner: 'bet-1',
    reference_transaction_id: randomUUID(),
    win_type: 'JACKPOT',
    round_closed: true,
    hold_expires_at: NOW_MS + 86_400_000,
    error_code: 'HOLD_EXPIRED',
    retryable: true,
    reason: 'line 1\nline 2 \u{1F3B0}',
    entries: [
      { account: 'PLAYER_HELD', amount: -999_999_999_999_999_9999n },
      { account: 'ADJUSTMENT', amount: 999_999_999_999_999_9999n },
    ],
    ip_address: '2001:db8:85a3:8d3:1319:8a2e:370:7348',
    user_agent: 'Mozilla/5.0 (X11; "quoted", \\backslash\\)\ttab',
    country: 'MT',
    player_country: 'SE',
    metadata: '{"b": 1.10, "a": [true, null, "\\u20ac \\" \\\\u0000"], "big": 12345678901234567890.123}',
  })

/** The record of a player's wallets. */
export function aBalance(
  wallets: readonly (Pick<WalletBalance, 'wallet_id'> & Partial<WalletBalance>)[],
  playerId: string,
  partnerId: string = PARTNER_ID,
): BalanceUpdated {
  return {
    event_id: randomUUID(),
    event_type: 'balance.updated',
    timestamp: NOW_MS + 6,
    data: {
      partner_id: partnerId,
      player_id: playerId,
      wallets: wallets.map((wallet) => ({
        currency: 'EUR',
        balance: 100_000n,
        held: 0n,
        status: 'active',
        aml_hold: false,
        version: 1,
        created_at: NOW_MS,
        updated_at: NOW_MS + 4,
        ...wallet,
      })),
    },
  }
}

/** The steps of a withdrawal that is held, approved and paid out, on a wallet at the given version. */
export function aWithdrawal(deposit: TransactionCreated): TransactionCreated[] {
  const { wallet_id, player_id, partner_id, balance_after } = deposit.data
  const before = balance_after ?? 0n
  const amount = 40_000n
  const held = aTransaction({
    wallet_id,
    player_id,
    partner_id,
    type: 'WITHDRAWAL',
    status: 'PENDING',
    amount,
    balance_before: before,
    balance_after: before - amount,
    held_after: amount,
    version: deposit.data.version + 1,
    hold_expires_at: NOW_MS + 86_400_000,
    processed_at: NOW_MS + 1_000,
    entries: [
      { account: 'PLAYER_HELD', amount },
      { account: 'PLAYER', amount: -amount },
    ],
  })
  const step = (change: Change): TransactionCreated =>
    aTransaction({
      ...held.data,
      event_type: 'transaction.updated',
      command_id: randomUUID(),
      balance_before: before - amount,
      entries: [],
      ...change,
    })
  return [
    held,
    step({
      status: 'PROCESSING',
      version: held.data.version + 1,
      reason: 'approved',
      processed_at: NOW_MS + 2_000,
    }),
    step({
      status: 'COMPLETED',
      version: held.data.version + 2,
      reason: 'paid',
      processed_at: NOW_MS + 3_000,
      held_after: 0n,
      entries: [
        { account: 'CASH', amount },
        { account: 'PLAYER_HELD', amount: -amount },
      ],
    }),
  ]
}

/**
 * From records to the rows of PostgreSQL: pure. A row is a JSON object with the columns' names, as `json_to_recordset`
 * takes it: amounts and times are texts, so that nothing passes through a float.
 */
import type { BalanceUpdated, Transaction, TransactionCreated } from '../../avro/types.ts'
import { formatAmount } from '../../domain/money.ts'
import type { Cipher } from '../../service/encryption.ts'
import type { Batch, SinkRecord } from '../runtime/types.ts'
import { gatherAmlRows } from './aml.ts'
import type { AmlRows } from './aml.ts'
import { gatherPartnerRows, placeholderRow } from './partner-rows.ts'
import type { PartnerRows, PlaceholderRow } from './partner-rows.ts'
import { gatherPlayerRows } from './players.ts'
import type { PlayerRow } from './players.ts'
import { gatherSettlementRows } from './settlements.ts'
import type { SettlementRows } from './settlements.ts'
import { amountOrNull, sorted, timeOf, timeOrNull } from './row-values.ts'
import type { PostgresSource } from './sources.ts'

/** Event type of a later change of a transaction's status; every other one brings a transaction into being. */
const UPDATED = 'transaction.updated'

/** A player without a wallet leaves nothing to refer to; the event names the id that the wallet would have. */
const walletIdOf = (data: Transaction): string | null => (data.balance_after === null ? null : data.wallet_id)

export type WalletRow = ReturnType<typeof walletRow>
export type DerivedWalletRow = ReturnType<typeof derivedWalletRow>
export type TransactionRow = ReturnType<typeof transactionRow>
export type TransactionUpdateRow = ReturnType<typeof transactionUpdateRow>

export const walletRow = (
  player: BalanceUpdated['data'],
  wallet: BalanceUpdated['data']['wallets'][number],
) => ({
  id: wallet.wallet_id,
  player_id: player.player_id,
  partner_id: player.partner_id,
  currency: wallet.currency,
  balance: formatAmount(wallet.balance),
  held: formatAmount(wallet.held),
  version: wallet.version,
  status: wallet.status,
  aml_hold: wallet.aml_hold,
  created_at: timeOf(wallet.created_at),
  updated_at: timeOf(wallet.updated_at),
})

/** What a transaction says about its wallet, for the time until the wallet's own record comes. */
export const derivedWalletRow = (data: Transaction, balanceAfter: bigint) => ({
  id: data.wallet_id,
  player_id: data.player_id,
  partner_id: data.partner_id,
  currency: data.currency,
  balance: formatAmount(balanceAfter),
  held: formatAmount(data.held_after ?? 0n),
  version: data.version,
  created_at: timeOf(data.created_at),
  updated_at: timeOf(data.processed_at),
})

export const transactionRow = (
  { offset, value: { data } }: SinkRecord<TransactionCreated>,
  cipher: Cipher,
) => ({
  id: data.transaction_id,
  wallet_id: walletIdOf(data),
  player_id: data.player_id,
  partner_id: data.partner_id,
  type: data.type,
  _encrypted_amount: cipher.encryptAmount(data.amount),
  currency: data.currency,
  direction: data.direction,
  balance_before: amountOrNull(data.balance_before),
  balance_after: amountOrNull(data.balance_after),
  held_after: amountOrNull(data.held_after),
  wallet_version: data.version,
  status: data.status,
  status_version: data.version,
  status_offset: offset,
  game_id: data.game_id,
  round_id: data.round_id,
  campaign_id: data.campaign_id,
  transaction_id_partner: data.transaction_id_partner,
  reference_transaction_id_partner: data.reference_transaction_id_partner,
  reference_transaction_id: data.reference_transaction_id,
  win_type: data.win_type,
  round_closed: data.round_closed,
  hold_expires_at: timeOrNull(data.hold_expires_at),
  error_code: data.error_code,
  retryable: data.retryable,
  reason: data.reason,
  command_id: data.command_id,
  ip_address: data.ip_address,
  user_agent: data.user_agent,
  country: data.country,
  created_at: timeOf(data.created_at),
  processed_at: timeOf(data.processed_at),
  updated_at: timeOf(data.processed_at),
  metadata: data.metadata,
})

export const transactionUpdateRow = ({ event_id, data }: TransactionCreated) => ({
  event_id,
  transaction_id: data.transaction_id,
  wallet_id: walletIdOf(data),
  command_id: data.command_id,
  status: data.status,
  balance_before: amountOrNull(data.balance_before),
  balance_after: amountOrNull(data.balance_after),
  held_after: amountOrNull(data.held_after),
  wallet_version: data.version,
  error_code: data.error_code,
  reason: data.reason,
  created_at: timeOf(data.created_at),
  processed_at: timeOf(data.processed_at),
})

/** The columns that a later event of a transaction replaces; all others stay as they were first recorded. */
export const STATUS_COLUMNS = [
  'status',
  'status_version',
  'status_offset',
  'hold_expires_at',
  'error_code',
  'retryable',
  'reason',
  'command_id',
  'updated_at',
] as const satisfies readonly (keyof TransactionRow)[]

/** Lays a later event of the same transaction over its row. */
function overlay(row: TransactionRow, later: TransactionRow): TransactionRow {
  const { status, status_version, status_offset, hold_expires_at, error_code, retryable } = later
  const { reason, command_id, updated_at } = later
  const changes = { status, status_version, status_offset, hold_expires_at, error_code, retryable }
  return { ...row, ...changes, reason, command_id, updated_at }
}

export interface MoneyRows {
  wallets: WalletRow[]
  derivedWallets: DerivedWalletRow[]
  transactions: TransactionRow[]
  transactionUpdates: TransactionUpdateRow[]
  /** One moment of each month in which a transaction was created, as `YYYY-MM-01T00:00:00.000Z`. */
  months: Set<string>
}

export interface Rows extends MoneyRows, PartnerRows, AmlRows, SettlementRows {
  players: PlayerRow[]
  /** Every partner that a row of the batch refers to, or is about. */
  placeholders: PlaceholderRow[]
}

const monthOf = (epochMs: number): string => `${timeOf(epochMs).slice(0, 7)}-01T00:00:00.000Z`

/**
 * Gathers the rows of a batch, one per key: of several states of a wallet the newest, of several events of a transaction
 * the first with the status of the last, since one statement can't touch a row twice.
 */
function gatherMoneyRows(partnerIds: Set<string>, cipher: Cipher) {
  const wallets = new Map<string, WalletRow>()
  const derivedWallets = new Map<string, DerivedWalletRow>()
  const transactions = new Map<string, TransactionRow>()
  const transactionUpdates = new Map<string, TransactionUpdateRow>()
  const months = new Set<string>()
  return {
    addBalance: ({ value: { data } }: SinkRecord<BalanceUpdated>): void => {
      partnerIds.add(data.partner_id)
      for (const wallet of data.wallets)
        if ((wallets.get(wallet.wallet_id)?.version ?? -1) <= wallet.version)
          wallets.set(wallet.wallet_id, walletRow(data, wallet))
    },
    addTransaction: (record: SinkRecord<TransactionCreated>): void => {
      const { event_id, event_type, data } = record.value
      partnerIds.add(data.partner_id)
      months.add(monthOf(data.created_at))
      if (data.balance_after !== null && (derivedWallets.get(data.wallet_id)?.version ?? -1) <= data.version)
        derivedWallets.set(data.wallet_id, derivedWalletRow(data, data.balance_after))
      const row = transactionRow(record, cipher)
      const earlier = transactions.get(row.id)
      transactions.set(row.id, earlier === undefined ? row : overlay(earlier, row))
      if (event_type === UPDATED) transactionUpdates.set(event_id, transactionUpdateRow(record.value))
    },
    rows: (): MoneyRows => ({
      wallets: sorted(wallets.values()),
      derivedWallets: sorted(derivedWallets.values()),
      transactions: [...transactions.values()],
      transactionUpdates: [...transactionUpdates.values()],
      months,
    }),
  }
}

/** The rows of a batch, of all tables. */
export function rowsOf(batch: Batch<PostgresSource>, cipher: Cipher): Rows {
  const partnerIds = new Set<string>()
  const money = gatherMoneyRows(partnerIds, cipher)
  const management = gatherPartnerRows(partnerIds)
  const profiles = gatherPlayerRows(partnerIds)
  const aml = gatherAmlRows()
  const settlement = gatherSettlementRows(partnerIds)
  for (const slice of batch)
    switch (slice.source) {
      case 'wallet.transaction.created':
        slice.records.forEach(money.addTransaction)
        break
      case 'wallet.balance':
        slice.records.forEach(money.addBalance)
        break
      case 'partner.profile.updated':
        slice.records.forEach(management.addPartner)
        break
      case 'partner.api-key.updated':
        slice.records.forEach(management.addApiKey)
        break
      case 'partner.webhook.updated':
        slice.records.forEach(management.addWebhook)
        break
      case 'game.provider.updated':
        slice.records.forEach(management.addGameProvider)
        break
      case 'game.updated':
        slice.records.forEach(management.addGame)
        break
      case 'partner.api-key.used':
        slice.records.forEach(management.addKeyUse)
        break
      case 'audit.entry.recorded':
      case 'audit.wallet-entry.recorded':
      case 'audit.aml-entry.recorded':
      case 'audit.operation-entry.recorded':
        slice.records.forEach(management.addAuditEntry)
        break
      case 'player.profile.updated':
        slice.records.forEach(profiles.addPlayer)
        break
      case 'aml.alert.created':
      case 'aml.alert.updated':
        slice.records.forEach(aml.addAlert)
        break
      case 'aml.risk-profile.updated':
        slice.records.forEach(aml.addProfile)
        break
      case 'aml.player.updated':
        slice.records.forEach(aml.addStanding)
        break
      case 'settlement.updated':
        slice.records.forEach(settlement.addSettlement)
        break
      case 'settlement.terms.updated':
        slice.records.forEach(settlement.addTerms)
        break
    }
  const placeholders = sorted([...partnerIds].map(placeholderRow))
  return {
    placeholders,
    ...money.rows(),
    ...management.rows(),
    ...profiles.rows(),
    ...aml.rows(),
    ...settlement.rows(),
  }
}

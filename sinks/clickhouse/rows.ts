/** From records to the rows of ClickHouse: pure. A column's kind is its type in the table. */
import type {
  AlertChanged,
  BalanceUpdated,
  LedgerEntry,
  PartnerUpdated,
  TransactionAssessed,
  TransactionCreated,
} from '../../avro/types.ts'
import type { SinkRecord, TopicPartition } from '../runtime/types.ts'
import {
  amount,
  bool,
  column,
  float64,
  list,
  nullable,
  nullableWord,
  Rows,
  share,
  text,
  time,
  uint32,
  uint64,
  uint8,
  uuid,
  word,
} from './row-binary.ts'
import type { Column } from './row-binary.ts'

interface Sourced<T> {
  record: SinkRecord<T>
  from: TopicPartition
}

const kafkaColumns = <T extends Sourced<unknown>>(): readonly Column<T>[] => [
  column('kafka_topic', word, ({ from }) => from.topic),
  column('kafka_partition', uint32, ({ from }) => from.partition),
  column('kafka_offset', uint64, ({ record }) => record.offset),
]

type TransactionSource = Sourced<TransactionCreated>
const data = ({ record }: TransactionSource): TransactionCreated['data'] => record.value.data

const TRANSACTION_COLUMNS: readonly Column<TransactionSource>[] = [
  column('event_id', uuid, ({ record }) => record.value.event_id),
  column('event_type', word, ({ record }) => record.value.event_type),
  column('event_timestamp', time, ({ record }) => record.value.timestamp),
  column('transaction_id', uuid, (from) => data(from).transaction_id),
  column('command_id', uuid, (from) => data(from).command_id),
  column('wallet_id', uuid, (from) => data(from).wallet_id),
  column('partner_id', uuid, (from) => data(from).partner_id),
  column('player_id', text, (from) => data(from).player_id),
  column('type', word, (from) => data(from).type),
  column('status', word, (from) => data(from).status),
  column('amount', amount, (from) => data(from).amount),
  column('currency', word, (from) => data(from).currency),
  column('direction', nullableWord, (from) => data(from).direction),
  column('balance_before', nullable(amount), (from) => data(from).balance_before),
  column('balance_after', nullable(amount), (from) => data(from).balance_after),
  column('held_after', nullable(amount), (from) => data(from).held_after),
  column('version', uint64, (from) => data(from).version),
  column('game_id', nullableWord, (from) => data(from).game_id),
  column('round_id', nullable(text), (from) => data(from).round_id),
  column('campaign_id', nullableWord, (from) => data(from).campaign_id),
  column('transaction_id_partner', nullable(text), (from) => data(from).transaction_id_partner),
  column(
    'reference_transaction_id_partner',
    nullable(text),
    (from) => data(from).reference_transaction_id_partner,
  ),
  column('reference_transaction_id', nullable(uuid), (from) => data(from).reference_transaction_id),
  column('win_type', nullableWord, (from) => data(from).win_type),
  column('round_closed', bool, (from) => data(from).round_closed),
  column('hold_expires_at', nullable(time), (from) => data(from).hold_expires_at),
  column('error_code', nullableWord, (from) => data(from).error_code),
  column('retryable', bool, (from) => data(from).retryable),
  column('reason', nullable(text), (from) => data(from).reason),
  column('created_at', time, (from) => data(from).created_at),
  column('processed_at', time, (from) => data(from).processed_at),
  column('ip_address', nullable(text), (from) => data(from).ip_address),
  column('user_agent', nullableWord, (from) => data(from).user_agent),
  column('country', nullableWord, (from) => data(from).country),
  column('player_country', nullableWord, (from) => data(from).player_country),
  column('metadata', nullable(text), (from) => data(from).metadata),
  ...kafkaColumns<TransactionSource>(),
]

interface EntrySource extends TransactionSource {
  entry: LedgerEntry
  number: number
}

const LEDGER_COLUMNS: readonly Column<EntrySource>[] = [
  column('event_id', uuid, ({ record }) => record.value.event_id),
  column('entry', uint8, ({ number }) => number),
  column('account', word, ({ entry }) => entry.account),
  column('amount', amount, ({ entry }) => entry.amount),
  column('currency', word, (from) => data(from).currency),
  column('transaction_id', uuid, (from) => data(from).transaction_id),
  column('wallet_id', uuid, (from) => data(from).wallet_id),
  column('partner_id', uuid, (from) => data(from).partner_id),
  column('player_id', text, (from) => data(from).player_id),
  column('type', word, (from) => data(from).type),
  column('status', word, (from) => data(from).status),
  column('game_id', nullableWord, (from) => data(from).game_id),
  column('win_type', nullableWord, (from) => data(from).win_type),
  column('version', uint64, (from) => data(from).version),
  column('created_at', time, (from) => data(from).created_at),
  column('processed_at', time, (from) => data(from).processed_at),
  ...kafkaColumns<EntrySource>(),
]

interface BalanceSource extends Sourced<BalanceUpdated> {
  wallet: BalanceUpdated['data']['wallets'][number]
}

const BALANCE_COLUMNS: readonly Column<BalanceSource>[] = [
  column('wallet_id', uuid, ({ wallet }) => wallet.wallet_id),
  column('partner_id', uuid, ({ record }) => record.value.data.partner_id),
  column('player_id', text, ({ record }) => record.value.data.player_id),
  column('currency', word, ({ wallet }) => wallet.currency),
  column('balance', amount, ({ wallet }) => wallet.balance),
  column('held', amount, ({ wallet }) => wallet.held),
  column('status', word, ({ wallet }) => wallet.status),
  column('aml_hold', bool, ({ wallet }) => wallet.aml_hold),
  column('version', uint64, ({ wallet }) => wallet.version),
  column('created_at', time, ({ wallet }) => wallet.created_at),
  column('updated_at', time, ({ wallet }) => wallet.updated_at),
  ...kafkaColumns<BalanceSource>(),
]

type AssessmentSource = Sourced<TransactionAssessed>
const assessment = ({ record }: AssessmentSource): TransactionAssessed['data'] => record.value.data

const ASSESSMENT_COLUMNS: readonly Column<AssessmentSource>[] = [
  column('event_id', uuid, ({ record }) => record.value.event_id),
  column('event_type', word, ({ record }) => record.value.event_type),
  column('transaction_id', uuid, (from) => assessment(from).transaction_id),
  column('partner_id', uuid, (from) => assessment(from).partner_id),
  column('player_id', text, (from) => assessment(from).player_id),
  column('type', word, (from) => assessment(from).type),
  column('amount', amount, (from) => assessment(from).amount),
  column('currency', word, (from) => assessment(from).currency),
  column('bonus', bool, (from) => assessment(from).bonus),
  column('created_at', time, (from) => assessment(from).created_at),
  column('late', bool, (from) => assessment(from).late),
  column('risk_score', float64, (from) => assessment(from).risk_score),
  column('overall_risk_score', float64, (from) => assessment(from).overall_risk_score),
  column('alert_types', list(word), (from) => assessment(from).alert_types),
  column('factor_codes', list(word), (from) => assessment(from).factors.map(({ code }) => code)),
  column('factors', text, (from) => JSON.stringify(assessment(from).factors)),
  column('rules_version', word, (from) => assessment(from).rules_version),
  column('observations', uint64, (from) => assessment(from).observations),
  column('amount_mean', nullable(float64), (from) => assessment(from).amount_mean),
  column('amount_sigma', nullable(float64), (from) => assessment(from).amount_sigma),
  column('z_score', nullable(float64), (from) => assessment(from).z_score),
  column('robust_z_score', nullable(float64), (from) => assessment(from).robust_z_score),
  column('count_24h', uint64, (from) => assessment(from).count_24h),
  column('frequency_ratio_7d', nullable(float64), (from) => assessment(from).frequency_ratio_7d),
  column('frequency_ratio_30d', nullable(float64), (from) => assessment(from).frequency_ratio_30d),
  column('near_threshold_24h', uint32, (from) => assessment(from).near_threshold_24h),
  column('near_threshold_48h', uint32, (from) => assessment(from).near_threshold_48h),
  column('deposited_24h', amount, (from) => assessment(from).deposited_24h),
  column('withdrawn_24h', amount, (from) => assessment(from).withdrawn_24h),
  column('wagered_24h', amount, (from) => assessment(from).wagered_24h),
  column('shadow_rules_version', nullableWord, (from) => assessment(from).shadow?.rules_version ?? null),
  column('shadow_risk_score', nullable(float64), (from) => assessment(from).shadow?.risk_score ?? null),
  column('shadow_alert_types', list(word), (from) => assessment(from).shadow?.alert_types ?? []),
  column('assessed_at', time, ({ record }) => record.raw.timestampMs),
  ...kafkaColumns<AssessmentSource>(),
]

type AlertSource = Sourced<AlertChanged>
const alert = ({ record }: AlertSource): AlertChanged['data'] => record.value.data

const ALERT_COLUMNS: readonly Column<AlertSource>[] = [
  column('event_id', uuid, ({ record }) => record.value.event_id),
  column('alert_id', uuid, (from) => alert(from).alert_id),
  column('version', uint32, (from) => alert(from).version),
  column('partner_id', uuid, (from) => alert(from).partner_id),
  column('player_id', text, (from) => alert(from).player_id),
  column('transaction_id', nullable(uuid), (from) => alert(from).transaction_id),
  column('alert_type', word, (from) => alert(from).alert_type),
  column('alert_severity', word, (from) => alert(from).alert_severity),
  column('alert_status', word, (from) => alert(from).alert_status),
  column('description', text, (from) => alert(from).description),
  column('risk_score', float64, (from) => alert(from).risk_score),
  column('factor_codes', list(word), (from) => alert(from).risk_factors.map(({ code }) => code)),
  column('risk_factors', text, (from) => JSON.stringify(alert(from).risk_factors)),
  column('matches', text, (from) => JSON.stringify(alert(from).matches)),
  column('rules_version', nullableWord, (from) => alert(from).rules_version),
  column('occurrences', uint64, (from) => alert(from).occurrences),
  column('transaction_ids', list(uuid), (from) => alert(from).transaction_ids),
  column('first_occurred_at', time, (from) => alert(from).first_occurred_at),
  column('last_occurred_at', time, (from) => alert(from).last_occurred_at),
  column('assignee_id', nullable(text), (from) => alert(from).assignee_id),
  column('reviewed_by', nullable(text), (from) => alert(from).reviewed_by),
  column('reviewed_at', nullable(time), (from) => alert(from).reviewed_at),
  column('resolution_code', nullableWord, (from) => alert(from).resolution_code),
  column('report_reference', nullable(text), (from) => alert(from).report_reference),
  column('created_at', time, (from) => alert(from).created_at),
  column('updated_at', time, (from) => alert(from).updated_at),
  column('action', word, (from) => alert(from).change.action),
  column('actor', nullable(text), (from) => alert(from).change.actor),
  column('from_status', nullableWord, (from) => alert(from).change.from_status),
  ...kafkaColumns<AlertSource>(),
]

type PartnerSource = Sourced<PartnerUpdated>
const partner = ({ record }: PartnerSource): PartnerUpdated['data'] => record.value.data

/** What partner management decides may lie as far ahead as the year 9999 ("never"); DateTime64 ends in 2299. */
const TIME_MS_MAX = Date.UTC(2300, 0, 1) - 1
const momentOf = (epochMs: number): number => Math.min(epochMs, TIME_MS_MAX)

const ratesOf = (from: PartnerSource): PartnerUpdated['data']['commission_rates'] =>
  partner(from).commission_rates.toSorted((a, b) => a.effective_from - b.effective_from)

const PARTNER_COLUMNS: readonly Column<PartnerSource>[] = [
  column('partner_id', uuid, (from) => partner(from).partner_id),
  column('name', text, (from) => partner(from).name),
  column('type', word, (from) => partner(from).type),
  column('status', word, (from) => partner(from).status),
  column('rates', list(share), (from) => ratesOf(from).map(({ rate }) => rate)),
  column('rates_from', list(time), (from) =>
    ratesOf(from).map(({ effective_from }) => momentOf(effective_from)),
  ),
  column('version', uint32, (from) => partner(from).version),
  column('created_at', time, (from) => momentOf(partner(from).created_at)),
  column('updated_at', time, (from) => momentOf(partner(from).updated_at)),
  ...kafkaColumns<PartnerSource>(),
]

/** The rows of one batch, by table. */
export const createTables = () => ({
  transactions: new Rows(TRANSACTION_COLUMNS),
  ledger_entries: new Rows(LEDGER_COLUMNS),
  wallet_balance_updates: new Rows(BALANCE_COLUMNS),
  aml_assessments: new Rows(ASSESSMENT_COLUMNS),
  aml_alert_changes: new Rows(ALERT_COLUMNS),
  partner_changes: new Rows(PARTNER_COLUMNS),
})
export type Tables = ReturnType<typeof createTables>
export type TableName = keyof Tables

/** One row per entry; none where no money moved. */
export function addEntries(
  { ledger_entries }: Tables,
  record: SinkRecord<TransactionCreated>,
  from: TopicPartition,
): void {
  for (const [number, entry] of record.value.data.entries.entries())
    ledger_entries.add({ record, from, entry, number })
}

/** One row per wallet of the player. */
export function addBalances(
  { wallet_balance_updates }: Tables,
  record: SinkRecord<BalanceUpdated>,
  from: TopicPartition,
): void {
  for (const wallet of record.value.data.wallets) wallet_balance_updates.add({ record, from, wallet })
}

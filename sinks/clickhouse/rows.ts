/**
 * From records to the rows of ClickHouse: pure. A row is an array in the order of the table's columns (format
 * JSONCompactEachRow); amounts and times are texts, so that nothing passes through a float.
 */
import type {
  AlertChanged,
  BalanceUpdated,
  LedgerEntry,
  PartnerUpdated,
  TransactionAssessed,
  TransactionCreated,
} from '../../avro/types.ts'
import { formatAmount } from '../../domain/money.ts'
import type { SinkRecord, TopicPartition } from '../runtime/types.ts'

export type Cell = string | number | boolean | null | readonly string[]
export type Row = Cell[]

/** A column and how its value is found. */
type Column<T> = readonly [name: string, value: (source: T) => Cell]

/** `YYYY-MM-DD hh:mm:ss.mmm` in UTC, as DateTime64(3) reads it. */
export const timeOf = (epochMs: number): string =>
  new Date(epochMs).toISOString().slice(0, 23).replace('T', ' ')
const amountOrNull = (units: bigint | null): string | null => (units === null ? null : formatAmount(units))

interface Sourced<T> {
  record: SinkRecord<T>
  from: TopicPartition
}

const kafkaColumns = <T extends Sourced<unknown>>(): readonly Column<T>[] => [
  ['kafka_topic', ({ from }) => from.topic],
  ['kafka_partition', ({ from }) => from.partition],
  ['kafka_offset', ({ record }) => record.offset],
]

type TransactionSource = Sourced<TransactionCreated>
const data = ({ record }: TransactionSource): TransactionCreated['data'] => record.value.data

const TRANSACTION_COLUMNS: readonly Column<TransactionSource>[] = [
  ['event_id', ({ record }) => record.value.event_id],
  ['event_type', ({ record }) => record.value.event_type],
  ['event_timestamp', ({ record }) => timeOf(record.value.timestamp)],
  ['transaction_id', (from) => data(from).transaction_id],
  ['command_id', (from) => data(from).command_id],
  ['wallet_id', (from) => data(from).wallet_id],
  ['partner_id', (from) => data(from).partner_id],
  ['player_id', (from) => data(from).player_id],
  ['type', (from) => data(from).type],
  ['status', (from) => data(from).status],
  ['amount', (from) => formatAmount(data(from).amount)],
  ['currency', (from) => data(from).currency],
  ['direction', (from) => data(from).direction],
  ['balance_before', (from) => amountOrNull(data(from).balance_before)],
  ['balance_after', (from) => amountOrNull(data(from).balance_after)],
  ['held_after', (from) => amountOrNull(data(from).held_after)],
  ['version', (from) => data(from).version],
  ['game_id', (from) => data(from).game_id],
  ['round_id', (from) => data(from).round_id],
  ['campaign_id', (from) => data(from).campaign_id],
  ['transaction_id_partner', (from) => data(from).transaction_id_partner],
  ['reference_transaction_id_partner', (from) => data(from).reference_transaction_id_partner],
  ['reference_transaction_id', (from) => data(from).reference_transaction_id],
  ['win_type', (from) => data(from).win_type],
  ['round_closed', (from) => data(from).round_closed],
  [
    'hold_expires_at',
    (from) => {
      const expiresAtMs = data(from).hold_expires_at
      return expiresAtMs === null ? null : timeOf(expiresAtMs)
    },
  ],
  ['error_code', (from) => data(from).error_code],
  ['retryable', (from) => data(from).retryable],
  ['reason', (from) => data(from).reason],
  ['created_at', (from) => timeOf(data(from).created_at)],
  ['processed_at', (from) => timeOf(data(from).processed_at)],
  ['ip_address', (from) => data(from).ip_address],
  ['user_agent', (from) => data(from).user_agent],
  ['country', (from) => data(from).country],
  ['player_country', (from) => data(from).player_country],
  ['metadata', (from) => data(from).metadata],
  ...kafkaColumns<TransactionSource>(),
]

interface EntrySource extends TransactionSource {
  entry: LedgerEntry
  number: number
}

const LEDGER_COLUMNS: readonly Column<EntrySource>[] = [
  ['event_id', ({ record }) => record.value.event_id],
  ['entry', ({ number }) => number],
  ['account', ({ entry }) => entry.account],
  ['amount', ({ entry }) => formatAmount(entry.amount)],
  ['currency', (from) => data(from).currency],
  ['transaction_id', (from) => data(from).transaction_id],
  ['wallet_id', (from) => data(from).wallet_id],
  ['partner_id', (from) => data(from).partner_id],
  ['player_id', (from) => data(from).player_id],
  ['type', (from) => data(from).type],
  ['status', (from) => data(from).status],
  ['game_id', (from) => data(from).game_id],
  ['win_type', (from) => data(from).win_type],
  ['version', (from) => data(from).version],
  ['created_at', (from) => timeOf(data(from).created_at)],
  ['processed_at', (from) => timeOf(data(from).processed_at)],
  ...kafkaColumns<EntrySource>(),
]

interface BalanceSource extends Sourced<BalanceUpdated> {
  wallet: BalanceUpdated['data']['wallets'][number]
}

const BALANCE_COLUMNS: readonly Column<BalanceSource>[] = [
  ['wallet_id', ({ wallet }) => wallet.wallet_id],
  ['partner_id', ({ record }) => record.value.data.partner_id],
  ['player_id', ({ record }) => record.value.data.player_id],
  ['currency', ({ wallet }) => wallet.currency],
  ['balance', ({ wallet }) => formatAmount(wallet.balance)],
  ['held', ({ wallet }) => formatAmount(wallet.held)],
  ['status', ({ wallet }) => wallet.status],
  ['aml_hold', ({ wallet }) => wallet.aml_hold],
  ['version', ({ wallet }) => wallet.version],
  ['created_at', ({ wallet }) => timeOf(wallet.created_at)],
  ['updated_at', ({ wallet }) => timeOf(wallet.updated_at)],
  ...kafkaColumns<BalanceSource>(),
]

type AssessmentSource = Sourced<TransactionAssessed>
const assessment = ({ record }: AssessmentSource): TransactionAssessed['data'] => record.value.data

const ASSESSMENT_COLUMNS: readonly Column<AssessmentSource>[] = [
  ['event_id', ({ record }) => record.value.event_id],
  ['event_type', ({ record }) => record.value.event_type],
  ['transaction_id', (from) => assessment(from).transaction_id],
  ['partner_id', (from) => assessment(from).partner_id],
  ['player_id', (from) => assessment(from).player_id],
  ['type', (from) => assessment(from).type],
  ['amount', (from) => formatAmount(assessment(from).amount)],
  ['currency', (from) => assessment(from).currency],
  ['bonus', (from) => assessment(from).bonus],
  ['created_at', (from) => timeOf(assessment(from).created_at)],
  ['late', (from) => assessment(from).late],
  ['risk_score', (from) => assessment(from).risk_score],
  ['overall_risk_score', (from) => assessment(from).overall_risk_score],
  ['alert_types', (from) => assessment(from).alert_types],
  ['factor_codes', (from) => assessment(from).factors.map(({ code }) => code)],
  ['factors', (from) => JSON.stringify(assessment(from).factors)],
  ['rules_version', (from) => assessment(from).rules_version],
  ['observations', (from) => assessment(from).observations],
  ['amount_mean', (from) => assessment(from).amount_mean],
  ['amount_sigma', (from) => assessment(from).amount_sigma],
  ['z_score', (from) => assessment(from).z_score],
  ['robust_z_score', (from) => assessment(from).robust_z_score],
  ['count_24h', (from) => assessment(from).count_24h],
  ['frequency_ratio_7d', (from) => assessment(from).frequency_ratio_7d],
  ['frequency_ratio_30d', (from) => assessment(from).frequency_ratio_30d],
  ['near_threshold_24h', (from) => assessment(from).near_threshold_24h],
  ['near_threshold_48h', (from) => assessment(from).near_threshold_48h],
  ['deposited_24h', (from) => formatAmount(assessment(from).deposited_24h)],
  ['withdrawn_24h', (from) => formatAmount(assessment(from).withdrawn_24h)],
  ['wagered_24h', (from) => formatAmount(assessment(from).wagered_24h)],
  ['shadow_rules_version', (from) => assessment(from).shadow?.rules_version ?? null],
  ['shadow_risk_score', (from) => assessment(from).shadow?.risk_score ?? null],
  ['shadow_alert_types', (from) => assessment(from).shadow?.alert_types ?? []],
  ['assessed_at', ({ record }) => timeOf(record.raw.timestampMs)],
  ...kafkaColumns<AssessmentSource>(),
]

type AlertSource = Sourced<AlertChanged>
const alert = ({ record }: AlertSource): AlertChanged['data'] => record.value.data
const timeOrNull = (epochMs: number | null): string | null => (epochMs === null ? null : timeOf(epochMs))

const ALERT_COLUMNS: readonly Column<AlertSource>[] = [
  ['event_id', ({ record }) => record.value.event_id],
  ['alert_id', (from) => alert(from).alert_id],
  ['version', (from) => alert(from).version],
  ['partner_id', (from) => alert(from).partner_id],
  ['player_id', (from) => alert(from).player_id],
  ['transaction_id', (from) => alert(from).transaction_id],
  ['alert_type', (from) => alert(from).alert_type],
  ['alert_severity', (from) => alert(from).alert_severity],
  ['alert_status', (from) => alert(from).alert_status],
  ['description', (from) => alert(from).description],
  ['risk_score', (from) => alert(from).risk_score],
  ['factor_codes', (from) => alert(from).risk_factors.map(({ code }) => code)],
  ['risk_factors', (from) => JSON.stringify(alert(from).risk_factors)],
  ['matches', (from) => JSON.stringify(alert(from).matches)],
  ['rules_version', (from) => alert(from).rules_version],
  ['occurrences', (from) => alert(from).occurrences],
  ['transaction_ids', (from) => alert(from).transaction_ids],
  ['first_occurred_at', (from) => timeOf(alert(from).first_occurred_at)],
  ['last_occurred_at', (from) => timeOf(alert(from).last_occurred_at)],
  ['assignee_id', (from) => alert(from).assignee_id],
  ['reviewed_by', (from) => alert(from).reviewed_by],
  ['reviewed_at', (from) => timeOrNull(alert(from).reviewed_at)],
  ['resolution_code', (from) => alert(from).resolution_code],
  ['report_reference', (from) => alert(from).report_reference],
  ['created_at', (from) => timeOf(alert(from).created_at)],
  ['updated_at', (from) => timeOf(alert(from).updated_at)],
  ['action', (from) => alert(from).change.action],
  ['actor', (from) => alert(from).change.actor],
  ['from_status', (from) => alert(from).change.from_status],
  ...kafkaColumns<AlertSource>(),
]

type PartnerSource = Sourced<PartnerUpdated>
const partner = ({ record }: PartnerSource): PartnerUpdated['data'] => record.value.data

/** What partner management decides may lie as far ahead as the year 9999 ("never"); DateTime64 ends in 2299. */
const TIME_MS_MAX = Date.UTC(2300, 0, 1) - 1
const momentOf = (epochMs: number): string => timeOf(Math.min(epochMs, TIME_MS_MAX))

const ratesOf = (from: PartnerSource): PartnerUpdated['data']['commission_rates'] =>
  partner(from).commission_rates.toSorted((a, b) => a.effective_from - b.effective_from)

const PARTNER_COLUMNS: readonly Column<PartnerSource>[] = [
  ['partner_id', (from) => partner(from).partner_id],
  ['name', (from) => partner(from).name],
  ['type', (from) => partner(from).type],
  ['status', (from) => partner(from).status],
  ['rates', (from) => ratesOf(from).map(({ rate }) => formatAmount(rate))],
  ['rates_from', (from) => ratesOf(from).map(({ effective_from }) => momentOf(effective_from))],
  ['version', (from) => partner(from).version],
  ['created_at', (from) => momentOf(partner(from).created_at)],
  ['updated_at', (from) => momentOf(partner(from).updated_at)],
  ...kafkaColumns<PartnerSource>(),
]

const rowOf = <T>(columns: readonly Column<T>[], source: T): Row => columns.map(([, value]) => value(source))
const namesOf = (columns: readonly Column<never>[]): [string, ...string[]] => {
  const [first = '', ...rest] = columns.map(([name]) => name)
  return [first, ...rest]
}

/** Tables that records are written to, with the columns in the order of the rows. */
export const TABLES = {
  transactions: namesOf(TRANSACTION_COLUMNS),
  ledger_entries: namesOf(LEDGER_COLUMNS),
  wallet_balance_updates: namesOf(BALANCE_COLUMNS),
  aml_assessments: namesOf(ASSESSMENT_COLUMNS),
  aml_alert_changes: namesOf(ALERT_COLUMNS),
  partner_changes: namesOf(PARTNER_COLUMNS),
} as const
export type TableName = keyof typeof TABLES

export const transactionRow = (record: SinkRecord<TransactionCreated>, from: TopicPartition): Row =>
  rowOf(TRANSACTION_COLUMNS, { record, from })

export const assessmentRow = (record: SinkRecord<TransactionAssessed>, from: TopicPartition): Row =>
  rowOf(ASSESSMENT_COLUMNS, { record, from })

export const alertRow = (record: SinkRecord<AlertChanged>, from: TopicPartition): Row =>
  rowOf(ALERT_COLUMNS, { record, from })

export const partnerRow = (record: SinkRecord<PartnerUpdated>, from: TopicPartition): Row =>
  rowOf(PARTNER_COLUMNS, { record, from })

/** One row per entry; none where no money moved. */
export const ledgerRows = (record: SinkRecord<TransactionCreated>, from: TopicPartition): Row[] =>
  record.value.data.entries.map((entry, number) => rowOf(LEDGER_COLUMNS, { record, from, entry, number }))

/** One row per wallet of the player. */
export const balanceRows = (record: SinkRecord<BalanceUpdated>, from: TopicPartition): Row[] =>
  record.value.data.wallets.map((wallet) => rowOf(BALANCE_COLUMNS, { record, from, wallet }))

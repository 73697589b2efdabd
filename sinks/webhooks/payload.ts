/** What is sent about an event: pure, so that the same event always gives the same bytes and the same id. */
import { isLosslessNumber, parse } from 'lossless-json'
import { v5 as uuidOfName } from 'uuid'
import type { Transaction, TransactionCreated } from '../../avro/types.ts'
import { formatAmountShort } from '../../domain/money.ts'

/** Name space of the ids of deliveries. */
const NAMESPACE = 'c0e2a1f4-2f0b-4d0c-9b53-5a4f2f7b7d10'

/** The id of a delivery, its `webhook-id`: the same whenever the same event is told to the same endpoint. */
export const deliveryId = (webhookId: string, eventId: string): string =>
  uuidOfName(`${webhookId}/${eventId}`, NAMESPACE)

const timeOf = (epochMs: number): string => new Date(epochMs).toISOString()

/** A number literal of all digits, as the API answers amounts. */
const amountOf = (units: bigint) => JSON.rawJSON(formatAmountShort(units))
const amountOrNull = (units: bigint | null) => (units === null ? null : amountOf(units))

/** A value as it was written: no digit of a number is lost. A text that only a lenient parser reads goes as it is. */
function exactly(text: string): unknown {
  try {
    return parse(text, (_name, value) => (isLosslessNumber(value) ? JSON.rawJSON(value.value) : value))
  } catch {
    return text
  }
}

/** Names as in the answers of the API and the columns of the data model. */
const dataOf = (data: Transaction) => ({
  id: data.transaction_id,
  wallet_id: data.balance_after === null ? null : data.wallet_id,
  player_id: data.player_id,
  partner_id: data.partner_id,
  type: data.type,
  amount: amountOf(data.amount),
  currency: data.currency,
  direction: data.direction,
  balance_before: amountOrNull(data.balance_before),
  balance_after: amountOrNull(data.balance_after),
  held_after: amountOrNull(data.held_after),
  wallet_version: data.version,
  status: data.status,
  game_id: data.game_id,
  round_id: data.round_id,
  campaign_id: data.campaign_id,
  transaction_id_partner: data.transaction_id_partner,
  reference_transaction_id_partner: data.reference_transaction_id_partner,
  reference_transaction_id: data.reference_transaction_id,
  win_type: data.win_type,
  round_closed: data.round_closed,
  hold_expires_at: data.hold_expires_at === null ? null : timeOf(data.hold_expires_at),
  error_code: data.error_code,
  reason: data.reason,
  created_at: timeOf(data.created_at),
  processed_at: timeOf(data.processed_at),
  metadata: data.metadata === null ? null : exactly(data.metadata),
})

/** The body of a delivery. */
export const bodyOf = ({ event_type, timestamp, data }: TransactionCreated): string =>
  JSON.stringify({ type: event_type, timestamp: timeOf(timestamp), data: dataOf(data) })

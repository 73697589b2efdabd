/**
 * Reads of a transaction event what the wallet remembers of it, and nothing else: a restore reads millions of them. The
 * order of the fields is that of `avro/wallet.transaction.created.avsc`; a test holds this reader against avsc's.
 */
import type {
  Direction,
  TransactionCreated,
  TransactionStatus,
  TransactionType,
  WinType,
} from '../../avro/types.ts'
import { AvroCursor } from '../../topics/avro-cursor.ts'
import { isOfSchema, PREFIX_BYTES } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { RecordedEvent, RecordedMovement } from './evolve.ts'

const TYPES: readonly TransactionType[] = [
  'DEPOSIT',
  'WITHDRAWAL',
  'BET',
  'WIN',
  'ROLLBACK',
  'ADJUSTMENT',
  'COMMISSION',
]
const STATUSES: readonly TransactionStatus[] = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED']
const DIRECTIONS: readonly Direction[] = ['CREDIT', 'DEBIT']
const WIN_TYPES: readonly WinType[] = [
  'STANDARD',
  'FREE_ROUND',
  'PROMOTIONAL',
  'BONUS',
  'JACKPOT',
  'TOURNAMENT',
]

/** Throws `UndecodableError`. An event of another version of the schema, and one of held money, are decoded whole. */
export function readTransaction(codec: TopicCodec<TransactionCreated>, bytes: Buffer): RecordedEvent {
  if (isOfSchema(bytes, codec.schemaId)) {
    const movement = readMovement(new AvroCursor(bytes, PREFIX_BYTES))
    if (movement !== undefined) return movement
  }
  return codec.decode(bytes).data
}

/** Undefined for a withdrawal and for a held bet, of which nearly everything is remembered. */
function readMovement(cursor: AvroCursor): RecordedMovement | undefined {
  cursor.skip() // event_id
  cursor.skip() // event_type
  cursor.long() // timestamp
  const transactionId = cursor.ascii()
  const commandId = cursor.ascii()
  const walletId = cursor.ascii()
  cursor.skip() // partner_id
  cursor.skip() // player_id
  const type = cursor.enum(TYPES)
  if (type === 'WITHDRAWAL' || commandId !== transactionId) return undefined
  const status = cursor.enum(STATUSES)
  if (status === 'PENDING') return undefined
  const amount = cursor.decimal()
  const currency = cursor.string()
  const direction = cursor.present() ? cursor.enum(DIRECTIONS) : null
  cursor.skipOrNull() // balance_before
  const balanceAfter = cursor.decimalOrNull()
  const heldAfter = cursor.decimalOrNull()
  const version = cursor.long()
  const gameId = cursor.stringOrNull()
  const roundId = cursor.stringOrNull()
  const campaignId = cursor.stringOrNull()
  const idPartner = cursor.stringOrNull()
  const referenceIdPartner = cursor.stringOrNull()
  cursor.skipOrNull() // reference_transaction_id
  const winType = cursor.present() ? cursor.enum(WIN_TYPES) : null
  const roundClosed = cursor.boolean()
  if (cursor.present()) cursor.long() // hold_expires_at
  const errorCode = cursor.stringOrNull()
  const retryable = cursor.boolean()
  cursor.skipOrNull() // reason
  skipEntries(cursor)
  cursor.long() // created_at
  const processedAtMs = cursor.long()
  for (let field = 0; field < AUDIT_FIELDS; field++) cursor.skipOrNull()
  cursor.end()
  return {
    transaction_id: transactionId,
    command_id: commandId,
    wallet_id: walletId,
    type,
    status,
    amount,
    currency,
    direction,
    balance_after: balanceAfter,
    held_after: heldAfter,
    version,
    game_id: gameId,
    round_id: roundId,
    campaign_id: campaignId,
    transaction_id_partner: idPartner,
    reference_transaction_id_partner: referenceIdPartner,
    win_type: winType,
    round_closed: roundClosed,
    error_code: errorCode,
    retryable,
    processed_at: processedAtMs,
  }
}

/** ip_address, user_agent, country, player_country and metadata. */
const AUDIT_FIELDS = 5

function skipEntries(cursor: AvroCursor): void {
  for (let items = cursor.items(); items > 0; items = cursor.items())
    while (items-- > 0) {
      cursor.long() // account
      cursor.skip() // amount
    }
}

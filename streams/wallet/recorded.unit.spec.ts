/** The readers of a restore against avsc, which reads all of a value by the schema. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type {
  BalanceUpdated,
  Direction,
  Transaction,
  TransactionCreated,
  TransactionStatus,
  TransactionType,
  WalletStatus,
  WinType,
} from '../../avro/types.ts'
import { PREFIX_BYTES, UndecodableError } from '../../topics/codec.ts'
import type { WalletCodecs } from './logic.ts'
import { readSnapshot } from './recorded-snapshot.ts'
import { readTransaction } from './recorded-transaction.ts'
import { walletsOfSnapshot } from './snapshot.ts'
import { memoryCodecs } from './testing/fixtures.ts'

const NUM_RUNS = 500
let codecs: WalletCodecs
beforeAll(async () => {
  codecs = await memoryCodecs()
})

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary)
const text = fc.string({ unit: 'grapheme', maxLength: 300 })
const uuid = fc.uuid()
/** The largest long that avsc writes. */
const LONG_MAX = 2 ** 52
const timeMs = fc.oneof(fc.nat(), fc.integer({ min: 0, max: LONG_MAX }))
const units = fc.oneof(
  fc.bigInt(0n, 10n ** 19n - 1n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n),
  fc.bigInt(-300n, 300n),
)
const transaction: fc.Arbitrary<Transaction> = fc
  .record({
    transaction_id: uuid,
    command_id: orNull(uuid),
    wallet_id: uuid,
    partner_id: uuid,
    player_id: text,
    type: fc.constantFrom<TransactionType>(
      'DEPOSIT',
      'BET',
      'WIN',
      'ROLLBACK',
      'ADJUSTMENT',
      'COMMISSION',
      'WITHDRAWAL',
    ),
    status: fc.constantFrom<TransactionStatus>('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED'),
    amount: units,
    currency: text,
    direction: orNull(fc.constantFrom<Direction>('CREDIT', 'DEBIT')),
    balance_before: orNull(units),
    balance_after: orNull(units),
    held_after: orNull(units),
    version: timeMs,
    game_id: orNull(text),
    round_id: orNull(text),
    campaign_id: orNull(text),
    transaction_id_partner: orNull(text),
    reference_transaction_id_partner: orNull(text),
    reference_transaction_id: orNull(uuid),
    win_type: orNull(
      fc.constantFrom<WinType>('STANDARD', 'FREE_ROUND', 'PROMOTIONAL', 'BONUS', 'JACKPOT', 'TOURNAMENT'),
    ),
    round_closed: fc.boolean(),
    hold_expires_at: orNull(timeMs),
    error_code: orNull(text),
    retryable: fc.boolean(),
    reason: orNull(text),
    entries: fc.array(
      fc.record({ account: fc.constantFrom('PLAYER', 'HOUSE', 'ADJUSTMENT'), amount: units }),
      {
        maxLength: 4,
      },
    ),
    created_at: timeMs,
    processed_at: timeMs,
    ip_address: orNull(text),
    user_agent: orNull(text),
    country: orNull(text),
    player_country: orNull(text),
    metadata: orNull(text),
  })
  .map((parts) => ({ ...parts, command_id: parts.command_id ?? parts.transaction_id }))
const event: fc.Arbitrary<TransactionCreated> = fc.record({
  event_id: uuid,
  event_type: text,
  timestamp: timeMs,
  data: transaction,
})
const snapshot: fc.Arbitrary<BalanceUpdated> = fc.record({
  event_id: uuid,
  event_type: text,
  timestamp: timeMs,
  data: fc.record({
    partner_id: uuid,
    player_id: text,
    wallets: fc.array(
      fc.record({
        wallet_id: uuid,
        currency: text,
        balance: units,
        held: units,
        status: fc.constantFrom<WalletStatus>('active', 'frozen'),
        aml_hold: fc.boolean(),
        version: timeMs,
        created_at: timeMs,
        updated_at: timeMs,
      }),
      { maxLength: 5 },
    ),
  }),
})

describe('what a restore reads', () => {
  it('of an event is what avsc reads, field by field', () => {
    fc.assert(
      fc.property(event, (value) => {
        const bytes = codecs.transaction.encode(value)
        const read = readTransaction(codecs.transaction, bytes)
        const whole = codecs.transaction.decode(bytes).data
        expect(whole).toMatchObject(read)
        if (value.data.type === 'WITHDRAWAL' || value.data.command_id !== value.data.transaction_id)
          expect(read).toEqual(whole)
      }),
      { numRuns: NUM_RUNS },
    )
  })

  it('of a snapshot is what avsc reads', () => {
    fc.assert(
      fc.property(snapshot, (value) => {
        const bytes = codecs.balance.encode(value)
        expect(readSnapshot(codecs.balance, bytes)).toEqual(
          walletsOfSnapshot(codecs.balance.decode(bytes).data),
        )
      }),
      { numRuns: NUM_RUNS },
    )
  })

  it('is refused where bytes are missing or left over', () => {
    fc.assert(
      fc.property(event, snapshot, fc.nat(), (one, other, cut) => {
        const expectRefused = (bytes: Buffer, read: (value: Buffer) => unknown): void => {
          const short = bytes.subarray(0, PREFIX_BYTES + 1 + (cut % (bytes.length - PREFIX_BYTES - 1)))
          expect(() => read(short)).toThrow(UndecodableError)
          expect(() => read(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(UndecodableError)
        }
        expectRefused(codecs.transaction.encode(one), (value) => readTransaction(codecs.transaction, value))
        expectRefused(codecs.balance.encode(other), (value) => readSnapshot(codecs.balance, value))
      }),
      { numRuns: NUM_RUNS },
    )
  })
})

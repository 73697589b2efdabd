import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TransactionStatus, TransactionType, WalletStatus } from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { ByteReader, ByteWriter } from '../runtime/bytes.ts'
import {
  decodePlayer,
  decodeRound,
  decodeTransaction,
  decodeHeldMovement,
  encodePlayer,
  encodeRound,
  encodeTransaction,
  encodeHeldMovement,
} from './state-codec.ts'
import type { TransactionState } from './state.ts'

const units = fc.oneof(
  fc.bigInt({ min: 0n, max: AMOUNT_UNITS_MAX }),
  fc.bigInt({ min: 0n, max: 1_000_000n }),
  fc.constantFrom(0n, AMOUNT_UNITS_MAX, 2n ** 53n - 2n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n),
)
const whole = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(),
  fc.constantFrom(0, 127, 128, 2 ** 31 - 1, 2 ** 31, 2 ** 53 - 1),
)
const uuid = fc.uuid()
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.string({ maxLength: 60 }))
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary)

const wallet = fc.record({
  walletId: uuid,
  // Codes are decoded in a way of their own; other texts must come through it as well.
  currency: fc.oneof(fc.constantFrom('USD', 'EUR'), fc.string({ unit: 'grapheme', maxLength: 4 })),
  balance: units,
  held: units,
  status: fc.constantFrom<WalletStatus>('active', 'frozen'),
  amlHold: fc.boolean(),
  version: whole,
  createdAtMs: whole,
  updatedAtMs: whole,
})
const exclusion = fc.record({ fromMs: whole, untilMs: orNull(whole) })
const profile = fc.option(
  fc.record({
    version: whole,
    updatedAtMs: whole,
    commandId: uuid,
    country: orNull(text),
    exclusion: fc.option(exclusion, { nil: undefined }),
  }),
  { nil: undefined },
)
const status = fc.constantFrom<TransactionStatus>('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED')
const result = fc.record({
  transactionId: uuid,
  type: fc.constantFrom<TransactionType>('DEPOSIT', 'BET', 'WIN', 'COMMISSION'),
  status,
  amount: units,
  currency: text,
  payloadHash: whole,
  newBalance: orNull(units),
  errorCode: orNull(text),
  processedAtMs: whole,
  version: whole,
  gameId: orNull(text),
  roundId: orNull(text),
  settled: fc.boolean(),
})
const mark = fc.record({ transactionId: uuid, newBalance: orNull(units), processedAtMs: whole })
const transaction: fc.Arbitrary<TransactionState> = fc.record({
  result: fc.option(result, { nil: undefined }),
  rollback: fc.option(mark, { nil: undefined }),
})
const stake = fc.record({ currency: text, bets: whole, rolledBack: whole, settledVersion: whole })
const round = fc.record({ closed: fc.boolean(), stakes: fc.array(stake), updatedAtMs: whole })
const held = fc.record({
  type: fc.constantFrom('WITHDRAWAL', 'BET'),
  status,
  amount: units,
  currency: text,
  holdExpiresAtMs: whole,
  createdAtMs: whole,
  newBalance: orNull(units),
  errorCode: orNull(text),
  processedAtMs: whole,
  transactionIdPartner: orNull(text),
  gameId: orNull(text),
  roundId: orNull(text),
  campaignId: orNull(text),
  ipAddress: orNull(text),
  userAgent: orNull(text),
  country: orNull(text),
  metadata: orNull(text),
})

describe('stored entries read back as they were', () => {
  it('players', () => {
    fc.assert(
      fc.property(fc.array(wallet, { maxLength: 5 }), profile, (wallets, known) => {
        expect(decodePlayer(encodePlayer({ wallets, profile: known }))).toEqual({ wallets, profile: known })
      }),
    )
  })
  it('players without a profile, for which that costs one byte', () => {
    expect(encodePlayer({ wallets: [], profile: undefined })).toHaveLength(1)
  })
  it('ids', () => {
    fc.assert(
      fc.property(transaction, (state) => {
        expect(decodeTransaction(encodeTransaction(state))).toEqual(state)
      }),
    )
  })
  it('rounds', () => {
    fc.assert(
      fc.property(round, (state) => {
        expect(decodeRound(encodeRound(state))).toEqual(state)
      }),
    )
  })
  it('what money is held for', () => {
    fc.assert(
      fc.property(held, (state) => {
        expect(decodeHeldMovement(encodeHeldMovement(state))).toEqual(state)
      }),
    )
  })
})

describe('bytes', () => {
  it('takes texts longer than its buffer, and then goes on', () => {
    const writer = new ByteWriter()
    const long = 'ü'.repeat(100_000)
    writer.text(long)
    writer.number(5)
    const reader = new ByteReader(writer.finish())
    expect(reader.text()).toBe(long)
    expect(reader.number()).toBe(5)
    expect(reader.atEnd).toBe(true)
  })

  it('earlier entries stay as they are when later ones are written', () => {
    const writer = new ByteWriter()
    const entries = Array.from({ length: 5_000 }, (_, index) => {
      writer.text(`entry ${index}`)
      return writer.finish()
    })
    expect(entries.map((entry) => new ByteReader(entry).text())).toEqual(
      entries.map((_, index) => `entry ${index}`),
    )
  })

  it('an entry that ends too early is an error', () => {
    expect(() => decodeTransaction(Buffer.from([1, 0]))).toThrow('ends too early')
  })

  it('an entry that names an unknown type is an error', () => {
    expect(() => decodeTransaction(Buffer.from([1, 99]))).toThrow('names item 99')
  })
})

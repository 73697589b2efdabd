/** The stored form of each kind of entry. Any change here or in the keys needs a new `STORE_VERSION`. */
import type { TransactionStatus, TransactionType } from '../../avro/types.ts'
import { ByteReader, ByteWriter } from '../runtime/bytes.ts'
import type {
  Exclusion,
  HeldMovement,
  HeldType,
  PlayerState,
  ProfileState,
  RollbackMark,
  RoundState,
  Stake,
  TransactionResult,
  TransactionState,
  WalletState,
} from './state.ts'

/** A store that was written under another number is dropped and restored from the log. */
export const STORE_VERSION = 6

const TYPES: readonly TransactionType[] = [
  'DEPOSIT',
  'WITHDRAWAL',
  'BET',
  'WIN',
  'ROLLBACK',
  'ADJUSTMENT',
  'COMMISSION',
]
const HELD_TYPES: readonly HeldType[] = ['WITHDRAWAL', 'BET']
const STATUSES: readonly TransactionStatus[] = ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELED']

const FROZEN = 1
const AML_HELD = 2
const HAS_PROFILE = 1
const HAS_EXCLUSION = 2
const IS_ENDLESS = 4
const HAS_RESULT = 1
const HAS_ROLLBACK = 2
const SETTLED = 4

const writer = new ByteWriter()

function at<T>(list: readonly T[], index: number): T {
  const item = list[index]
  if (item === undefined) throw new RangeError(`a stored entry names item ${index} of ${list.length}`)
  return item
}

function writeTextOrNull(value: string | null): void {
  writer.byte(value === null ? 0 : 1)
  if (value !== null) writer.text(value)
}

const readTextOrNull = (reader: ByteReader): string | null => (reader.byte() === 0 ? null : reader.text())

function writeAmountOrNull(value: bigint | null): void {
  writer.byte(value === null ? 0 : 1)
  if (value !== null) writer.amount(value)
}

const readAmountOrNull = (reader: ByteReader): bigint | null => (reader.byte() === 0 ? null : reader.amount())

function writeWallet(wallet: WalletState): void {
  writer.uuid(wallet.walletId)
  writer.text(wallet.currency)
  writer.amount(wallet.balance)
  writer.amount(wallet.held)
  writer.byte((wallet.status === 'frozen' ? FROZEN : 0) | (wallet.amlHold ? AML_HELD : 0))
  writer.number(wallet.version)
  writer.number(wallet.createdAtMs)
  writer.number(wallet.updatedAtMs)
}

function readWallet(reader: ByteReader): WalletState {
  const walletId = reader.uuid()
  const currency = reader.code()
  const balance = reader.amount()
  const held = reader.amount()
  const flags = reader.byte()
  return {
    walletId,
    currency,
    balance,
    held,
    status: (flags & FROZEN) === 0 ? 'active' : 'frozen',
    amlHold: (flags & AML_HELD) !== 0,
    version: reader.number(),
    createdAtMs: reader.number(),
    updatedAtMs: reader.number(),
  }
}

function writeProfile({ version, updatedAtMs, commandId, country, exclusion }: ProfileState): void {
  writer.byte(
    HAS_PROFILE |
      (exclusion === undefined ? 0 : HAS_EXCLUSION) |
      (exclusion?.untilMs === null ? IS_ENDLESS : 0),
  )
  writer.number(version)
  writer.number(updatedAtMs)
  writer.uuid(commandId)
  writeTextOrNull(country)
  if (exclusion === undefined) return
  writer.number(exclusion.fromMs)
  if (exclusion.untilMs !== null) writer.number(exclusion.untilMs)
}

const readExclusion = (reader: ByteReader, isEndless: boolean): Exclusion => ({
  fromMs: reader.number(),
  untilMs: isEndless ? null : reader.number(),
})

const readProfile = (reader: ByteReader, flags: number): ProfileState => ({
  version: reader.number(),
  updatedAtMs: reader.number(),
  commandId: reader.uuid(),
  country: readTextOrNull(reader),
  exclusion: (flags & HAS_EXCLUSION) === 0 ? undefined : readExclusion(reader, (flags & IS_ENDLESS) !== 0),
})

export function encodePlayer({ wallets, profile }: PlayerState): Buffer {
  if (profile === undefined) writer.byte(0)
  else writeProfile(profile)
  for (const wallet of wallets) writeWallet(wallet)
  return writer.finish()
}

export function decodePlayer(bytes: Buffer): PlayerState {
  const reader = new ByteReader(bytes)
  const flags = reader.byte()
  const profile = (flags & HAS_PROFILE) === 0 ? undefined : readProfile(reader, flags)
  const wallets: WalletState[] = []
  while (!reader.atEnd) wallets.push(readWallet(reader))
  return { wallets, profile }
}

function writeResult(result: TransactionResult): void {
  writer.byte(TYPES.indexOf(result.type))
  writer.byte(STATUSES.indexOf(result.status))
  writer.number(result.processedAtMs)
  writer.uuid(result.transactionId)
  writer.amount(result.amount)
  writer.text(result.currency)
  writer.number(result.payloadHash)
  writeAmountOrNull(result.newBalance)
  writeTextOrNull(result.errorCode)
  writer.number(result.version)
  writeTextOrNull(result.gameId)
  writeTextOrNull(result.roundId)
}

const readResult = (reader: ByteReader, settled: boolean): TransactionResult => ({
  type: at(TYPES, reader.byte()),
  status: at(STATUSES, reader.byte()),
  processedAtMs: reader.number(),
  transactionId: reader.uuid(),
  amount: reader.amount(),
  currency: reader.code(),
  payloadHash: reader.number(),
  newBalance: readAmountOrNull(reader),
  errorCode: readTextOrNull(reader),
  version: reader.number(),
  gameId: readTextOrNull(reader),
  roundId: readTextOrNull(reader),
  settled,
})

function writeRollback(rollback: RollbackMark): void {
  writer.number(rollback.processedAtMs)
  writer.uuid(rollback.transactionId)
  writeAmountOrNull(rollback.newBalance)
}

const readRollback = (reader: ByteReader): RollbackMark => ({
  processedAtMs: reader.number(),
  transactionId: reader.uuid(),
  newBalance: readAmountOrNull(reader),
})

export function encodeTransaction({ result, rollback }: TransactionState): Buffer {
  writer.byte(
    (result === undefined ? 0 : HAS_RESULT) |
      (rollback === undefined ? 0 : HAS_ROLLBACK) |
      (result?.settled === true ? SETTLED : 0),
  )
  if (result !== undefined) writeResult(result)
  if (rollback !== undefined) writeRollback(rollback)
  return writer.finish()
}

export function decodeTransaction(bytes: Buffer): TransactionState {
  const reader = new ByteReader(bytes)
  const flags = reader.byte()
  return {
    result: (flags & HAS_RESULT) === 0 ? undefined : readResult(reader, (flags & SETTLED) !== 0),
    rollback: (flags & HAS_ROLLBACK) === 0 ? undefined : readRollback(reader),
  }
}

function writeStake(stake: Stake): void {
  writer.text(stake.currency)
  writer.number(stake.bets)
  writer.number(stake.rolledBack)
  writer.number(stake.settledVersion)
}

const readStake = (reader: ByteReader): Stake => ({
  currency: reader.code(),
  bets: reader.number(),
  rolledBack: reader.number(),
  settledVersion: reader.number(),
})

export function encodeRound(round: RoundState): Buffer {
  writer.byte(round.closed ? 1 : 0)
  writer.number(round.updatedAtMs)
  for (const stake of round.stakes) writeStake(stake)
  return writer.finish()
}

export function decodeRound(bytes: Buffer): RoundState {
  const reader = new ByteReader(bytes)
  const closed = reader.byte() === 1
  const updatedAtMs = reader.number()
  const stakes: Stake[] = []
  while (!reader.atEnd) stakes.push(readStake(reader))
  return { closed, stakes, updatedAtMs }
}

export function encodeHeldMovement(held: HeldMovement): Buffer {
  writer.byte(HELD_TYPES.indexOf(held.type))
  writer.byte(STATUSES.indexOf(held.status))
  writer.number(held.processedAtMs)
  writer.amount(held.amount)
  writer.text(held.currency)
  writer.number(held.holdExpiresAtMs)
  writer.number(held.createdAtMs)
  writeAmountOrNull(held.newBalance)
  writeTextOrNull(held.errorCode)
  writeTextOrNull(held.transactionIdPartner)
  writeTextOrNull(held.gameId)
  writeTextOrNull(held.roundId)
  writeTextOrNull(held.campaignId)
  writeTextOrNull(held.ipAddress)
  writeTextOrNull(held.userAgent)
  writeTextOrNull(held.country)
  writeTextOrNull(held.metadata)
  return writer.finish()
}

export function decodeHeldMovement(bytes: Buffer): HeldMovement {
  const reader = new ByteReader(bytes)
  return {
    type: at(HELD_TYPES, reader.byte()),
    status: at(STATUSES, reader.byte()),
    processedAtMs: reader.number(),
    amount: reader.amount(),
    currency: reader.code(),
    holdExpiresAtMs: reader.number(),
    createdAtMs: reader.number(),
    newBalance: readAmountOrNull(reader),
    errorCode: readTextOrNull(reader),
    transactionIdPartner: readTextOrNull(reader),
    gameId: readTextOrNull(reader),
    roundId: readTextOrNull(reader),
    campaignId: readTextOrNull(reader),
    ipAddress: readTextOrNull(reader),
    userAgent: readTextOrNull(reader),
    country: readTextOrNull(reader),
    metadata: readTextOrNull(reader),
  }
}

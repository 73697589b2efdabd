/**
 * What a sink is to the reader. The reader brings batches of decoded records in order and keeps its place; the store
 * writes a batch together with that place, so that the place is the store's own and nothing is written twice.
 */
import type { RecordErrorCode } from '../../domain/errors.ts'
import type { TopicValues } from '../../topics/catalogue.ts'

/** Topics of the catalogue that every sink reads. The types here speak of these, unless they are told of more. */
export const SOURCE_NAMES = ['wallet.transaction.created', 'wallet.balance'] as const
export type SourceName = (typeof SOURCE_NAMES)[number]

/** Topics of partner management, for the sinks that choose to read them. */
export const PARTNER_SOURCE_NAMES = [
  'partner.profile.updated',
  'partner.api-key.updated',
  'partner.webhook.updated',
  'game.provider.updated',
  'game.updated',
  'partner.api-key.used',
  'audit.entry.recorded',
  'audit.operation-entry.recorded',
] as const
export type PartnerSourceName = (typeof PARTNER_SOURCE_NAMES)[number]

/** Topics about players beside their money, for the sinks that choose to read them. */
export const PLAYER_SOURCE_NAMES = [
  'player.profile.updated',
  'audit.wallet-entry.recorded',
  'audit.aml-entry.recorded',
] as const
type PlayerSourceName = (typeof PLAYER_SOURCE_NAMES)[number]
/** What is known of a player, for who reads nothing else. */
export type ProfileSourceName = Extract<PlayerSourceName, 'player.profile.updated'>

/** Alerts, for the sinks that choose to read them. */
export const ALERT_SOURCE_NAMES = ['aml.alert.created', 'aml.alert.updated'] as const
/** What is known of players to compliance: newest states, for a store of newest states. */
export const RISK_SOURCE_NAMES = ['aml.risk-profile.updated', 'aml.player.updated'] as const
/** Every assessment, for a store of events. */
export const ASSESSMENT_SOURCE_NAMES = ['aml.transaction.assessed'] as const
export type AmlSourceName =
  | (typeof ALERT_SOURCE_NAMES)[number]
  | (typeof RISK_SOURCE_NAMES)[number]
  | (typeof ASSESSMENT_SOURCE_NAMES)[number]

/** Settlement, for the sinks that choose to read it. */
export const SETTLEMENT_SOURCE_NAMES = ['settlement.updated', 'settlement.terms.updated'] as const
type SettlementSourceName = (typeof SETTLEMENT_SOURCE_NAMES)[number]

/** All that a sink may choose from. */
export type AnySourceName =
  SourceName | PartnerSourceName | PlayerSourceName | AmlSourceName | SettlementSourceName

/** A partition by the name that its topic has in Kafka. */
export interface TopicPartition {
  topic: string
  partition: number
}

/** A record as it lies in the log. */
export interface RawRecord {
  offset: number
  timestampMs: number
  key: Buffer | null
  value: Buffer | null
  headers: Readonly<Record<string, Buffer>>
}

/** A record with its decoded value. */
export interface SinkRecord<T> {
  offset: number
  value: T
  raw: RawRecord
}

/** A run of offsets of one partition, `from` to `next` (exclusive), and the records that lie in it, in offset order. */
export interface Run extends TopicPartition {
  /** The position before this run: what the store must hold as its next offset when the run is written. */
  from: number
  /** The position after it. */
  next: number
}

export interface RawSlice<N extends AnySourceName = SourceName> extends Run {
  source: N
  records: readonly RawRecord[]
  bytes: number
}

interface SliceOf<N extends AnySourceName> extends Run {
  source: N
  records: readonly SinkRecord<TopicValues[N]>[]
}

/** Decoded records of one source; switch on `source` to learn their type. */
export type Slice<N extends AnySourceName = SourceName> = { [K in N]: SliceOf<K> }[N]

/** Slices to be written as one; those of one partition follow each other without a gap in their positions. */
export type Batch<N extends AnySourceName = SourceName> = readonly Slice<N>[]

/**
 * Why a write failed.
 * - data: the store refuses a value of the batch, and will refuse it again.
 * - unavailable: anything else (the connection, the server, a table that is not there yet); the same batch may succeed.
 */
export type StoreFault = 'data' | 'unavailable'

/** What the writer may ask of the reader while it writes. */
export interface WriteContext {
  /** False once another instance may own the partitions: what is not yet sent to the store must not be sent. */
  stillOurs(): boolean
}

/** The store of a sink that reads the sources `N`. */
export interface SinkStore<N extends AnySourceName = SourceName> {
  /** Next offset to be written per partition, in the order asked; 0 where nothing was ever written. */
  loadPositions(partitions: readonly TopicPartition[]): Promise<readonly number[]>
  /**
   * Writes the records and moves the positions. When it is called again with the same batch, because the outcome of an
   * earlier call is not known, nothing is written twice. Throws `PositionMovedError` where the stored positions are not
   * those from which the batch starts.
   */
  write(batch: Batch<N>, context: WriteContext): Promise<void>
  faultOf(error: unknown): StoreFault
  close(): Promise<void>
}

/** The stored position of a partition is not the one that the batch starts from: someone else has moved it. */
export class PositionMovedError extends Error {
  override name = 'PositionMovedError'
}

/** The partitions may belong to another instance by now: the batch is given up, its records will be read again. */
export class SupersededError extends Error {
  override name = 'SupersededError'
}

/**
 * A stored position doesn't fit the topic (beyond its end, or before records that are gone). Going on would lose or
 * repeat records in silence, so the sink stops.
 */
export class PositionError extends Error {
  override name = 'PositionError'
}

/** A record that can never be written, and why. */
export interface Rejection<N extends AnySourceName = SourceName> {
  source: N
  topic: string
  partition: number
  record: RawRecord
  code: RecordErrorCode
  reason: string
}

/** Where rejected records go. Resolves once they are safe; throws while they can't be kept. */
export interface DeadLetters<N extends AnySourceName = SourceName> {
  send(rejections: readonly Rejection<N>[]): Promise<void>
}

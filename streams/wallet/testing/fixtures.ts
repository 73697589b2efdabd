/** What the wallet's tests and benchmark share: codecs without a registry, a store in a map, commands with defaults. */
import type { WalletCommand, WalletCommandData } from '../../../avro/types.ts'
import { BLANK_WALLET_COMMAND } from '../../../avro/wallet-command.ts'
import { playerKey } from '../../../domain/ids.ts'
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import type { EntryWriter, LogRecord, Output, StoreWriter } from '../../runtime/processor.ts'
import type { WalletCodecs } from '../logic.ts'

export const PARTNER_ID = '0f0e0d0c-0b0a-4908-8706-050403020100'
/** 2026-01-01T00:00:00Z, the time of the first command. */
export const START_MS = 1_767_225_600_000

/** The n-th UUID of a test; readable and in canonical form. */
export const testUuid = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`

export type CommandParts = Partial<WalletCommandData> & Pick<WalletCommandData, 'type'>

/** A command of a player "ann" in USD unless the parts say otherwise. */
export const testCommand = (eventId: string, timestamp: number, parts: CommandParts): WalletCommand => ({
  event_id: eventId,
  event_type: 'wallet.command',
  timestamp,
  data: {
    partner_id: PARTNER_ID,
    player_id: 'ann',
    currency: 'USD',
    created_at: START_MS,
    ...BLANK_WALLET_COMMAND,
    ...parts,
  },
})

/** Schema ids without a registry. */
export function memorySchemas(): SchemaSource {
  const texts: string[] = []
  return {
    idOf: (_topic, schemaText) => Promise.resolve(texts.push(schemaText)),
    textOf: (id) => Promise.resolve(texts[id - 1]),
  }
}

export async function memoryCodecs(source = memorySchemas()): Promise<WalletCodecs> {
  return {
    command: await createCodec('wallet.command', source),
    transaction: await createCodec('wallet.transaction.created', source),
    balance: await createCodec('wallet.balance', source),
    profile: await createCodec('player.profile.updated', source),
    audit: await createCodec('audit.wallet-entry.recorded', source),
    reply: await createCodec('wallet.reply', source),
    position: await createCodec('wallet.position', source),
    deadLetter: await createCodec('wallet.command.dlq', source),
    game: await createCodec('game.command', source),
  }
}

/** A store of committed entries with a batch in progress laid over it, as the runtime's. */
export class MapStore implements StoreWriter {
  readonly committed = new Map<string, Buffer>()
  readonly #overlay = new Map<string, Buffer | undefined>()
  readonly #onCommit: ((store: EntryWriter) => void)[] = []

  get(key: string): Buffer | undefined {
    return this.#overlay.has(key) ? this.#overlay.get(key) : this.committed.get(key)
  }
  *range(from: string, to: string): Iterable<{ key: string; value: Buffer }> {
    for (const key of [...this.committed.keys()].filter((each) => each >= from && each < to).toSorted()) {
      const value = this.committed.get(key)
      if (value !== undefined) yield { key, value }
    }
  }
  put(key: string, value: Buffer): void {
    this.#overlay.set(key, value)
  }
  delete(key: string): void {
    this.#overlay.set(key, undefined)
  }
  onCommit(write: (store: EntryWriter) => void): void {
    this.#onCommit.push(write)
  }
  commit(): void {
    for (const write of this.#onCommit.splice(0)) write(this)
    for (const [key, value] of this.#overlay) {
      if (value === undefined) this.committed.delete(key)
      else this.committed.set(key, value)
    }
    this.#overlay.clear()
  }
  /** True where a batch in progress has written anything. */
  get isDirty(): boolean {
    return this.#overlay.size > 0 || this.#onCommit.length > 0
  }
  /** All committed entries in key order, values in hexadecimal, to compare two stores by. */
  entries(): [string, string][] {
    return [...this.committed]
      .map(([key, value]): [string, string] => [key, value.toString('hex')])
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
  }
}

export interface SentRecord {
  topic: string
  key: string
  value: Buffer
  partition: number | undefined
}

export class ListOutput implements Output {
  readonly sent: SentRecord[] = []
  send(topic: string, key: string, value: Buffer, partition?: number): void {
    this.sent.push({ topic, key, value, partition })
  }
  isFull(): boolean {
    return false
  }
  readonly outcomes: string[] = []
  count(outcome: string): void {
    this.outcomes.push(outcome)
  }
  of(topic: string): SentRecord[] {
    return this.sent.filter((record) => record.topic === topic)
  }
}

export const logRecord = (key: string | null, value: Buffer | null, offset = 0): LogRecord => ({
  offset,
  timestampMs: START_MS,
  key: key === null ? null : Buffer.from(key),
  value,
  headers: {},
})

/** A command as it lies in its topic. */
export const commandRecord = (codecs: WalletCodecs, command: WalletCommand, offset = 0): LogRecord =>
  logRecord(
    playerKey(command.data.partner_id, command.data.player_id),
    codecs.command.encode(command),
    offset,
  )

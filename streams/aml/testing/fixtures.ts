/** Transactions of the wallet, and a task of the processor in memory. */
import type {
  AmlCommand,
  RiskProfile,
  Transaction,
  TransactionAssessed,
  TransactionCreated,
} from '../../../avro/types.ts'
import { DEFAULT_RULES } from '../../../domain/aml/rules.ts'
import { playerKey } from '../../../domain/ids.ts'
import { parseAmount } from '../../../domain/money.ts'
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import { MapStore } from '../../wallet/testing/fixtures.ts'
import { BatchOutput } from '../../runtime/output.ts'
import type { LogRecord } from '../../runtime/processor.ts'
import { AmlLogic } from '../logic.ts'
import type { Rules } from '../../../topics/rule-book.ts'
import type { AmlCodecs } from '../logic.ts'
import { toRuleSet } from '../../../domain/aml/rule-set.ts'

export const PARTNER = '0198c1a2-7d00-7000-8000-0000000000aa'
/** A Monday at noon. */
export const START_MS = Date.UTC(2026, 2, 2, 12)

export const testUuid = (number: number): string =>
  `0198c1a2-7d00-7000-8000-${number.toString(16).padStart(12, '0')}`

export const units = (text: string): bigint => {
  const parsed = parseAmount(text)
  if (!parsed.ok) throw new Error(`${text} is no amount`)
  return parsed.units
}

let made = 0

/** A transaction as the wallet records it; what is not said is a bet of 10.00 USD. */
export function testTransaction(parts: Partial<Transaction> = {}): Transaction {
  made++
  const id = parts.transaction_id ?? testUuid(made)
  return {
    transaction_id: id,
    command_id: id,
    wallet_id: testUuid(0xffff),
    partner_id: PARTNER,
    player_id: 'player-1',
    type: 'BET',
    status: 'COMPLETED',
    amount: units('10'),
    currency: 'USD',
    direction: null,
    balance_before: null,
    balance_after: null,
    held_after: null,
    version: 1,
    game_id: null,
    round_id: null,
    campaign_id: null,
    transaction_id_partner: null,
    reference_transaction_id_partner: null,
    reference_transaction_id: null,
    win_type: null,
    round_closed: false,
    hold_expires_at: null,
    error_code: null,
    retryable: false,
    reason: null,
    entries: [],
    created_at: START_MS,
    processed_at: parts.created_at ?? START_MS,
    ip_address: null,
    user_agent: null,
    country: null,
    player_country: null,
    metadata: null,
    ...parts,
  }
}

export const createdEvent = (data: Transaction): TransactionCreated => ({
  event_id: data.command_id,
  event_type: data.command_id === data.transaction_id ? 'transaction.created' : 'transaction.updated',
  timestamp: data.processed_at,
  data,
})

const DEFAULT_SET = toRuleSet('platform/0', DEFAULT_RULES)
export const defaultRules: Rules = {
  inForce: () => ({ live: DEFAULT_SET, shadow: undefined }),
  knownUpTo: () => Promise.resolve(),
}

/** Schema ids as a registry would give them. */
const source: SchemaSource = {
  idOf: () => Promise.resolve(1),
  textOf: () => Promise.resolve(undefined),
}

export async function testCodecs(schemas: SchemaSource = source): Promise<AmlCodecs> {
  return {
    transaction: await createCodec('wallet.transaction.created', schemas),
    assessed: await createCodec('aml.transaction.assessed', schemas),
    profile: await createCodec('aml.risk-profile.updated', schemas),
    command: await createCodec('aml.command', schemas),
    position: await createCodec('aml.position', schemas),
    deadLetter: await createCodec('wallet.transaction.created.dlq', schemas),
  }
}

export interface Sent {
  assessed: TransactionAssessed[]
  profiles: RiskProfile[]
  commands: AmlCommand[]
  /** All of it, as bytes in order. */
  bytes: { topic: string; key: string; value: Buffer }[]
}

/** One task: takes transactions in batches, and keeps what it sends. */
export class Bench {
  readonly store = new MapStore()
  readonly sent: Sent = { assessed: [], profiles: [], commands: [], bytes: [] }
  /** What was counted, and how often. */
  readonly outcomes = new Map<string, number>()
  readonly #codecs: AmlCodecs
  readonly #logic: AmlLogic
  #offset = 0

  constructor(codecs: AmlCodecs, rules: Rules = defaultRules) {
    this.#codecs = codecs
    this.#logic = new AmlLogic(codecs, rules)
  }

  /** A batch of its own, with the profiles at its end. */
  process(...transactions: readonly Transaction[]): TransactionAssessed[] {
    const output = new BatchOutput(0)
    for (const transaction of transactions) this.#logic.process(this.#record(transaction), this.store, output)
    this.#logic.endBatch(this.store, output, true)
    this.store.commit()
    return this.#take(output)
  }

  /** The assessment of one transaction. */
  assess(parts: Partial<Transaction> = {}): TransactionAssessed['data'] {
    const [assessed] = this.process(testTransaction(parts))
    if (assessed === undefined) throw new Error('the transaction was not assessed')
    return assessed.data
  }

  #record(transaction: Transaction): LogRecord {
    return {
      offset: this.#offset++,
      timestampMs: transaction.processed_at,
      key: Buffer.from(playerKey(transaction.partner_id, transaction.player_id)),
      value: this.#codecs.transaction.encode(createdEvent(transaction)),
      headers: {},
    }
  }

  #take(output: BatchOutput): TransactionAssessed[] {
    const assessed: TransactionAssessed[] = []
    for (const [outcome, times] of output.outcomes)
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + times)
    for (const [topic, records] of output.records)
      for (const { key, value } of records) {
        this.sent.bytes.push({ topic, key, value: Buffer.from(value) })
        if (topic === 'aml.transaction.assessed') assessed.push(this.#codecs.assessed.decode(value))
        if (topic === 'aml.risk-profile.updated')
          this.sent.profiles.push(this.#codecs.profile.decode(value).data)
        if (topic === 'aml.command') this.sent.commands.push(this.#codecs.command.decode(value))
      }
    this.sent.assessed.push(...assessed)
    return assessed
  }
}

/** A store restored from what a task has sent. */
export function restored(codecs: AmlCodecs, sent: Sent, batch: number): MapStore {
  const store = new MapStore()
  const logic = new AmlLogic(codecs, defaultRules)
  const records = sent.bytes
    .filter(({ topic }) => topic === 'aml.transaction.assessed')
    .map(({ key, value }, offset) => ({ offset, timestampMs: 0, key: Buffer.from(key), value, headers: {} }))
  for (let at = 0; at < records.length; at += batch)
    logic.restore('aml.transaction.assessed', records.slice(at, at + batch), store)
  store.commit()
  return store
}

/** The AML rules as a stateful processor: transactions in, assessments, profiles and findings out. */
import type {
  AmlCommand,
  Assessment,
  DeadLettered,
  RiskProfileUpdated,
  TaskPositioned,
  TransactionAssessed,
  TransactionCreated,
} from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { PlayerKey } from '../../domain/ids.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { Rules } from '../../topics/rule-book.ts'
import { assertKey, changelogValues, decodeInput } from '../runtime/input.ts'
import { PoisonError } from '../runtime/processor.ts'
import type {
  LogRecord,
  Output,
  Owing,
  ProcessorDefinition,
  StoreWriter,
  TaskLogic,
} from '../runtime/processor.ts'
import { learnSchemas } from '../runtime/schemas.ts'
import { assess } from './assess.ts'
import { findingsOf } from './findings.ts'
import { PlayersMemory } from './memory.ts'
import type { PlayerMemory } from './memory.ts'
import { profileEvent } from './profile-event.ts'
import type { ProfileCause } from './profile-event.ts'
import { reversalOf } from './reversal.ts'
import { STORE_VERSION } from './state-codec.ts'

export interface AmlCodecs {
  transaction: TopicCodec<TransactionCreated>
  assessed: TopicCodec<TransactionAssessed>
  profile: TopicCodec<RiskProfileUpdated>
  command: TopicCodec<AmlCommand>
  position: TopicCodec<TaskPositioned>
  deadLetter: TopicCodec<DeadLettered>
}

const TRANSACTIONS = 'wallet.transaction.created'
const ASSESSMENTS = 'aml.transaction.assessed'
const PROFILES = 'aml.risk-profile.updated'
const COMMANDS = 'aml.command'

/**
 * What an event of the wallet means for the rules. A rejected command moved nothing, and a bet that its provider has to confirm
 * is none before.
 */
export function kindOf({ event_type, data }: TransactionCreated): 'assess' | 'reverse' | 'ignore' {
  const failed = data.status === 'FAILED' || data.status === 'CANCELED'
  if (data.type === 'BET') return data.status === 'COMPLETED' ? 'assess' : 'ignore'
  if (event_type === 'transaction.created') return failed ? 'ignore' : 'assess'
  return failed && data.type === 'WITHDRAWAL' ? 'reverse' : 'ignore'
}

const eventOf = (type: string, event: TransactionCreated, data: Assessment): TransactionAssessed => ({
  event_id: event.event_id,
  event_type: type,
  timestamp: event.data.processed_at,
  data,
})

const ASSESSED = 'transaction.assessed'
const REVERSED = 'transaction.reversed'

export class AmlLogic implements TaskLogic {
  readonly #codecs: AmlCodecs
  readonly #rules: Rules
  readonly #players = new PlayersMemory()
  /** What changed each profile last that is owed; who waits longest is first. */
  readonly #owed = new Map<PlayerKey, ProfileCause>()

  constructor(codecs: AmlCodecs, rules: Rules) {
    this.#codecs = codecs
    this.#rules = rules
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const event = this.#read(record)
    const kind = kindOf(event)
    output.count(kind === 'assess' ? 'assessed' : kind === 'reverse' ? 'reversed' : 'ignored')
    if (kind === 'ignore') return
    const { data: transaction } = event
    const key = playerKey(transaction.partner_id, transaction.player_id)
    const player = this.#players.player(key, store)
    if (kind === 'assess') this.#assess(event, player, output)
    else this.#reverse(event, player, output)
    this.#owe(key, event)
  }

  #assess(event: TransactionCreated, player: PlayerMemory, output: Output): void {
    const { data: transaction } = event
    const { live, shadow } = this.#rules.inForce(transaction.partner_id, transaction.processed_at)
    const assessed = assess(transaction, player, live)
    const { assessment } = assessed
    if (shadow !== undefined) {
      const { risk_score, alert_types } = assess(transaction, player, shadow).assessment
      assessment.shadow = { rules_version: shadow.version, risk_score, alert_types }
    }
    player.assessed(assessment)
    if (assessment.late) output.count('late')
    for (const type of assessment.alert_types) output.count(`alert ${type}`)
    output.send(ASSESSMENTS, player.key, this.#codecs.assessed.encode(eventOf(ASSESSED, event, assessment)))
    for (const command of findingsOf(transaction, assessed, live))
      output.send(COMMANDS, player.key, this.#codecs.command.encode(command))
  }

  #reverse(event: TransactionCreated, player: PlayerMemory, output: Output): void {
    const reversal = reversalOf(event.data, player.profile)
    player.reversed(reversal)
    output.send(ASSESSMENTS, player.key, this.#codecs.assessed.encode(eventOf(REVERSED, event, reversal)))
  }

  #owe(key: PlayerKey, { event_id, data }: TransactionCreated): void {
    this.#owed.delete(key)
    this.#owed.set(key, { eventId: event_id, partnerId: data.partner_id, processedAtMs: data.processed_at })
  }

  /** Every changed entry to the store, once; and one profile per player for all that has changed since the last. */
  endBatch(store: StoreWriter, output: Output, pressing: boolean): Owing {
    if (!pressing && this.#owed.size > 0) return 'records and entries'
    for (const [key, cause] of this.#owed) {
      if (output.isFull(PROFILES)) break
      const { live } = this.#rules.inForce(cause.partnerId, cause.processedAtMs)
      const event = profileEvent(key, this.#players.player(key, store), live.rules.alerts, cause)
      output.send(PROFILES, key, this.#codecs.profile.encode(event))
      this.#owed.delete(key)
    }
    this.#players.flush(store)
    return this.#owed.size > 0 ? 'records' : 'nothing'
  }

  recall(record: LogRecord): void {
    try {
      const event = this.#read(record)
      const { partner_id, player_id } = event.data
      if (kindOf(event) !== 'ignore') this.#owe(playerKey(partner_id, player_id), event)
    } catch (error) {
      if (!(error instanceof PoisonError)) throw error
    }
  }

  restore(topic: string, records: readonly LogRecord[], store: StoreWriter): void {
    if (topic !== ASSESSMENTS) return
    for (const value of changelogValues(topic, records)) {
      const { event_type, data } = this.#codecs.assessed.decode(value)
      const player = this.#players.player(playerKey(data.partner_id, data.player_id), store)
      if (event_type === REVERSED) player.reversed(data)
      else player.assessed(data)
    }
    this.#players.flush(store)
  }

  /** Old days go with the event that makes them old. */
  housekeep(): readonly { key: string; value: Buffer }[] {
    return []
  }

  #read(record: LogRecord): TransactionCreated {
    const event = decodeInput(this.#codecs.transaction, record)
    const player = playerKey(event.data.partner_id, event.data.player_id)
    assertKey(record, player, 'partner_id/player_id of the transaction')
    return event
  }
}

/** The AML processor. A logic belongs to one task and is thrown away with a batch that failed. */
export function amlProcessor(codecs: AmlCodecs, rules: Rules): ProcessorDefinition {
  const readers = new Map<string, TopicCodec<unknown>>([
    [TRANSACTIONS, codecs.transaction],
    [ASSESSMENTS, codecs.assessed],
  ])
  return {
    name: 'aml',
    inputTopic: TRANSACTIONS,
    deadLetterTopic: 'wallet.transaction.created.dlq',
    deadLetterCodec: codecs.deadLetter,
    positionTopic: 'aml.position',
    positionCodec: codecs.position,
    changelogTopics: [ASSESSMENTS],
    storeVersion: STORE_VERSION,
    createLogic: () => new AmlLogic(codecs, rules),
    prepare: async (topic, records) => {
      await learnSchemas(readers.get(topic), records)
      // The wallet accepted a transaction before it wrote the record.
      const last = records.at(-1)
      if (topic === TRANSACTIONS && last !== undefined) await rules.knownUpTo(last.timestampMs)
    },
  }
}

/**
 * Settlement as a stateful processor: bytes in, decisions by the pure core, bytes out. What a confirmed run pays is sent to
 * wallet.command in the same Kafka transaction as the run itself and the position in settlement.command: whoever dies when, a
 * run is confirmed and its commission on the way, or neither.
 */
import type {
  DeadLettered,
  Settlement,
  SettlementCommand,
  SettlementReplied,
  SettlementTerms,
  SettlementTermsUpdated,
  SettlementUpdated,
  TaskPositioned,
  WalletCommand,
} from '../../avro/types.ts'
import { playerKey } from '../../domain/ids.ts'
import type { TopicCodec } from '../../topics/codec.ts'
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
import { checkCommand } from './command.ts'
import type { CheckedCommand } from './command.ts'
import { commissionOf } from './commission.ts'
import { decide } from './decide.ts'
import type { Decision, Sha256 } from './decision.ts'
import { STORE_VERSION, SettlementState } from './state.ts'
import type { StoreCodecs } from './state.ts'

export interface SettlementCodecs {
  command: TopicCodec<SettlementCommand>
  run: TopicCodec<SettlementUpdated>
  terms: TopicCodec<SettlementTermsUpdated>
  reply: TopicCodec<SettlementReplied>
  walletCommand: TopicCodec<WalletCommand>
  position: TopicCodec<TaskPositioned>
  deadLetter: TopicCodec<DeadLettered>
  store: StoreCodecs
}

/** What the core knows nothing of. */
export interface SettlementTools {
  sha256: Sha256
  /** The partition of wallet.command that a key belongs to. */
  walletPartitionOf: (key: string) => number
}

const COMMANDS = 'settlement.command'
const RUNS = 'settlement.updated'
const TERMS = 'settlement.terms.updated'
const REPLIES = 'settlement.reply'
const WALLET_COMMANDS = 'wallet.command'

const runEvent = (run: Settlement): SettlementUpdated => ({
  event_id: run.command_id,
  event_type: 'settlement.updated',
  timestamp: run.updated_at,
  data: run,
})

const termsEvent = (terms: SettlementTerms): SettlementTermsUpdated => ({
  event_id: terms.command_id,
  event_type: 'settlement_terms.updated',
  timestamp: terms.updated_at,
  data: terms,
})

const runIdOf = (command: CheckedCommand, decision: Decision): string | null => {
  if (decision.kind === 'run') return decision.run.settlement_id
  return 'runId' in command ? command.runId : null
}

function versionOf(decision: Decision): number | null {
  switch (decision.kind) {
    case 'run':
      return decision.run.version
    case 'terms':
      return decision.terms.version
    case 'refused':
      return null
  }
}

const replyEvent = (command: CheckedCommand, decision: Decision): SettlementReplied => ({
  event_id: command.commandId,
  event_type: 'command.decided',
  timestamp: command.nowMs,
  data: {
    command_id: command.commandId,
    partner_id: command.partnerId,
    action: command.action,
    outcome: decision.kind === 'refused' ? 'REFUSED' : 'APPLIED',
    error_code: decision.kind === 'refused' ? decision.refusal : null,
    settlement_id: runIdOf(command, decision),
    version: versionOf(decision),
    actor: command.actor,
  },
})

export class SettlementLogic implements TaskLogic {
  readonly #codecs: SettlementCodecs
  readonly #tools: SettlementTools

  constructor(codecs: SettlementCodecs, tools: SettlementTools) {
    this.#codecs = codecs
    this.#tools = tools
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const command = this.#read(record)
    const state = new SettlementState(store, this.#codecs.store)
    if (state.isDecided(command.commandId)) return
    const decision = decide(command, state, this.#tools.sha256)
    output.count(decision.kind === 'run' ? decision.run.status : decision.kind)
    if (decision.kind === 'terms') {
      const event = termsEvent(decision.terms)
      state.layTerms(event)
      output.send(TERMS, command.partnerId, this.#codecs.terms.encode(event))
    }
    if (decision.kind === 'run') {
      const event = runEvent(decision.run)
      state.layRun(event)
      output.send(RUNS, decision.run.settlement_id, this.#codecs.run.encode(event))
      if (command.action === 'CONFIRM') this.#pay(decision.run, output)
    }
    state.layDecided(command.commandId)
    output.send(REPLIES, command.partnerId, this.#codecs.reply.encode(replyEvent(command, decision)))
  }

  #pay(run: Settlement, output: Output): void {
    const commission = commissionOf(run)
    if (commission === undefined) return
    const key = playerKey(commission.data.partner_id, commission.data.player_id)
    const value = this.#codecs.walletCommand.encode(commission)
    output.send(WALLET_COMMANDS, key, value, this.#tools.walletPartitionOf(key))
  }

  /** Every record was sent with its command. */
  endBatch(): Owing {
    return 'nothing'
  }

  recall(): void {
    // Nothing is ever owed.
  }

  restore(topic: string, records: readonly LogRecord[], store: StoreWriter): void {
    const state = new SettlementState(store, this.#codecs.store)
    const lay = this.#layerOf(topic, state)
    if (lay === undefined) return
    for (const value of changelogValues(topic, records)) lay(value)
  }

  /** What lays a record of a changelog topic over the state. */
  #layerOf(topic: string, state: SettlementState): ((value: Buffer) => void) | undefined {
    const { run, terms, reply } = this.#codecs
    switch (topic) {
      case RUNS:
        return (value) => state.layRun(run.decode(value))
      case TERMS:
        return (value) => state.layTerms(terms.decode(value))
      case REPLIES:
        return (value) => state.layDecided(reply.decode(value).data.command_id)
      default:
        return undefined
    }
  }

  /** Runs, terms and the memory of commands stay for ever. */
  housekeep(): readonly { key: string; value: Buffer }[] {
    return []
  }

  /** The command in a record; throws `PoisonError` where there is none that could be decided. */
  #read(record: LogRecord): CheckedCommand {
    const command = checkCommand(decodeInput(this.#codecs.command, record))
    if ('fault' in command) throw new PoisonError('RECORD_INVALID', command.fault)
    assertKey(record, command.partnerId, 'partner_id of the command')
    return command
  }
}

/** The processor of settlement. A logic belongs to one task and is thrown away with a batch that failed. */
export function settlementProcessor(codecs: SettlementCodecs, tools: SettlementTools): ProcessorDefinition {
  const readers = new Map<string, TopicCodec<unknown>>([
    [COMMANDS, codecs.command],
    [RUNS, codecs.run],
    [TERMS, codecs.terms],
    [REPLIES, codecs.reply],
  ])
  return {
    name: 'settlement',
    inputTopic: COMMANDS,
    deadLetterTopic: 'settlement.command.dlq',
    deadLetterCodec: codecs.deadLetter,
    positionTopic: 'settlement.position',
    positionCodec: codecs.position,
    changelogTopics: [RUNS, TERMS, REPLIES],
    storeVersion: STORE_VERSION,
    createLogic: () => new SettlementLogic(codecs, tools),
    prepare: (topic, records) => learnSchemas(readers.get(topic), records),
  }
}

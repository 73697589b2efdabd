/** The alerts as a stateful processor: bytes in, decisions by the pure core, bytes out. */
import type {
  Alert,
  AlertChanged,
  AmlCommand,
  AmlPlayer,
  AmlPlayerUpdated,
  AmlReplied,
  AuditRecorded,
  DeadLettered,
  TaskPositioned,
} from '../../avro/types.ts'
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
import { messageIdOf } from './alert-id.ts'
import { auditEntryOf } from './audit.ts'
import { checkCommand } from './command.ts'
import type { CheckedCommand } from './command.ts'
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { AlertsState, STORE_VERSION } from './state.ts'
import type { StoreCodecs } from './state.ts'

export interface AlertsCodecs {
  command: TopicCodec<AmlCommand>
  created: TopicCodec<AlertChanged>
  updated: TopicCodec<AlertChanged>
  player: TopicCodec<AmlPlayerUpdated>
  reply: TopicCodec<AmlReplied>
  audit: TopicCodec<AuditRecorded>
  position: TopicCodec<TaskPositioned>
  deadLetter: TopicCodec<DeadLettered>
  store: StoreCodecs
}

const COMMANDS = 'aml.command'
const CREATED = 'aml.alert.created'
const UPDATED = 'aml.alert.updated'
const PLAYERS = 'aml.player.updated'
const REPLIES = 'aml.reply'
const AUDIT = 'audit.aml-entry.recorded'

const alertEvent = (alert: Alert): AlertChanged => ({
  event_id: messageIdOf(alert.alert_id, alert.version),
  event_type: alert.version === 1 ? 'alert.created' : 'alert.updated',
  timestamp: alert.updated_at,
  data: alert,
})

const playerEvent = (player: AmlPlayer, { key }: CheckedCommand): AmlPlayerUpdated => ({
  event_id: messageIdOf(key, player.version),
  event_type: 'aml_player.updated',
  timestamp: player.updated_at,
  data: player,
})

/** A step names the alert and its version; what concerns the player alone, the standing's. */
function replyEvent(command: CheckedCommand, { refusal, alert, player }: Decision): AmlReplied {
  const { commandId, partnerId, playerId, nowMs } = command
  return {
    event_id: commandId,
    event_type: 'command.decided',
    timestamp: nowMs,
    data: {
      command_id: commandId,
      partner_id: partnerId,
      player_id: playerId,
      outcome: refusal === null ? 'APPLIED' : 'REFUSED',
      error_code: refusal,
      alert_id: alert?.alert_id ?? ('alertId' in command ? command.alertId : null),
      version: (alert ?? player)?.version ?? null,
    },
  }
}

export class AlertsLogic implements TaskLogic {
  readonly #codecs: AlertsCodecs

  constructor(codecs: AlertsCodecs) {
    this.#codecs = codecs
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const command = this.#read(record)
    const state = new AlertsState(store, this.#codecs.store)
    if (state.isDecided(command)) return
    const decision = decide(command, state)
    const { alert, player, refusal } = decision
    output.count(refusal ?? (alert?.version === 1 ? 'alert created' : 'applied'))
    const entry = auditEntryOf(command, state.player(command.key), decision)
    if (alert !== null) {
      const event = alertEvent(alert)
      const isNew = alert.version === 1
      state.layAlert(event)
      const codec = isNew ? this.#codecs.created : this.#codecs.updated
      output.send(isNew ? CREATED : UPDATED, command.key, codec.encode(event))
    }
    if (player !== null) {
      const event = playerEvent(player, command)
      state.layPlayer(event)
      output.send(PLAYERS, command.key, this.#codecs.player.encode(event))
    }
    if (entry !== undefined) output.send(AUDIT, command.key, this.#codecs.audit.encode(entry))
    if (command.actor === null) return
    state.layDecided(command.commandId)
    output.send(REPLIES, command.key, this.#codecs.reply.encode(replyEvent(command, decision)))
  }

  /** Every record was sent with its command. */
  endBatch(): Owing {
    return 'nothing'
  }

  recall(): void {
    // Nothing is ever owed.
  }

  restore(topic: string, records: readonly LogRecord[], store: StoreWriter): void {
    const state = new AlertsState(store, this.#codecs.store)
    const lay = this.#layerOf(topic, state)
    if (lay === undefined) return
    for (const value of changelogValues(topic, records)) lay(value)
  }

  /** What lays a record of a changelog topic over the state. */
  #layerOf(topic: string, state: AlertsState): ((value: Buffer) => void) | undefined {
    const { created, updated, player, reply } = this.#codecs
    switch (topic) {
      case CREATED:
        return (value) => state.layAlert(created.decode(value))
      case UPDATED:
        return (value) => state.layAlert(updated.decode(value))
      case PLAYERS:
        return (value) => state.layPlayer(player.decode(value))
      case REPLIES:
        return (value) => state.layDecided(reply.decode(value).data.command_id)
      default:
        return undefined
    }
  }

  /** Alerts, standings and the memory of commands stay for ever. */
  housekeep(): readonly { key: string; value: Buffer }[] {
    return []
  }

  /** The command in a record; throws `PoisonError` where there is none that could be decided. */
  #read(record: LogRecord): CheckedCommand {
    const command = checkCommand(decodeInput(this.#codecs.command, record))
    if ('fault' in command) throw new PoisonError('RECORD_INVALID', command.fault)
    assertKey(record, command.key, 'partner_id/player_id of the command')
    return command
  }
}

/** The processor of alerts. A logic belongs to one task and is thrown away with a batch that failed. */
export function alertsProcessor(codecs: AlertsCodecs): ProcessorDefinition {
  const readers = new Map<string, TopicCodec<unknown>>([
    [COMMANDS, codecs.command],
    [CREATED, codecs.created],
    [UPDATED, codecs.updated],
    [PLAYERS, codecs.player],
    [REPLIES, codecs.reply],
  ])
  return {
    name: 'aml-alerts',
    inputTopic: COMMANDS,
    deadLetterTopic: 'aml.command.dlq',
    deadLetterCodec: codecs.deadLetter,
    positionTopic: 'aml.alert-position',
    positionCodec: codecs.position,
    changelogTopics: [CREATED, UPDATED, PLAYERS, REPLIES],
    storeVersion: STORE_VERSION,
    createLogic: () => new AlertsLogic(codecs),
    prepare: (topic, records) => learnSchemas(readers.get(topic), records),
  }
}

/** Partner management as a stateful processor: bytes in, decisions by the pure core, bytes out. */
import type {
  AmlRules,
  AmlRulesUpdated,
  ApiKey,
  ApiKeyUpdated,
  AuditRecorded,
  DeadLettered,
  GameProvider,
  GameProviderUpdated,
  Game,
  GameUpdated,
  Partner,
  PartnerCommand,
  PartnerUpdated,
  TaskPositioned,
  Webhook,
  WebhookUpdated,
} from '../../avro/types.ts'
import { rulesOwner } from '../../domain/aml/rules-versions.ts'
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
import { decide } from './decide.ts'
import type { Decision } from './decision.ts'
import { PartnersState, STORE_VERSION } from './state.ts'
import type { StoreCodecs } from './state.ts'

export interface PartnersCodecs {
  command: TopicCodec<PartnerCommand>
  partner: TopicCodec<PartnerUpdated>
  key: TopicCodec<ApiKeyUpdated>
  webhook: TopicCodec<WebhookUpdated>
  amlRules: TopicCodec<AmlRulesUpdated>
  gameProvider: TopicCodec<GameProviderUpdated>
  game: TopicCodec<GameUpdated>
  audit: TopicCodec<AuditRecorded>
  position: TopicCodec<TaskPositioned>
  deadLetter: TopicCodec<DeadLettered>
  store: StoreCodecs
}

const COMMANDS = 'partner.command'
const PARTNERS = 'partner.profile.updated'
const KEYS = 'partner.api-key.updated'
const WEBHOOKS = 'partner.webhook.updated'
const AML_RULES = 'aml.rules.updated'
const GAME_PROVIDERS = 'game.provider.updated'
const GAMES = 'game.updated'
const AUDIT = 'audit.entry.recorded'

const partnerEvent = (partner: Partner, timestamp: number): PartnerUpdated => ({
  event_id: partner.command_id,
  event_type: 'partner.updated',
  timestamp,
  data: partner,
})

/** A rotation sends two records of one command: the first record of a key therefore goes by the key's id. */
const keyEvent = (key: ApiKey, timestamp: number): ApiKeyUpdated => ({
  event_id: key.version === 1 ? key.key_id : key.command_id,
  event_type: 'api_key.updated',
  timestamp,
  data: key,
})

const webhookEvent = (webhook: Webhook, timestamp: number): WebhookUpdated => ({
  event_id: webhook.command_id,
  event_type: 'webhook.updated',
  timestamp,
  data: webhook,
})

const amlRulesEvent = (rules: AmlRules, timestamp: number): AmlRulesUpdated => ({
  event_id: rules.command_id,
  event_type: 'rules.updated',
  timestamp,
  data: rules,
})

const gameProviderEvent = (provider: GameProvider, timestamp: number): GameProviderUpdated => ({
  event_id: provider.command_id,
  event_type: 'provider.updated',
  timestamp,
  data: provider,
})

const gameEvent = (game: Game, timestamp: number): GameUpdated => ({
  event_id: game.command_id,
  event_type: 'game.updated',
  timestamp,
  data: game,
})

export class PartnersLogic implements TaskLogic {
  readonly #codecs: PartnersCodecs

  constructor(codecs: PartnersCodecs) {
    this.#codecs = codecs
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const command = this.#read(record)
    const state = new PartnersState(store, this.#codecs.store)
    if (state.isDecided(command.commandId)) return
    const decision = decide(command, state)
    const { commandId, nowMs, partnerId } = command
    this.#layAndSend(decision, { nowMs, state, output })
    state.layDecided(commandId)
    const data = decision.entry
    output.count(data.error_code ?? data.outcome)
    const recorded = { event_id: commandId, event_type: 'audit.recorded', timestamp: nowMs, data }
    output.send(AUDIT, partnerId, this.#codecs.audit.encode(recorded))
  }

  /** What has changed, each laid over the state and sent on its topic. */
  #layAndSend(
    { partner, keys, webhook, amlRules, gameProvider, game }: Decision,
    { nowMs, state, output }: { nowMs: number; state: PartnersState; output: Output },
  ): void {
    if (partner !== null) {
      const event = partnerEvent(partner, nowMs)
      state.layPartner(event)
      output.send(PARTNERS, partner.partner_id, this.#codecs.partner.encode(event))
    }
    for (const key of keys) {
      const event = keyEvent(key, nowMs)
      state.layKey(event)
      output.send(KEYS, key.key_id, this.#codecs.key.encode(event))
    }
    if (webhook !== null) {
      const event = webhookEvent(webhook, nowMs)
      state.layWebhook(event)
      output.send(WEBHOOKS, webhook.webhook_id, this.#codecs.webhook.encode(event))
    }
    if (amlRules !== null) {
      const event = amlRulesEvent(amlRules, nowMs)
      state.layAmlRules(event)
      const key = `${rulesOwner(amlRules.partner_id)}/${amlRules.version}`
      output.send(AML_RULES, key, this.#codecs.amlRules.encode(event))
    }
    if (gameProvider !== null) {
      const event = gameProviderEvent(gameProvider, nowMs)
      state.layGameProvider(event)
      output.send(GAME_PROVIDERS, gameProvider.provider_id, this.#codecs.gameProvider.encode(event))
    }
    if (game !== null) {
      const event = gameEvent(game, nowMs)
      state.layGame(event)
      output.send(GAMES, game.game_id, this.#codecs.game.encode(event))
    }
  }

  /** Every record was sent with its command. */
  endBatch(): Owing {
    return 'nothing'
  }

  recall(): void {
    // Nothing is ever owed.
  }

  restore(topic: string, records: readonly LogRecord[], store: StoreWriter): void {
    const state = new PartnersState(store, this.#codecs.store)
    const lay = this.#layerOf(topic, state)
    if (lay === undefined) return
    for (const value of changelogValues(topic, records)) lay(value)
  }

  /** What lays a record of a changelog topic over the state. */
  #layerOf(topic: string, state: PartnersState): ((value: Buffer) => void) | undefined {
    const { partner, key, webhook, amlRules, gameProvider, game, audit } = this.#codecs
    switch (topic) {
      case PARTNERS:
        return (value) => state.layPartner(partner.decode(value))
      case KEYS:
        return (value) => state.layKey(key.decode(value))
      case WEBHOOKS:
        return (value) => state.layWebhook(webhook.decode(value))
      case AML_RULES:
        return (value) => state.layAmlRules(amlRules.decode(value))
      case GAME_PROVIDERS:
        return (value) => state.layGameProvider(gameProvider.decode(value))
      case GAMES:
        return (value) => state.layGame(game.decode(value))
      case AUDIT:
        return (value) => state.layDecided(audit.decode(value).event_id)
      default:
        return undefined
    }
  }

  /** Partners, keys, webhook endpoints, AML rules, game providers, games and the memory of commands stay for ever. */
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

/**
 * The processor of partners, keys, webhook endpoints, AML rules, game providers and games. A logic belongs to one task and is
 * thrown away with a batch that failed.
 */
export function partnersProcessor(codecs: PartnersCodecs): ProcessorDefinition {
  const readers = new Map<string, TopicCodec<unknown>>([
    [COMMANDS, codecs.command],
    [PARTNERS, codecs.partner],
    [KEYS, codecs.key],
    [WEBHOOKS, codecs.webhook],
    [AML_RULES, codecs.amlRules],
    [GAME_PROVIDERS, codecs.gameProvider],
    [GAMES, codecs.game],
    [AUDIT, codecs.audit],
  ])
  return {
    name: 'partners',
    inputTopic: COMMANDS,
    deadLetterTopic: 'partner.command.dlq',
    deadLetterCodec: codecs.deadLetter,
    positionTopic: 'partner.position',
    positionCodec: codecs.position,
    changelogTopics: [PARTNERS, KEYS, WEBHOOKS, AML_RULES, GAME_PROVIDERS, GAMES, AUDIT],
    storeVersion: STORE_VERSION,
    createLogic: () => new PartnersLogic(codecs),
    prepare: (topic, records) => learnSchemas(readers.get(topic), records),
  }
}

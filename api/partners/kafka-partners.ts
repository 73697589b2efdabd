/** Partner management on a real broker: the directory's topics, the way of commands, and the telling of uses. */
import { v7 as uuidv7 } from 'uuid'
import type { Game, GameProvider } from '../../avro/types.ts'
import type { Logger } from '../../service/logger.ts'
import type { Tracing } from '../../service/tracing.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createFollower } from '../../topics/follower.ts'
import type { FollowerOptions } from '../../topics/follower.ts'
import { tableReader } from '../../topics/table-reader.ts'
import { createProducerLink } from '../commands/producer-link.ts'
import { PartnerDirectory } from './directory.ts'
import { createPartnerGateway } from './gateway.ts'
import type { PartnerGateway } from './gateway.ts'
import { createKeyUsage } from './key-usage.ts'
import type { KeyUsage } from './key-usage.ts'

/** How often uses of keys are told, in milliseconds. */
const TELL_USES_MS = 30_000
const ONLY_PARTITION = 0

export interface KafkaPartnersOptions {
  kafka: FollowerOptions['kafka']
  schemas: SchemaSource
  /** Names this instance: its group of one, and nobody else's. */
  instanceId: string
  outcomeTimeoutMs: number
  sessionTimeoutMs: number
  /** Told of each state of a game provider and of a game, besides the directory. */
  onGameProvider(provider: GameProvider): void
  onGame(game: Game): void
  logger: Logger
  tracing: Tracing | undefined
}

export interface KafkaPartners {
  directory: PartnerDirectory
  gateway: PartnerGateway
  noteUse: KeyUsage['note']
  /** True once all partners, keys, webhook endpoints, AML rules and game providers that were there at the start are known. */
  ready(): boolean
  stop(): Promise<void>
}

/** Resolves once the schemas are known; the connections then open in the background, see `ready`. */
export async function connectKafkaPartners(options: KafkaPartnersOptions): Promise<KafkaPartners> {
  const { kafka, schemas, logger, tracing, instanceId } = options
  const [command, profile, apiKey, webhook, amlRules, gameProvider, game, used, audit] = await Promise.all([
    createCodec('partner.command', schemas),
    createCodec('partner.profile.updated', schemas),
    createCodec('partner.api-key.updated', schemas),
    createCodec('partner.webhook.updated', schemas),
    createCodec('aml.rules.updated', schemas),
    createCodec('game.provider.updated', schemas),
    createCodec('game.updated', schemas),
    createCodec('partner.api-key.used', schemas),
    createCodec('audit.entry.recorded', schemas),
  ])
  const directory = new PartnerDirectory()
  const linkTo = (topic: string) =>
    createProducerLink({ kafka, topic, logger, onConnected: () => undefined, tracing })
  const commands = linkTo('partner.command')
  const uses = linkTo('partner.api-key.used')
  const gateway = createPartnerGateway({
    link: commands,
    encode: command.encode,
    directory,
    newId: uuidv7,
    outcomeTimeoutMs: options.outcomeTimeoutMs,
  })
  const readers: Record<string, FollowerOptions['onRecord']> = {
    'partner.profile.updated': tableReader(
      profile,
      ({ data }) => directory.applyPartner(data),
      logger,
      (id) => directory.closePartner(id),
    ),
    'partner.api-key.updated': tableReader(
      apiKey,
      ({ data }) => directory.applyKey(data),
      logger,
      (id) => directory.closeKey(id),
    ),
    'partner.webhook.updated': tableReader(webhook, ({ data }) => directory.applyWebhook(data), logger),
    'aml.rules.updated': tableReader(amlRules, ({ data }) => directory.applyAmlRules(data), logger),
    'game.provider.updated': tableReader(
      gameProvider,
      ({ data }) => {
        directory.applyGameProvider(data)
        options.onGameProvider(data)
      },
      logger,
    ),
    'game.updated': tableReader(
      game,
      ({ data }) => {
        directory.applyGame(data)
        options.onGame(data)
      },
      logger,
    ),
    'partner.api-key.used': tableReader(used, ({ data }) => directory.applyUse(data), logger),
    'audit.entry.recorded': tableReader(
      audit,
      ({ event_id: id, data }) => gateway.recorded(id, data),
      logger,
    ),
  }
  const follower = createFollower({
    kafka,
    groupId: `api-partners-${instanceId}`,
    topics: {
      'partner.profile.updated': 'beginning',
      'partner.api-key.updated': 'beginning',
      'partner.webhook.updated': 'beginning',
      'aml.rules.updated': 'beginning',
      'game.provider.updated': 'beginning',
      'game.updated': 'beginning',
      'partner.api-key.used': 'beginning',
      'audit.entry.recorded': 'end',
    },
    sessionTimeoutMs: options.sessionTimeoutMs,
    onRecord: (topic, value, key) => readers[topic]?.(topic, value, key),
    log: logger,
  })
  const usage = createKeyUsage({
    isIssued: (keyId) => directory.key(keyId) !== undefined,
    tell: (list) =>
      uses.send(
        list.map((data) => ({
          key: data.key_id,
          value: used.encode({
            event_id: uuidv7(),
            event_type: 'api-key.used',
            timestamp: Date.now(),
            data,
          }),
          partition: ONLY_PARTITION,
          state: 'sending',
          sent: () => undefined,
        })),
      ),
  })
  const tellUses = (): Promise<void> =>
    usage.flush().catch((error: unknown) => logger.warn({ err: error }, 'uses of keys are told later'))
  const timer = setInterval(() => void tellUses(), TELL_USES_MS)

  Promise.all([commands.start(), uses.start(), follower.start()]).catch((error: unknown) =>
    logger.fatal({ err: error }, 'partner management can not be opened'),
  )
  return {
    directory,
    gateway,
    noteUse: usage.note,
    ready: () => follower.caughtUp(),
    stop: async () => {
      clearInterval(timer)
      await tellUses()
      await Promise.all([commands.stop(), uses.stop(), follower.stop()])
    },
  }
}

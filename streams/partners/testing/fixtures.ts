/** What the tests of partner management share: codecs without a registry, commands with defaults, a processor to play with. */
import type {
  AmlRulesUpdated,
  ApiKey,
  ApiKeyUpdated,
  AuditEntry,
  AuditRecorded,
  GameProvider,
  GameProviderUpdated,
  GameUpdated,
  NewAmlRules,
  NewApiKey,
  NewGame,
  NewGameProvider,
  Partner,
  PartnerCommand,
  PartnerCommandData,
  PartnerProfile,
  PartnerUpdated,
  SealedCredential,
  Webhook,
  WebhookSettings,
  WebhookUpdated,
} from '../../../avro/types.ts'
import { DEFAULT_RULES } from '../../../domain/aml/rules.ts'
import { PLATFORM_ID } from '../../../domain/ids.ts'
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import type { LogRecord } from '../../runtime/processor.ts'
import {
  ListOutput,
  MapStore,
  START_MS,
  logRecord,
  memorySchemas,
  testUuid,
} from '../../wallet/testing/fixtures.ts'
import type { SentRecord } from '../../wallet/testing/fixtures.ts'
import { PartnersLogic } from '../logic.ts'
import type { PartnersCodecs } from '../logic.ts'
import { PartnersState, storeCodecs } from '../state.ts'

export { ListOutput, MapStore, START_MS, logRecord, memorySchemas, testUuid }
export type { SentRecord }

export const PARTNER_ID = testUuid(0xa1)
export const OTHER_PARTNER_ID = testUuid(0xa2)
export const DAY_MS = 86_400_000

export const PROFILE: PartnerProfile = {
  name: 'Blue Casino',
  type: 'operator',
  status: 'active',
  commission_rates: [],
  contact_email: null,
  contact_email_hash: null,
  registration_number: null,
  address: null,
  settings: { allowed_ips: [], auto_approvals: [], rate_limits: [], webhook_url: null },
}

/** The sealed contact address of a name, and its hash. */
export const email = (name: string): Pick<PartnerProfile, 'contact_email' | 'contact_email_hash'> => ({
  contact_email: `sealed-${name}`,
  contact_email_hash: `hash-${name}`,
})

/** The n-th key of a test; its prefix follows from the number unless one is given. */
export const newKey = (number: number, parts: Partial<NewApiKey> = {}): NewApiKey => ({
  key_id: testUuid(0x10_0000 + number),
  key_prefix: `sk_test_${String(number).padStart(8, '0')}`,
  key_hash: `secret-${number}`,
  name: `key ${number}`,
  scopes: ['wallet:write'],
  expires_at: null,
  ...parts,
})

export type CommandParts = Partial<PartnerCommandData> & Pick<PartnerCommandData, 'action'>

export const testCommand = (eventId: string, timestamp: number, parts: CommandParts): PartnerCommand => ({
  event_id: eventId,
  event_type: 'partner.command',
  timestamp,
  data: {
    partner_id: PARTNER_ID,
    actor: { key_id: 'bootstrap', partner_id: null, ip_address: '192.0.2.7', request_id: 'r-1' },
    expected_version: null,
    profile: null,
    key: null,
    key_id: null,
    old_key_expires_at: null,
    webhook_id: null,
    webhook: null,
    webhook_secret: null,
    old_secret_expires_at: null,
    delivery_id: null,
    replay_from: null,
    webhook_secrets: [],
    aml_rules: null,
    provider_id: null,
    game_provider: null,
    provider_credentials: [],
    game_id: null,
    game: null,
    ...parts,
  },
})

export const create = (profile: Partial<PartnerProfile> = {}, partnerId = PARTNER_ID): CommandParts => ({
  action: 'CREATE_PARTNER',
  partner_id: partnerId,
  profile: { ...PROFILE, ...profile },
})

export const update = (
  version: number,
  profile: Partial<PartnerProfile> = {},
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'UPDATE_PARTNER',
  partner_id: partnerId,
  expected_version: version,
  profile: { ...PROFILE, ...profile },
})

export const issue = (key: NewApiKey, partnerId = PARTNER_ID): CommandParts => ({
  action: 'ISSUE_KEY',
  partner_id: partnerId,
  key,
})

export const rotate = (
  keyId: string,
  key: NewApiKey,
  oldKeyEndsMs: number,
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'ROTATE_KEY',
  partner_id: partnerId,
  key_id: keyId,
  key,
  old_key_expires_at: oldKeyEndsMs,
})

export const deactivate = (keyId: string, partnerId = PARTNER_ID): CommandParts => ({
  action: 'DEACTIVATE_KEY',
  partner_id: partnerId,
  key_id: keyId,
})

export const SETTINGS: WebhookSettings = {
  url: 'https://casino.example/hooks',
  event_types: [],
  description: null,
  status: 'active',
  disabled_reason: null,
}

/** The id of the n-th webhook endpoint of a test. */
export const webhookId = (number: number): string => testUuid(0x20_0000 + number)

export const createWebhook = (
  id: string,
  settings: Partial<WebhookSettings> = {},
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'CREATE_WEBHOOK',
  partner_id: partnerId,
  webhook_id: id,
  webhook: { ...SETTINGS, ...settings },
  webhook_secret: `sealed-first-${id}`,
})

export const updateWebhook = (
  id: string,
  version: number,
  settings: Partial<WebhookSettings> = {},
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'UPDATE_WEBHOOK',
  partner_id: partnerId,
  webhook_id: id,
  expected_version: version,
  webhook: { ...SETTINGS, ...settings },
})

export const rotateSecret = (
  id: string,
  secret: string,
  oldSecretEndsMs: number,
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'ROTATE_WEBHOOK_SECRET',
  partner_id: partnerId,
  webhook_id: id,
  webhook_secret: secret,
  old_secret_expires_at: oldSecretEndsMs,
})

export const deleteWebhook = (id: string, partnerId = PARTNER_ID): CommandParts => ({
  action: 'DELETE_WEBHOOK',
  partner_id: partnerId,
  webhook_id: id,
})

export const resealSecrets = (
  id: string,
  version: number,
  secrets: readonly string[],
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'RESEAL_WEBHOOK_SECRETS',
  partner_id: partnerId,
  webhook_id: id,
  expected_version: version,
  webhook_secrets: [...secrets],
})

export const resendDelivery = (id: string, deliveryId: string, partnerId = PARTNER_ID): CommandParts => ({
  action: 'RESEND_DELIVERY',
  partner_id: partnerId,
  webhook_id: id,
  delivery_id: deliveryId,
})

export const replayDeliveries = (id: string, fromMs: number, partnerId = PARTNER_ID): CommandParts => ({
  action: 'REPLAY_DELIVERIES',
  partner_id: partnerId,
  webhook_id: id,
  replay_from: fromMs,
})

export const publish = (
  version: number,
  aml_rules: Partial<NewAmlRules> = {},
  partnerId = PARTNER_ID,
): CommandParts => ({
  action: 'PUBLISH_AML_RULES',
  partner_id: partnerId,
  expected_version: version,
  aml_rules: { status: 'LIVE', rules: JSON.stringify(DEFAULT_RULES), note: 'a test', ...aml_rules },
})

export const PROVIDER: NewGameProvider = {
  name: 'OCasino',
  status: 'active',
  api_endpoint: 'https://api.ocasino.example/v1',
  integration_type: 'rest',
  supported_currencies: ['EUR', 'USD'],
  settings: { timeout_ms: 5_000, profile: 'standard' },
}

export const sealedCredentials = (credentials: Readonly<Record<string, string>>): SealedCredential[] =>
  Object.entries(credentials).map(([name, sealed]) => ({ name, sealed }))

export const putProvider = (
  id: string,
  version: number,
  provider: Partial<NewGameProvider> = {},
  credentials: Readonly<Record<string, string>> = { api_key: `sealed-first-${id}` },
): CommandParts => ({
  action: 'PUT_PROVIDER',
  partner_id: PLATFORM_ID,
  provider_id: id,
  expected_version: version,
  game_provider: { ...PROVIDER, ...provider },
  provider_credentials: sealedCredentials(credentials),
})

export const GAME: NewGame = {
  provider_id: 'ocasino',
  game_code: 'slots-1',
  name: 'Slots',
  category: 'slots',
  rtp: 9_650n,
  volatility: 'medium',
  features: ['free_spins'],
  status: 'active',
  launch_url_template: null,
  thumbnail_url: null,
}

export const putGame = (id: string, version: number, game: Partial<NewGame> = {}): CommandParts => ({
  action: 'PUT_GAME',
  partner_id: PLATFORM_ID,
  game_id: id,
  expected_version: version,
  game: { ...GAME, ...game },
})

export const resealCredentials = (
  id: string,
  version: number,
  credentials: Readonly<Record<string, string>>,
): CommandParts => ({
  action: 'RESEAL_PROVIDER_CREDENTIALS',
  partner_id: PLATFORM_ID,
  provider_id: id,
  expected_version: version,
  provider_credentials: sealedCredentials(credentials),
})

export async function testCodecs(source: SchemaSource = memorySchemas()): Promise<PartnersCodecs> {
  return {
    command: await createCodec('partner.command', source),
    partner: await createCodec('partner.profile.updated', source),
    key: await createCodec('partner.api-key.updated', source),
    webhook: await createCodec('partner.webhook.updated', source),
    amlRules: await createCodec('aml.rules.updated', source),
    gameProvider: await createCodec('game.provider.updated', source),
    game: await createCodec('game.updated', source),
    audit: await createCodec('audit.entry.recorded', source),
    position: await createCodec('partner.position', source),
    deadLetter: await createCodec('partner.command.dlq', source),
    store: await storeCodecs(),
  }
}

/** A command as it lies in its topic. */
export const commandRecord = (codecs: PartnersCodecs, command: PartnerCommand, offset = 0): LogRecord =>
  logRecord(command.data.partner_id, codecs.command.encode(command), offset)

/** A processor with its store and all that it has sent; each command is one millisecond after the last one. */
export class Bench {
  readonly store = new MapStore()
  readonly output = new ListOutput()
  readonly codecs: PartnersCodecs
  readonly #logic: PartnersLogic
  #sent = 0
  /** Time of the next command, in epoch milliseconds. */
  nowMs = START_MS

  constructor(codecs: PartnersCodecs) {
    this.codecs = codecs
    this.#logic = new PartnersLogic(codecs)
  }

  /** Sends a command as a batch of its own, and answers its entry. */
  send(parts: CommandParts): AuditEntry {
    this.nowMs++
    this.#sent++
    this.process(testCommand(testUuid(this.#sent), this.nowMs, parts))
    const entry = this.entries.at(-1)
    if (entry?.event_id !== testUuid(this.#sent)) throw new Error('the command has no entry')
    return entry.data
  }

  process(command: PartnerCommand): void {
    this.#logic.process(commandRecord(this.codecs, command), this.store, this.output)
    this.store.commit()
  }

  get state(): PartnersState {
    return new PartnersState(this.store, this.codecs.store)
  }
  get entries(): AuditRecorded[] {
    return this.output.of('audit.entry.recorded').map(({ value }) => this.codecs.audit.decode(value))
  }
  get partners(): PartnerUpdated[] {
    return this.output.of('partner.profile.updated').map(({ value }) => this.codecs.partner.decode(value))
  }
  get keys(): ApiKeyUpdated[] {
    return this.output.of('partner.api-key.updated').map(({ value }) => this.codecs.key.decode(value))
  }
  get webhooks(): WebhookUpdated[] {
    return this.output.of('partner.webhook.updated').map(({ value }) => this.codecs.webhook.decode(value))
  }
  get rules(): AmlRulesUpdated[] {
    return this.output.of('aml.rules.updated').map(({ value }) => this.codecs.amlRules.decode(value))
  }
  get games(): GameUpdated[] {
    return this.output.of('game.updated').map(({ value }) => this.codecs.game.decode(value))
  }
  get gameProviders(): GameProviderUpdated[] {
    return this.output.of('game.provider.updated').map(({ value }) => this.codecs.gameProvider.decode(value))
  }
  gameProvider(id: string): GameProvider {
    const provider = this.state.gameProvider(id)
    if (provider === undefined) throw new Error(`no game provider ${id}`)
    return provider
  }
  webhook(id: string): Webhook {
    const webhook = this.state.webhook(id)
    if (webhook === undefined) throw new Error(`no webhook ${id}`)
    return webhook
  }
  partner(partnerId = PARTNER_ID): Partner {
    const partner = this.state.partner(partnerId)
    if (partner === undefined) throw new Error(`no partner ${partnerId}`)
    return partner
  }
  key(keyId: string): ApiKey {
    const key = this.state.key(keyId)
    if (key === undefined) throw new Error(`no key ${keyId}`)
    return key
  }
}

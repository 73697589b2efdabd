/**
 * The store's entries, and how records are laid over them: the same way when a command is decided and on a restore. A
 * record that is no newer than what is there changes nothing. Each topic is laid on its own, and a compacted one may skip
 * states, so no entry follows from two topics or from how many states there were.
 *
 * | key | entry |
 * |---|---|
 * | `p/<partner id>` | the partner |
 * | `k/<key id>` | the key |
 * | `e/<hash of a contact address>` | id of the partner who has it |
 * | `x/<prefix>` | id of the key that begins with it |
 * | `n/<partner id>` | the partner's open keys |
 * | `w/<webhook id>` | the webhook endpoint |
 * | `u/<partner id>` | ids of the partner's endpoints that are not deleted |
 * | `l/<owner's id>` | the newest version of AML rules of an owner that are live, or end them |
 * | `s/<owner's id>` | the same of those in shadow |
 * | `g/<provider id>` | the game provider |
 * | `m/<name of a game provider>` | id of the provider that has it |
 * | `a/<game id>` | the game |
 * | `o/<provider id>/<code of a game>` | id of the game that has it |
 * | `c/<command id>` | the command is decided |
 */
import type {
  AmlRules,
  AmlRulesUpdated,
  ApiKey,
  ApiKeyUpdated,
  GameProvider,
  GameProviderUpdated,
  Game,
  GameUpdated,
  Partner,
  PartnerUpdated,
  Webhook,
  WebhookUpdated,
} from '../../avro/types.ts'
import { rulesUseOf } from '../../domain/aml/rules-versions.ts'
import type { RulesUse } from '../../domain/aml/rules-versions.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { createCodec } from '../../topics/codec.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import type { StoreWriter } from '../runtime/processor.ts'
import type { NewestAmlRules, PartnersView } from './decision.ts'
import { countOpen, decodeOpenKeys, encodeOpenKeys, withKey } from './open-keys.ts'

/**
 * A store that was written under another number is dropped and restored from the log. It has to change with the keys and
 * values above, and with the schemas of partner.profile.updated, partner.api-key.updated, partner.webhook.updated,
 * aml.rules.updated, game.provider.updated and game.updated: a test holds it to them.
 */
export const STORE_VERSION = 6

/** The stored form of partners, keys, webhook endpoints, AML rules and game providers. */
export interface StoreCodecs {
  partner: TopicCodec<PartnerUpdated>
  key: TopicCodec<ApiKeyUpdated>
  webhook: TopicCodec<WebhookUpdated>
  amlRules: TopicCodec<AmlRulesUpdated>
  gameProvider: TopicCodec<GameProviderUpdated>
  game: TopicCodec<GameUpdated>
}

/**
 * Stored values are in the form of the topics, but with the store's version in place of a schema id: an id is the
 * registry's to give, and a store must stay readable whatever a registry says.
 */
export async function storeCodecs(): Promise<StoreCodecs> {
  const source = {
    idOf: () => Promise.resolve(STORE_VERSION),
    textOf: () => Promise.resolve(undefined),
  }
  return {
    partner: await createCodec('partner.profile.updated', source),
    key: await createCodec('partner.api-key.updated', source),
    webhook: await createCodec('partner.webhook.updated', source),
    amlRules: await createCodec('aml.rules.updated', source),
    gameProvider: await createCodec('game.provider.updated', source),
    game: await createCodec('game.updated', source),
  }
}

const DECIDED = Buffer.from('1')

const amlRulesKey = (ownerId: string, use: RulesUse): string => `${use === 'LIVE' ? 'l' : 's'}/${ownerId}`

export class PartnersState implements PartnersView {
  readonly #store: StoreWriter
  readonly #codecs: StoreCodecs

  constructor(store: StoreWriter, codecs: StoreCodecs) {
    this.#store = store
    this.#codecs = codecs
  }

  partner(partnerId: string): Partner | undefined {
    const bytes = this.#store.get(`p/${partnerId}`)
    return bytes === undefined ? undefined : this.#codecs.partner.decode(bytes).data
  }

  key(keyId: string): ApiKey | undefined {
    const bytes = this.#store.get(`k/${keyId}`)
    return bytes === undefined ? undefined : this.#codecs.key.decode(bytes).data
  }

  partnerOfEmail(hash: string): string | undefined {
    return this.#store.get(`e/${hash}`)?.toString()
  }

  keyOfPrefix(prefix: string): string | undefined {
    return this.#store.get(`x/${prefix}`)?.toString()
  }

  openKeys(partnerId: string, atMs: number): number {
    const bytes = this.#store.get(`n/${partnerId}`)
    return bytes === undefined ? 0 : countOpen(decodeOpenKeys(bytes), atMs)
  }

  webhook(webhookId: string): Webhook | undefined {
    const bytes = this.#store.get(`w/${webhookId}`)
    return bytes === undefined ? undefined : this.#codecs.webhook.decode(bytes).data
  }

  webhooks(partnerId: string): number {
    return this.#webhookIds(partnerId).length
  }

  amlRules(ownerId: string): NewestAmlRules {
    const live = this.#amlRulesOf(ownerId, 'LIVE')
    const shadow = this.#amlRulesOf(ownerId, 'SHADOW')
    return { newest: (live?.version ?? 0) > (shadow?.version ?? 0) ? live : shadow, live, shadow }
  }

  gameProvider(providerId: string): GameProvider | undefined {
    const bytes = this.#store.get(`g/${providerId}`)
    return bytes === undefined ? undefined : this.#codecs.gameProvider.decode(bytes).data
  }

  gameProviderOfName(name: string): string | undefined {
    return this.#store.get(`m/${name}`)?.toString()
  }

  game(gameId: string): Game | undefined {
    const bytes = this.#store.get(`a/${gameId}`)
    return bytes === undefined ? undefined : this.#codecs.game.decode(bytes).data
  }

  gameOfCode(providerId: string, code: string): string | undefined {
    return this.#store.get(`o/${providerId}/${code}`)?.toString()
  }

  isDecided(commandId: string): boolean {
    return this.#store.get(`c/${commandId}`) !== undefined
  }

  layDecided(commandId: string): void {
    this.#store.put(`c/${commandId}`, DECIDED)
  }

  layPartner(event: PartnerUpdated): void {
    const { partner_id: id, contact_email_hash: hash, version } = event.data
    const before = this.partner(id)
    if (before !== undefined && before.version >= version) return
    const oldHash = before?.contact_email_hash ?? null
    // Where the log has skipped states, another partner may have taken the old address meanwhile: then it is his.
    if (oldHash !== null && this.partnerOfEmail(oldHash) === id) this.#store.delete(`e/${oldHash}`)
    if (hash !== null) this.#store.put(`e/${hash}`, Buffer.from(id))
    this.#store.put(`p/${id}`, this.#codecs.partner.encode(event))
  }

  layKey(event: ApiKeyUpdated): void {
    const { key_id: id, partner_id: partnerId, key_prefix: prefix, version } = event.data
    const before = this.key(id)
    if (before !== undefined && before.version >= version) return
    const open = this.#store.get(`n/${partnerId}`)
    const openAfter = withKey(open === undefined ? undefined : decodeOpenKeys(open), event.data)
    this.#store.put(`n/${partnerId}`, encodeOpenKeys(openAfter))
    this.#store.put(`x/${prefix}`, Buffer.from(id))
    this.#store.put(`k/${id}`, this.#codecs.key.encode(event))
  }

  layWebhook(event: WebhookUpdated): void {
    const { webhook_id: id, partner_id: partnerId, status, version } = event.data
    const before = this.webhook(id)
    if (before !== undefined && before.version >= version) return
    const others = this.#webhookIds(partnerId).filter((other) => other !== id)
    const ids = status === 'deleted' ? others : [...others, id].toSorted()
    if (ids.length > 0) this.#store.put(`u/${partnerId}`, Buffer.from(ids.join('\n')))
    else if (this.#store.get(`u/${partnerId}`) !== undefined) this.#store.delete(`u/${partnerId}`)
    this.#store.put(`w/${id}`, this.#codecs.webhook.encode(event))
  }

  layAmlRules(event: AmlRulesUpdated): void {
    const { partner_id: partnerId, status, version } = event.data
    const ownerId = partnerId ?? PLATFORM_ID
    const use = rulesUseOf(status)
    const before = this.#amlRulesOf(ownerId, use)
    if (before !== undefined && before.version >= version) return
    this.#store.put(amlRulesKey(ownerId, use), this.#codecs.amlRules.encode(event))
  }

  layGameProvider(event: GameProviderUpdated): void {
    const { provider_id: id, name, version } = event.data
    const before = this.gameProvider(id)
    if (before !== undefined && before.version >= version) return
    // As with addresses: where the log has skipped states, the old name may be another's by now.
    if (before !== undefined && this.gameProviderOfName(before.name) === id)
      this.#store.delete(`m/${before.name}`)
    this.#store.put(`m/${name}`, Buffer.from(id))
    this.#store.put(`g/${id}`, this.#codecs.gameProvider.encode(event))
  }

  layGame(event: GameUpdated): void {
    const { game_id: id, provider_id: provider, game_code: code, version } = event.data
    const before = this.game(id)
    if (before !== undefined && before.version >= version) return
    // As with names of providers: where the log has skipped states, the old code may be another's by now.
    if (before !== undefined && this.gameOfCode(before.provider_id, before.game_code) === id)
      this.#store.delete(`o/${before.provider_id}/${before.game_code}`)
    this.#store.put(`o/${provider}/${code}`, Buffer.from(id))
    this.#store.put(`a/${id}`, this.#codecs.game.encode(event))
  }

  #amlRulesOf(ownerId: string, use: RulesUse): AmlRules | undefined {
    const bytes = this.#store.get(amlRulesKey(ownerId, use))
    return bytes === undefined ? undefined : this.#codecs.amlRules.decode(bytes).data
  }

  #webhookIds(partnerId: string): string[] {
    return this.#store.get(`u/${partnerId}`)?.toString().split('\n') ?? []
  }
}

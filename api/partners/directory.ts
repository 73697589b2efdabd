/**
 * All partners, API keys, webhook endpoints, AML rules, game providers and games, in memory, as the compacted topics tell them: a bet asks no database who calls. Records may
 * come again and in any order between topics; of each partner and key the highest version counts.
 */
import type {
  AmlRules,
  ApiKey,
  ApiKeyUse,
  Game,
  GameProvider,
  Partner,
  PartnerStatus,
  Webhook,
} from '../../avro/types.ts'
import { RulesVersions, rulesOwner } from '../../domain/aml/rules-versions.ts'
import { gameSubjectIdOf, providerSubjectIdOf } from '../../domain/game-provider.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { allowList } from '../access/addresses.ts'
import { scopesOf } from '../access/principal.ts'
import type { Credential, PartnerLimits, Scope } from '../access/principal.ts'

/** What a partner's profile means for its calls. */
export interface Standing {
  status: PartnerStatus
  /** Whether the partner calls from this address. */
  allows: (address: string) => boolean
  limits: PartnerLimits
}

/**
 * What is kept of a key. Installations may have a million of them, so what is the same for many is kept once, and what a call
 * needs besides is made when it is asked for.
 */
export type KeptKey = Omit<ApiKey, 'command_id'>

/** A key as a call needs it. */
export interface KnownKey {
  apiKey: KeptKey
  hash: Buffer
  credential: Credential
}

/** A combination of scopes: keys share few of them. */
interface ScopeList {
  names: string[]
  scopes: ReadonlySet<Scope>
}

/** The keys of a partner, and the one copy of its id that all of them hold. */
interface PartnerKeys {
  partnerId: string
  ids: Set<string>
}

interface KnownPartner {
  partner: Partner
  standing: Standing
}

/** What the audit trail calls what is here. */
export type Kind = 'partner' | 'api_key' | 'webhook' | 'aml_rules' | 'game_provider' | 'game'

interface Waiter {
  version: number
  resolve: () => void
}

const ANYWHERE = (): boolean => true

function standingOf({ status, settings }: Partner): Standing {
  return {
    status,
    allows: settings.allowed_ips.length === 0 ? ANYWHERE : allowList(settings.allowed_ips),
    limits: {
      autoApproveUnits: new Map(settings.auto_approvals.map(({ currency, amount }) => [currency, amount])),
      rateLimits: Object.fromEntries(
        settings.rate_limits.map(({ endpoint_class, per_minute }) => [endpoint_class, per_minute]),
      ),
    },
  }
}

const keptKey = (apiKey: ApiKey, partnerId: string, scopes: string[]): KeptKey => ({
  key_id: apiKey.key_id,
  key_prefix: apiKey.key_prefix,
  key_hash: apiKey.key_hash,
  name: apiKey.name,
  scopes,
  expires_at: apiKey.expires_at,
  partner_id: partnerId,
  status: apiKey.status,
  replaced_by: apiKey.replaced_by,
  version: apiKey.version,
  created_at: apiKey.created_at,
  updated_at: apiKey.updated_at,
})

export class PartnerDirectory {
  readonly #partners = new Map<string, KnownPartner>()
  readonly #keys = new Map<string, KeptKey>()
  readonly #keysByPrefix = new Map<string, KeptKey>()
  readonly #keysByPartner = new Map<string, PartnerKeys>()
  readonly #scopeLists = new Map<string, ScopeList>()
  readonly #webhooks = new Map<string, Webhook>()
  /** All versions, of the platform and of every partner. */
  readonly amlRules = new RulesVersions<AmlRules>()
  /** By the id that the audit trail has for each. */
  readonly #gameProviders = new Map<string, GameProvider>()
  readonly #games = new Map<string, Game>()
  /** By the id under which the audit trail knows the game. */
  readonly #gameVersions = new Map<string, number>()
  readonly #lastUsedMs = new Map<string, number>()
  readonly #waiters = new Map<string, Waiter[]>()

  applyPartner(partner: Partner): void {
    if (partner.version <= (this.partner(partner.partner_id)?.version ?? 0)) return
    this.#partners.set(partner.partner_id, { partner, standing: standingOf(partner) })
    this.#tell('partner', partner.partner_id, partner.version)
  }

  applyKey(apiKey: ApiKey): void {
    const { key_id: id, version } = apiKey
    if (version <= (this.#keys.get(id)?.version ?? 0)) return
    const partner = this.#keysOfPartner(apiKey.partner_id)
    const { names: scopes } = this.#scopeList(apiKey.scopes)
    const kept = keptKey(apiKey, partner.partnerId, scopes)
    this.#keys.set(id, kept)
    this.#keysByPrefix.set(kept.key_prefix, kept)
    partner.ids.add(id)
    this.#tell('api_key', id, version)
  }

  #keysOfPartner(partnerId: string): PartnerKeys {
    const known = this.#keysByPartner.get(partnerId)
    if (known !== undefined) return known
    const made = { partnerId, ids: new Set<string>() }
    this.#keysByPartner.set(partnerId, made)
    return made
  }

  #scopeList(names: string[]): ScopeList {
    const text = names.join(' ')
    const known = this.#scopeLists.get(text)
    if (known !== undefined) return known
    const made = { names, scopes: scopesOf(names) }
    this.#scopeLists.set(text, made)
    return made
  }

  /** The newest state of a key can't be read: it opens nothing until a newer one can, since this one may have revoked it. */
  closeKey(id: string): void {
    const known = this.#keys.get(id)
    if (known === undefined) return
    const closed: KeptKey = { ...known, status: 'inactive' }
    this.#keys.set(id, closed)
    this.#keysByPrefix.set(closed.key_prefix, closed)
  }

  /** The newest state of a partner can't be read: it may not call until a newer one can, since this one may have suspended it. */
  closePartner(id: string): void {
    const known = this.#partners.get(id)
    if (known === undefined) return
    this.#partners.set(id, { ...known, standing: { ...known.standing, status: 'suspended' } })
  }

  applyWebhook(webhook: Webhook): void {
    const { webhook_id: id, version } = webhook
    if (version <= (this.#webhooks.get(id)?.version ?? 0)) return
    this.#webhooks.set(id, webhook)
    this.#tell('webhook', id, version)
  }

  applyAmlRules(rules: AmlRules): void {
    this.amlRules.add(rulesOwner(rules.partner_id), rules)
    this.#tell('aml_rules', rules.partner_id ?? PLATFORM_ID, rules.version)
  }

  applyGameProvider(provider: GameProvider): void {
    const subjectId = providerSubjectIdOf(provider.provider_id)
    if (provider.version <= (this.#gameProviders.get(subjectId)?.version ?? 0)) return
    this.#gameProviders.set(subjectId, provider)
    this.#tell('game_provider', subjectId, provider.version)
  }

  applyGame(game: Game): void {
    const subjectId = gameSubjectIdOf(game.game_id)
    if (game.version <= (this.#gameVersions.get(subjectId) ?? 0)) return
    this.#games.set(game.game_id, game)
    this.#gameVersions.set(subjectId, game.version)
    this.#tell('game', subjectId, game.version)
  }

  applyUse({ key_id: id, last_used_at: atMs }: ApiKeyUse): void {
    this.#lastUsedMs.set(id, Math.max(atMs, this.#lastUsedMs.get(id) ?? 0))
  }

  partner(id: string): Partner | undefined {
    return this.#partners.get(id)?.partner
  }

  /** All partners, the oldest first. */
  partners(): Partner[] {
    return [...this.#partners.values()]
      .map(({ partner }) => partner)
      .toSorted((a, b) => a.created_at - b.created_at || (a.partner_id < b.partner_id ? -1 : 1))
  }

  standingOf(partnerId: string): Standing | undefined {
    return this.#partners.get(partnerId)?.standing
  }

  key(id: string): KeptKey | undefined {
    return this.#keys.get(id)
  }

  keyByPrefix(prefix: string): KnownKey | undefined {
    const kept = this.#keysByPrefix.get(prefix)
    if (kept === undefined) return undefined
    const { key_id: keyId, partner_id: partnerId } = kept
    const { scopes } = this.#scopeList(kept.scopes)
    return {
      apiKey: kept,
      hash: Buffer.from(kept.key_hash, 'base64'),
      credential: { keyId, partnerId, scopes },
    }
  }

  /** The partner's keys, the oldest first. */
  keysOf(partnerId: string): KeptKey[] {
    return [...(this.#keysByPartner.get(partnerId)?.ids ?? [])]
      .map((id) => this.key(id))
      .filter((key) => key !== undefined)
      .toSorted((a, b) => a.created_at - b.created_at || (a.key_id < b.key_id ? -1 : 1))
  }

  /** An endpoint that is not deleted. */
  webhook(id: string): Webhook | undefined {
    const webhook = this.#webhooks.get(id)
    return webhook?.status === 'deleted' ? undefined : webhook
  }

  /** The partner's endpoints that are not deleted, the oldest first. */
  webhooksOf(partnerId: string): Webhook[] {
    return [...this.#webhooks.values()]
      .filter(({ partner_id: owner, status }) => owner === partnerId && status !== 'deleted')
      .toSorted((a, b) => a.created_at - b.created_at || (a.webhook_id < b.webhook_id ? -1 : 1))
  }

  gameProvider(id: string): GameProvider | undefined {
    return this.#gameProviders.get(providerSubjectIdOf(id))
  }

  /** All game providers. */
  gameProviders(): GameProvider[] {
    return [...this.#gameProviders.values()]
  }

  /** A bet asks for its game by this: a look into one map. */
  game(id: string): Game | undefined {
    return this.#games.get(id)
  }

  /** All games. */
  games(): Game[] {
    return [...this.#games.values()]
  }

  /** Epoch milliseconds; undefined where no use has been told of. */
  lastUsedMs(keyId: string): number | undefined {
    return this.#lastUsedMs.get(keyId)
  }

  /** Resolves when this version, or a later one, is known here. */
  whenKnown(kind: Kind, id: string, version: number): Promise<void> {
    if (this.#versionOf(kind, id) >= version) return Promise.resolve()
    return new Promise((resolve) => {
      const name = `${kind}/${id}`
      this.#waiters.set(name, [...(this.#waiters.get(name) ?? []), { version, resolve }])
    })
  }

  #versionOf(kind: Kind, id: string): number {
    switch (kind) {
      case 'partner':
        return this.partner(id)?.version ?? 0
      case 'api_key':
        return this.key(id)?.version ?? 0
      case 'webhook':
        return this.#webhooks.get(id)?.version ?? 0
      case 'aml_rules':
        return this.amlRules.newest(rulesOwner(id))
      case 'game_provider':
        return this.#gameProviders.get(id)?.version ?? 0
      case 'game':
        return this.#gameVersions.get(id) ?? 0
    }
  }

  #tell(kind: Kind, id: string, version: number): void {
    const name = `${kind}/${id}`
    const waiting = this.#waiters.get(name)
    if (waiting === undefined) return
    const later = waiting.filter((waiter) => waiter.version > version)
    if (later.length > 0) this.#waiters.set(name, later)
    else this.#waiters.delete(name)
    for (const waiter of waiting) if (waiter.version <= version) waiter.resolve()
  }
}

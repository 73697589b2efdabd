/** Partners and players in PostgreSQL: what lands where, in whatever order the topics are read, and how often. */
import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PlayerUpdated } from '../../avro/types.ts'
import { createCipher } from '../../service/encryption.ts'
import { createLogger } from '../../service/logger.ts'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { aBalance } from '../../tests/support/sink-events.ts'
import type { TopicValues } from '../../topics/catalogue.ts'
import { halve, recordCount } from '../runtime/batches.ts'
import type { Batch, SinkStore, Slice } from '../runtime/types.ts'
import {
  aChange,
  aGame,
  aGameProvider,
  aProviderChange,
  anApiKey,
  anAuditEntry,
  aPartner,
  aUse,
  aWebhook,
  DAY_MS,
  NOW_MS,
  withAllowed,
} from '../testing/partner-events.ts'
import { aPlayer, aPlayerChange } from '../testing/player-events.ts'
import { migratePostgres, postgresMigrations } from './migrate.ts'
import type { PostgresSource } from './sources.ts'
import { createPostgresStore } from './store.ts'

const PARTNERS = 'partner.profile.updated'
const KEYS = 'partner.api-key.updated'
const WEBHOOKS = 'partner.webhook.updated'
const PROVIDERS = 'game.provider.updated'
const GAMES = 'game.updated'
const USES = 'partner.api-key.used'
const AUDIT = 'audit.entry.recorded'
const PLAYERS = 'player.profile.updated'
const WALLET_AUDIT = 'audit.wallet-entry.recorded'
const TABLES = [
  'partners',
  'partner_commission_rates',
  'ip_whitelist',
  'api_keys',
  'api_key_uses',
  'webhooks',
  'game_providers',
  'audit_log',
  'players',
  'wallets',
]

const always = { stillOurs: () => true }
const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }

let database: ScratchPostgres
let store: SinkStore<PostgresSource>
/** All that was ever written, in the order of writing. */
let log: Slice<PostgresSource>[]
let ends: Map<PostgresSource, number>

const newStore = (): SinkStore<PostgresSource> =>
  createPostgresStore({
    databaseUrl: database.url,
    cipher: createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) }),
    logger: createLogger('test', 'silent'),
  })

beforeAll(async () => {
  database = await createScratchPostgres()
  store = newStore()
})
afterAll(async () => {
  await store.close()
  await database.drop()
})
beforeEach(async () => {
  await empty()
  log = []
  ends = new Map()
})

const empty = (): Promise<unknown> =>
  database.rows(
    `TRUNCATE ${TABLES.join(', ')}, games, settlements, settlement_terms, transactions, transaction_updates, sink_positions`,
  )

/** The next records of a topic. */
function next<N extends PostgresSource>(source: N, ...values: TopicValues[N][]): Slice<N> {
  const from = ends.get(source) ?? 0
  const end = from + values.length
  ends.set(source, end)
  const records = values.map((value, at) => ({ offset: from + at, value, raw }))
  return { source, topic: source, partition: 0, from, next: end, records }
}

/** Writes slices as one batch. */
async function write(...slices: Slice<PostgresSource>[]): Promise<void> {
  log.push(...slices)
  await store.write(slices, always)
}

async function replay(batches: readonly Batch<PostgresSource>[]): Promise<void> {
  await database.rows('DELETE FROM sink_positions')
  for (const batch of batches) await store.write(batch, always)
}

const rowOf = async (table: string, id: string): Promise<Record<string, unknown> | undefined> =>
  (await database.rows(`SELECT * FROM ${table} WHERE id = $1`, [id]))[0]

/** Every row of every table, with the database transaction that last wrote it. */
const dump = (): Promise<unknown> =>
  Promise.all(
    TABLES.map((table) => database.rows(`SELECT xmin::text, t::text FROM ${table} AS t ORDER BY t::text`)),
  )

/** What the tables say, without what depends on when it was said: serial ids, and since when a network is there. */
const contents = (): Promise<unknown> =>
  Promise.all(
    TABLES.map((table) =>
      database.rows(
        table === 'ip_whitelist'
          ? 'SELECT partner_id, ip_address FROM ip_whitelist ORDER BY 1, 2'
          : `SELECT t::text FROM ${table} AS t ORDER BY t::text`,
      ),
    ),
  )

const ratesOf = async (partnerId: string): Promise<unknown[]> =>
  (
    await database.rows(
      'SELECT rate FROM partner_commission_rates WHERE partner_id = $1 ORDER BY effective_from',
      [partnerId],
    )
  ).map((row) => row['rate'])
const networksOf = (partnerId: string): Promise<Record<string, unknown>[]> =>
  database.rows(
    'SELECT id, ip_address, created_at FROM ip_whitelist WHERE partner_id = $1 ORDER BY ip_address',
    [partnerId],
  )

describe('a partner', () => {
  it('lands with every field, its rates and its networks', async () => {
    const partner = aPartner()
    const { data } = partner
    await write(next(PARTNERS, partner))
    expect(await rowOf('partners', data.partner_id)).toEqual({
      id: data.partner_id,
      name: data.name,
      type: 'aggregator',
      status: 'active',
      commission_rate: '0.2000',
      contact_email: data.contact_email,
      contact_email_hash: data.contact_email_hash,
      registration_number: data.registration_number,
      address: data.address,
      settings: { ...data.settings, auto_approvals: [{ currency: 'EUR', amount: '999999999999999.9999' }] },
      version: 1,
      created_at: new Date(data.created_at),
      updated_at: new Date(data.updated_at),
    })
    expect(
      await database.rows(
        'SELECT rate, effective_from FROM partner_commission_rates ORDER BY effective_from',
      ),
    ).toEqual([
      { rate: '0.1250', effective_from: new Date(NOW_MS - 30 * DAY_MS) },
      { rate: '0.2000', effective_from: new Date(NOW_MS - DAY_MS) },
      { rate: '1.0000', effective_from: new Date(NOW_MS + DAY_MS) },
    ])
    expect((await networksOf(data.partner_id)).map((row) => row['ip_address'])).toEqual([
      '10.0.0.0/8',
      '192.0.2.7/32',
      '2001:db8::/32',
    ])
  })

  it('takes the place of the row that was made up for its wallets', async () => {
    const partner = aPartner()
    const { partner_id } = partner.data
    await write(next('wallet.balance', aBalance([{ wallet_id: randomUUID() }], 'p', partner_id)))
    expect(await rowOf('partners', partner_id)).toMatchObject({ name: `partner ${partner_id}`, version: 0 })
    await write(next(PARTNERS, partner))
    expect(await rowOf('partners', partner_id)).toMatchObject({
      name: partner.data.name,
      version: 1,
      created_at: new Date(partner.data.created_at),
    })
  })

  it('is replaced as a whole by a newer version, and by no older one', async () => {
    const first = aPartner()
    const { partner_id } = first.data
    const second = aChange(first, {
      ...withAllowed(first, '192.0.2.7', '10.1.2.3/16'),
      commission_rates: [
        { rate: 1_250n, effective_from: NOW_MS - 30 * DAY_MS },
        { rate: 1_500n, effective_from: NOW_MS - DAY_MS },
        { rate: 0n, effective_from: NOW_MS + 2 * DAY_MS },
      ],
      status: 'suspended',
      contact_email: null,
      contact_email_hash: null,
    })
    await write(next(PARTNERS, first))
    const before = await networksOf(partner_id)
    await write(next(PARTNERS, second))
    expect(await rowOf('partners', partner_id)).toMatchObject({
      status: 'suspended',
      commission_rate: '0.1500',
      contact_email: null,
      version: 2,
      created_at: new Date(first.data.created_at),
      updated_at: new Date(second.data.updated_at),
    })
    expect(await ratesOf(partner_id)).toEqual(['0.1250', '0.1500', '0.0000'])
    const [wide, kept] = await networksOf(partner_id)
    expect(wide).toMatchObject({ ip_address: '10.1.0.0/16', created_at: new Date(second.data.updated_at) })
    expect(kept).toEqual(before.find((row) => row['ip_address'] === '192.0.2.7/32'))

    const settled = await dump()
    await write(next(PARTNERS, first))
    expect(await dump()).toEqual(settled)

    await write(next(PARTNERS, aChange(second, { ...withAllowed(second), commission_rates: [] })))
    expect(await networksOf(partner_id)).toEqual([])
    expect(await ratesOf(partner_id)).toEqual([])
    expect(await rowOf('partners', partner_id)).toMatchObject({ commission_rate: '0.0000' })
  })

  it('may take over an address that another has given up, also where the record of that was compacted away', async () => {
    const giver = aPartner()
    const taker = aPartner()
    const { contact_email_hash } = giver.data
    await write(next(PARTNERS, giver, taker))
    const took = aChange(taker, { contact_email_hash })
    const gave = aChange(giver, { contact_email_hash: taker.data.contact_email_hash })
    await write(next(PARTNERS, took))
    expect(await rowOf('partners', taker.data.partner_id)).toMatchObject({ contact_email_hash })
    expect(await rowOf('partners', giver.data.partner_id)).toMatchObject({ contact_email_hash: null })
    await write(next(PARTNERS, gave))
    // Back again, both in one batch.
    await write(
      next(
        PARTNERS,
        aChange(gave, { contact_email_hash }),
        aChange(took, { contact_email_hash: taker.data.contact_email_hash }),
      ),
    )
    expect(await rowOf('partners', giver.data.partner_id)).toMatchObject({ contact_email_hash, version: 3 })
    expect(await rowOf('partners', taker.data.partner_id)).toMatchObject({
      contact_email_hash: taker.data.contact_email_hash,
    })
    await expect(
      database.rows('UPDATE partners SET contact_email_hash = $1', [contact_email_hash]),
    ).rejects.toMatchObject({ constraint: 'partners_contact_email_hash_key' })
  })
})

describe('an API key', () => {
  it('lands with every field, before its partner and after', async () => {
    const partner = aPartner()
    const key = anApiKey({ partner_id: partner.data.partner_id })
    const { data } = key
    await write(next(KEYS, key))
    expect(await rowOf('partners', data.partner_id)).toMatchObject({ version: 0 })
    const expected = {
      id: data.key_id,
      key_prefix: data.key_prefix,
      key_hash: data.key_hash,
      name: data.name,
      partner_id: data.partner_id,
      status: 'active',
      scopes: ['wallet:read', 'wallet:write'],
      expires_at: new Date(data.expires_at ?? 0),
      last_used_at: null,
      replaced_by: data.replaced_by,
      version: 1,
      created_at: new Date(data.created_at),
      updated_at: new Date(data.updated_at),
    }
    expect(await rowOf('api_keys', data.key_id)).toEqual(expected)
    await write(next(PARTNERS, partner))
    expect(await rowOf('partners', data.partner_id)).toMatchObject({ version: 1 })
    expect(await rowOf('api_keys', data.key_id)).toEqual(expected)
  })

  it('is replaced by a newer version, and by no older one; its last use stays', async () => {
    const key = anApiKey()
    const revoked = anApiKey({ ...key.data, status: 'inactive', expires_at: null, version: 2 })
    await write(next(KEYS, key), next(USES, aUse(key, 10)))
    await write(next(KEYS, revoked))
    const settled = await dump()
    await write(next(KEYS, key))
    expect(await dump()).toEqual(settled)
    expect(await rowOf('api_keys', key.data.key_id)).toMatchObject({
      status: 'inactive',
      expires_at: null,
      version: 2,
      last_used_at: new Date(NOW_MS + 10),
    })
  })

  it('shows its last use, also one that came before the key, and never an earlier one', async () => {
    const key = anApiKey()
    const usedAt = async (): Promise<unknown> => (await rowOf('api_keys', key.data.key_id))?.['last_used_at']
    await write(next(USES, aUse(key, 20)))
    expect(await usedAt()).toBeUndefined()
    await write(next(KEYS, key))
    expect(await usedAt()).toEqual(new Date(NOW_MS + 20))
    await write(next(USES, aUse(key, 10)))
    expect(await usedAt()).toEqual(new Date(NOW_MS + 20))
    await write(next(USES, aUse(key, 30)))
    expect(await usedAt()).toEqual(new Date(NOW_MS + 30))
  })

  it('shows its last use also where two instances write the two at the same moment', async () => {
    const other = newStore()
    const keys = Array.from({ length: 25 }, () => anApiKey())
    for (const key of keys)
      await Promise.all([
        store.write([next(KEYS, key)], always),
        other.write([next(USES, aUse(key, 20))], always),
      ])
    await other.close()
    expect(
      await database.rows('SELECT last_used_at, count(*)::int AS keys FROM api_keys GROUP BY 1'),
    ).toEqual([{ last_used_at: new Date(NOW_MS + 20), keys: 25 }])
  })
})

describe('a game provider', () => {
  it('lands with every field, and is replaced by a newer version, and by no older one', async () => {
    const first = aGameProvider()
    const { data } = first
    await write(next(PROVIDERS, first))
    const row = await rowOf('game_providers', data.provider_id)
    expect(row).toEqual({
      id: data.provider_id,
      name: data.name,
      api_endpoint: data.api_endpoint,
      api_credentials: expect.any(String),
      integration_type: 'seamless',
      status: 'maintenance',
      supported_currencies: ['EUR', 'USD'],
      settings: { timeout_ms: 2_500, profile: 'studio' },
      version: 1,
      created_at: new Date(NOW_MS),
      updated_at: new Date(NOW_MS),
    })
    expect(JSON.parse(String(row?.['api_credentials']))).toMatchObject([
      { name: 'api_key', sealed: 'k1:AAAA.AAAA.AAAA' },
      { name: 'webhook_secret', sealed: 'k2:BBBB.BBBB.BBBB' },
    ])
    await write(next(PROVIDERS, aProviderChange(first, { status: 'inactive', api_credentials: [] })))
    expect(await rowOf('game_providers', data.provider_id)).toMatchObject({
      status: 'inactive',
      api_credentials: '[]',
      version: 2,
    })
    const settled = await dump()
    await write(next(PROVIDERS, first))
    expect(await dump()).toEqual(settled)
  })

  it('may take over a name that another has given up, also where the record of that was compacted away', async () => {
    const giver = aGameProvider()
    const taker = aGameProvider()
    const { name } = giver.data
    await write(next(PROVIDERS, giver, taker))
    const took = aProviderChange(taker, { name })
    const gave = aProviderChange(giver, { name: taker.data.name })
    await write(next(PROVIDERS, took))
    expect(await rowOf('game_providers', taker.data.provider_id)).toMatchObject({ name })
    await write(next(PROVIDERS, gave))
    expect(await rowOf('game_providers', giver.data.provider_id)).toMatchObject({ name: taker.data.name })
    // Back again, both in one batch.
    await write(
      next(PROVIDERS, aProviderChange(gave, { name }), aProviderChange(took, { name: taker.data.name })),
    )
    expect(await rowOf('game_providers', giver.data.provider_id)).toMatchObject({ name, version: 3 })
    expect(await rowOf('game_providers', taker.data.provider_id)).toMatchObject({ name: taker.data.name })
  })
})

describe('a game', () => {
  const changed = (game: ReturnType<typeof aGame>, change: object) =>
    aGame({ ...game.data, version: game.data.version + 1, ...change })

  it('lands with every field, also before its provider, and is replaced by a newer version, and by no older one', async () => {
    const first = aGame()
    const { data } = first
    await write(next(GAMES, first))
    expect(await rowOf('games', data.game_id)).toEqual({
      id: data.game_id,
      provider_id: data.provider_id,
      game_code: data.game_code,
      name: 'Lucky Sevens',
      category: 'slots',
      rtp: '0.9650',
      volatility: 'high',
      features: ['free_spins', 'bonus "round"'],
      status: 'active',
      launch_url_template: 'https://play.example/{session_token}',
      thumbnail_url: 'https://play.example/lucky.png',
      version: 1,
      created_at: new Date(NOW_MS),
      updated_at: new Date(NOW_MS),
    })
    const provider = aGameProvider({ provider_id: data.provider_id })
    await write(next(PROVIDERS, provider))
    expect(await rowOf('game_providers', data.provider_id)).toMatchObject({ name: provider.data.name })
    await write(next(GAMES, changed(first, { status: 'inactive', rtp: null })))
    expect(await rowOf('games', data.game_id)).toMatchObject({ status: 'inactive', rtp: null, version: 2 })
    const settled = await rowOf('games', data.game_id)
    await write(next(GAMES, first))
    expect(await rowOf('games', data.game_id)).toEqual(settled)
  })

  it('may take over a code that another has given up, also where the record of that was compacted away', async () => {
    const provider_id = aGame().data.provider_id
    const [giver, taker] = [aGame({ provider_id }), aGame({ provider_id })]
    const code = giver.data.game_code
    await write(next(GAMES, giver, taker))
    await write(next(GAMES, changed(taker, { game_code: code })))
    expect(await rowOf('games', taker.data.game_id)).toMatchObject({ game_code: code })
    await write(next(GAMES, changed(giver, { game_code: taker.data.game_code })))
    expect(await rowOf('games', giver.data.game_id)).toMatchObject({ game_code: taker.data.game_code })
  })
})

describe('an audit entry', () => {
  it('lands with every field, of a partner too that does not exist, and never changes', async () => {
    const entry = anAuditEntry()
    const { actor, ...data } = entry.data
    await write(next(AUDIT, entry))
    await write(next(AUDIT, { ...entry, data: { ...entry.data, action: 'ISSUE_KEY' } }))
    expect(await rowOf('audit_log', entry.event_id)).toEqual({
      ...data,
      id: entry.event_id,
      actor_key_id: 'configured-admin',
      actor_partner_id: actor.partner_id,
      actor_ip: actor.ip_address,
      request_id: actor.request_id,
      version: '7',
      before: { name: '€ " \\u0000', amount: expect.any(Number) },
      after: { name: null },
      requested_at: new Date(NOW_MS),
    })
    expect(await database.rows('SELECT before::text FROM audit_log')).toEqual([
      { before: '{"name": "€ \\" \\\\u0000", "amount": 12345678901234567890.10}' },
    ])
    expect(await database.rows('SELECT 1 FROM partners')).toEqual([])
  })
})

describe('a player', () => {
  const rowOfPlayer = async ({ data }: PlayerUpdated): Promise<Record<string, unknown> | undefined> =>
    (
      await database.rows('SELECT * FROM players WHERE partner_id = $1 AND player_id = $2', [
        data.partner_id,
        data.player_id,
      ])
    )[0]

  it('lands with every field, before his partner does', async () => {
    const player = aPlayer()
    const { data } = player
    await write(next(PLAYERS, player))
    expect(await rowOfPlayer(player)).toEqual({
      partner_id: data.partner_id,
      player_id: data.player_id,
      country: 'MT',
      name: data.name,
      date_of_birth: data.date_of_birth,
      self_excluded_from: new Date(NOW_MS - DAY_MS),
      self_excluded_until: new Date('9999-12-31T23:59:59.999Z'),
      limits: [
        { kind: 'DEPOSIT', period: 'DAY', currency: 'EUR', amount: '999999999999999.9999' },
        { kind: 'LOSS', period: 'MONTH', currency: 'USD', amount: '0.0000' },
      ],
      version: 1,
      updated_at: new Date(NOW_MS),
    })
    expect(await rowOf('partners', data.partner_id)).toMatchObject({ version: 0 })
  })

  it('is replaced as a whole by a newer version, and by no older one', async () => {
    const first = aPlayer()
    const forEver = aPlayerChange(first, { self_exclusion: { from: NOW_MS, until: null } })
    const nothing = { country: null, name: null, date_of_birth: null, self_exclusion: null, limits: [] }
    await write(next(PLAYERS, first))
    await write(next(PLAYERS, forEver))
    expect(await rowOfPlayer(first)).toMatchObject({
      self_excluded_from: new Date(NOW_MS),
      self_excluded_until: null,
      version: 2,
    })
    await write(next(PLAYERS, aPlayerChange(forEver, nothing)))
    const settled = await dump()
    expect(await rowOfPlayer(first)).toMatchObject({
      country: null,
      name: null,
      date_of_birth: null,
      self_excluded_from: null,
      self_excluded_until: null,
      limits: [],
      version: 3,
    })
    await write(next(PLAYERS, forEver, first))
    expect(await dump()).toEqual(settled)
  })

  it('is told from one of the same id with another partner', async () => {
    const players = [aPlayer({ country: 'SE' }), aPlayer({ country: 'DK' })]
    await write(next(PLAYERS, ...players))
    for (const player of players)
      expect(await rowOfPlayer(player)).toMatchObject({ country: player.data.country })
  })
})

/** An entry about the wallet of a player, changed as asked. */
const aWalletEntry = (change: Parameters<typeof anAuditEntry>[0] = {}) =>
  anAuditEntry({
    action: 'WALLET_FREEZE',
    subject_type: 'wallet',
    version: 2 ** 33,
    player_id: 'player-1',
    reason: 'disputed "account"',
    ...change,
  })

/** Some of everything, with changes, one topic after the other. */
function aHistory(): Slice<PostgresSource>[] {
  const one = aPartner()
  const two = aPartner()
  const oneLater = aChange(one, withAllowed(one, '192.0.2.7'))
  const key = anApiKey({ partner_id: one.data.partner_id })
  const keyLater = anApiKey({ ...key.data, status: 'inactive', version: 2 })
  const unused = anApiKey({ partner_id: randomUUID() })
  const { partner_id } = one.data
  const player = aPlayer({ partner_id })
  const webhook = aWebhook({ partner_id: two.data.partner_id })
  const webhookLater = aWebhook({ ...webhook.data, status: 'deleted', version: 2 })
  return [
    next(PARTNERS, one, two, oneLater, aChange(two, { contact_email_hash: null, commission_rates: [] })),
    next(KEYS, key, unused, keyLater),
    next(USES, aUse(key, 10), aUse(key, 30), aUse(key, 20), aUse(anApiKey(), 5)),
    next(WEBHOOKS, webhook, aWebhook({ partner_id }), webhookLater),
    next(AUDIT, anAuditEntry({ partner_id }), anAuditEntry({ before: null, after: null, version: null })),
    next('wallet.balance', aBalance([{ wallet_id: randomUUID() }], 'p', partner_id)),
    next(PLAYERS, player, aPlayer(), aPlayerChange(player, { self_exclusion: null })),
    next(WALLET_AUDIT, aWalletEntry(), aWalletEntry({ partner_id, reason: null })),
  ]
}

/** The same slices cut into single records. */
const singly = (slices: Batch<PostgresSource>): Batch<PostgresSource>[] =>
  recordCount(slices) < 2 ? [slices] : halve(slices).flatMap(singly)

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]))
}

describe('a webhook endpoint', () => {
  it('lands column by column without its secrets, of its newest version', async () => {
    const webhook = aWebhook()
    const { data } = webhook
    await write(next(WEBHOOKS, webhook))
    const expected = {
      id: data.webhook_id,
      partner_id: data.partner_id,
      url: data.url,
      event_types: data.event_types,
      description: data.description,
      status: 'disabled',
      disabled_reason: 'REQUESTED',
      secret_key_ids: ['k1'],
      version: 1,
      created_at: new Date(NOW_MS),
      updated_at: new Date(NOW_MS),
    }
    expect(await rowOf('webhooks', data.webhook_id)).toEqual(expected)
    await write(next(WEBHOOKS, aWebhook({ ...data, status: 'active', disabled_reason: null, version: 2 })))
    await write(next(WEBHOOKS, webhook))
    const later = { ...expected, status: 'active', disabled_reason: null, version: 2 }
    expect(await rowOf('webhooks', data.webhook_id)).toEqual(later)
    // As the row was before the keys of its secrets were noted: the same version completes it.
    await database.rows('UPDATE webhooks SET secret_key_ids = NULL')
    await write(next(WEBHOOKS, aWebhook({ ...data, status: 'active', disabled_reason: null, version: 2 })))
    expect(await rowOf('webhooks', data.webhook_id)).toEqual(later)
    const { partner_id: id } = data
    expect(await rowOf('partners', id)).toMatchObject({ name: `partner ${id}`, version: 0 })
  })
})

describe('a replay', () => {
  it('from the first offset writes to no row at all, in batches and one by one', async () => {
    for (const slice of aHistory()) await write(slice)
    const before = await dump()
    await replay([log])
    expect(await dump()).toEqual(before)
    await replay(log.map((slice) => [slice]))
    expect(await dump()).toEqual(before)
    await replay(singly(log))
    expect(await dump()).toEqual(before)
  })

  it('into empty tables ends in the same, whatever order the topics are read in', async () => {
    const history = aHistory().filter(({ source }) => source !== 'wallet.balance')
    await write(...history)
    // Of a partner that nobody describes the row is made up, with the time at which it was.
    await database.rows("UPDATE partners SET created_at = 'epoch', updated_at = 'epoch' WHERE version = 0")
    const expected = await contents()
    const isOfPlayers = ({ source }: Slice<PostgresSource>): boolean =>
      source === PLAYERS || source === WALLET_AUDIT
    const players = history.filter(isOfPlayers)
    const management = history.filter((slice) => !isOfPlayers(slice))
    for (const [at, order] of permutations(management).entries()) {
      await empty()
      // Players refer to their partners alone: by turns they come before all else, and after it.
      const singles = order.map((slice) => [slice])
      await replay(at % 2 === 0 ? [players, ...singles] : [...singles, players])
      await database.rows("UPDATE partners SET created_at = 'epoch', updated_at = 'epoch' WHERE version = 0")
      expect(await contents()).toEqual(expected)
    }
  })
})

describe('the migration', () => {
  it('taken back and made again, is filled again from the topics', async () => {
    const history = aHistory()
    await write(...history)
    const expected = await contents()
    const names = (await postgresMigrations(database.url)).map(({ name }) => name)
    const count = names.length - names.indexOf('0006_partner-management')
    await migratePostgres({ databaseUrl: database.url, direction: 'down', count })
    const partners = await database.rows('SELECT contact_email, registration_number, address FROM partners')
    expect(partners).toHaveLength(4)
    for (const row of partners)
      expect(row).toEqual({ contact_email: null, registration_number: null, address: null })
    await migratePostgres({ databaseUrl: database.url, direction: 'up' })
    const management = history.filter(({ source }) => source !== 'wallet.balance')
    expect(await store.loadPositions(history.map(({ topic, partition }) => ({ topic, partition })))).toEqual(
      history.map((slice) => (slice.source === 'wallet.balance' ? slice.next : 0)),
    )
    await store.close()
    store = newStore()
    await store.write(management, always)
    expect(await contents()).toEqual(expected)
  })
})

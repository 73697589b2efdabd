import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScratchPostgres } from '../../tests/support/scratch-databases.ts'
import type { ScratchPostgres } from '../../tests/support/scratch-databases.ts'
import { migratePostgres, postgresMigrations } from './migrate.ts'

let database: ScratchPostgres

beforeAll(async () => {
  database = await createScratchPostgres({ migrated: false })
})
afterAll(() => database.drop())

const up = (count?: number): Promise<string[]> =>
  migratePostgres({ databaseUrl: database.url, direction: 'up', count })
const down = (count?: number): Promise<string[]> =>
  migratePostgres({ databaseUrl: database.url, direction: 'down', count })

/** Everything that a migration can make, in words. */
async function inventory(): Promise<string[]> {
  const rows = await database.rows(`
    SELECT 'relation ' || c.relname || ' ' || c.relkind::text AS thing FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'function ' || p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'type ' || t.typname FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace
    UNION ALL SELECT 'constraint ' || k.conname || ' ' || pg_get_constraintdef(k.oid)
      FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace
    UNION ALL SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
      || ' ' || coalesce(column_default, '') FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY thing`)
  return rows.map((row) => String(row['thing']))
}

describe('the migrations of PostgreSQL', () => {
  it('go up, down and up again, and leave nothing behind when all are taken back', async () => {
    expect(await inventory()).toEqual([])
    const names = await up()
    expect(names.length).toBeGreaterThanOrEqual(5)
    const first = await inventory()
    expect(await up()).toEqual([])

    await database.rows("SELECT ensure_transactions_partition('2026-11-22T00:00:00Z')")
    expect(await down(names.length)).toEqual(names.toReversed())
    expect(await inventory()).toEqual([])
    expect(await up()).toEqual(names)
    expect(await inventory()).toEqual(first)
  })

  it('go down and up one by one', async () => {
    const complete = await inventory()
    const states = await postgresMigrations(database.url)
    for (const { name } of states.toReversed()) {
      const before = await inventory()
      expect(await down()).toEqual([name])
      expect(await up(1)).toEqual([name])
      expect(await inventory()).toEqual(before)
      expect(await down()).toEqual([name])
    }
    expect(await inventory()).toEqual([])
    await up()
    expect(await inventory()).toEqual(complete)
  })

  it('say where they stand', async () => {
    await down()
    const states = await postgresMigrations(database.url)
    expect(states.at(-1)?.appliedAt).toBeNull()
    for (const { appliedAt } of states.slice(0, -1))
      expect(Math.abs(Date.now() - (appliedAt?.getTime() ?? 0))).toBeLessThan(300_000)
    await up()
  })

  it('may be run by several at once', async () => {
    await down(100)
    const runs = await Promise.all([up(), up(), up()])
    expect(runs.flat().toSorted()).toEqual((await postgresMigrations(database.url)).map(({ name }) => name))
  })
})

/** The tables of the data model, column by column: name, type, whether it may be NULL. */
const COLUMNS: Record<string, readonly string[]> = {
  partners: [
    'id uuid',
    'name varchar(100)',
    'type varchar(20)',
    'status varchar(20)',
    'commission_rate numeric(5,4)',
    'contact_email text null',
    'contact_email_hash text null',
    'registration_number text null',
    'address text null',
    'settings jsonb',
    'version integer',
    'created_at timestamptz',
    'updated_at timestamptz',
  ],
  partner_commission_rates: ['partner_id uuid', 'rate numeric(5,4)', 'effective_from timestamptz'],
  api_keys: [
    'id uuid',
    'key_prefix varchar(20)',
    'key_hash varchar(255)',
    'name varchar(100) null',
    'partner_id uuid',
    'status varchar(20)',
    'scopes jsonb null',
    'expires_at timestamptz null',
    'last_used_at timestamptz null',
    'replaced_by uuid null',
    'version integer',
    'created_at timestamptz',
    'updated_at timestamptz',
  ],
  api_key_uses: ['key_id uuid', 'last_used_at timestamptz'],
  audit_log: [
    'id uuid',
    'action varchar(40)',
    'outcome varchar(10)',
    'error_code varchar(64) null',
    'actor_key_id text',
    'actor_partner_id uuid null',
    'actor_ip inet null',
    'request_id text null',
    'partner_id uuid',
    'subject_type varchar(20)',
    'subject_id uuid',
    'before jsonb null',
    'after jsonb null',
    'version bigint null',
    'requested_at timestamptz',
    'player_id varchar(255) null',
    'reason text null',
  ],
  players: [
    'partner_id uuid',
    'player_id varchar(255)',
    'country varchar(2) null',
    'name text null',
    'date_of_birth text null',
    'self_excluded_from timestamptz null',
    'self_excluded_until timestamptz null',
    'limits jsonb',
    'version integer',
    'updated_at timestamptz',
  ],
  webhooks: [
    'id uuid',
    'partner_id uuid',
    'url text',
    'event_types jsonb',
    'description text null',
    'status varchar(20)',
    'disabled_reason text null',
    'version integer',
    'created_at timestamptz',
    'updated_at timestamptz',
    'secret_key_ids jsonb null',
  ],
  settlements: [
    'id uuid',
    'partner_id uuid',
    'currency varchar(3)',
    'status varchar(20)',
    'period_from date',
    'period_to date',
    'net_payable numeric(19,4)',
    'carried_forward numeric(19,4)',
    'hash varchar(64) null',
    'document jsonb',
    'created_at timestamptz',
    'updated_at timestamptz',
    'version integer',
  ],
  settlement_terms: ['partner_id uuid', 'document jsonb', 'updated_at timestamptz', 'version integer'],
  webhook_positions: ['topic varchar(249)', 'partition integer', 'next_offset bigint'],
  webhook_deliveries: [
    'id uuid',
    'webhook_id uuid',
    'partner_id uuid',
    'player_id varchar(255)',
    'event_id uuid',
    'event_type varchar(100)',
    'log_offset bigint',
    'body text',
    'status varchar(20)',
    'attempts integer',
    'next_attempt_at timestamptz null',
    'last_attempt_at timestamptz null',
    'last_status integer null',
    'last_error varchar(255) null',
    'delivered_at timestamptz null',
    'occurred_at timestamptz',
  ],
  webhook_lanes: ['webhook_id uuid', 'player_id varchar(255)', 'due_at timestamptz null', 'claim uuid null'],
  wallets: [
    'id uuid',
    'player_id varchar(255)',
    'partner_id uuid',
    'currency varchar(3)',
    'balance numeric(19,4)',
    'version bigint',
    'status varchar(20)',
    'created_at timestamptz',
    'updated_at timestamptz',
  ],
  transactions: [
    'id uuid',
    'wallet_id uuid null',
    'player_id varchar(255)',
    'partner_id uuid',
    'type varchar(20)',
    '_encrypted_amount text',
    'currency varchar(3)',
    'balance_before numeric(19,4) null',
    'balance_after numeric(19,4) null',
    'status varchar(20)',
    'game_id varchar(100) null',
    'round_id varchar(100) null',
    'transaction_id_partner varchar(255) null',
    'ip_address varchar(45) null',
    'user_agent text null',
    'created_at timestamptz',
    'metadata jsonb null',
  ],
  games: [
    'id varchar(100)',
    'provider_id varchar(50)',
    'name varchar(255)',
    'category varchar(50) null',
    'rtp numeric(5,4) null',
    'volatility varchar(20) null',
    'features jsonb null',
    'status varchar(20)',
    'launch_url_template text null',
    'thumbnail_url text null',
    'created_at timestamptz',
    'updated_at timestamptz',
  ],
  game_providers: [
    'id varchar(50)',
    'name varchar(100)',
    'api_endpoint varchar(255) null',
    'api_credentials text null',
    'integration_type varchar(50) null',
    'status varchar(20)',
    'created_at timestamptz',
    'updated_at timestamptz',
  ],
  aml_alerts: [
    'id uuid',
    'player_id varchar(255)',
    'partner_id uuid',
    'transaction_id uuid null',
    'alert_type varchar(50)',
    'alert_severity varchar(20)',
    'alert_status varchar(20)',
    'description text null',
    'risk_score float8 null',
    'risk_factors jsonb null',
    'created_at timestamptz',
    'assignee_id varchar(100) null',
    'reviewed_by varchar(100) null',
    'reviewed_at timestamptz null',
    'review_notes text null',
    'report_reference varchar(100) null',
  ],
  aml_risk_profiles: [
    'id integer',
    'player_id varchar(255)',
    'partner_id uuid',
    'overall_risk_score float8',
    'is_pep boolean null',
    'is_sanctioned boolean null',
    'risk_level varchar(20) null',
    'risk_factors jsonb null',
    'last_assessment_at timestamptz',
    'created_at timestamptz',
  ],
  ip_whitelist: [
    'id integer',
    'partner_id uuid',
    'ip_address cidr null',
    'description varchar(255) null',
    'created_at timestamptz',
  ],
}

const SHORT_TYPES: readonly [RegExp, string][] = [
  [/^character varying/, 'varchar'],
  [/^timestamp with time zone/, 'timestamptz'],
  [/^double precision/, 'float8'],
]
const shortType = (type: string): string =>
  SHORT_TYPES.reduce((text, [pattern, short]) => text.replace(pattern, short), type)

/** Leading columns of at least one index of each table. */
const INDEXED: Record<string, readonly string[]> = {
  partners: ['id', 'type', 'status', 'contact_email_hash'],
  partner_commission_rates: ['partner_id, effective_from'],
  api_key_uses: ['key_id'],
  audit_log: [
    'id',
    'partner_id, requested_at DESC',
    'partner_id, player_id, requested_at DESC',
    'actor_key_id',
  ],
  api_keys: ['id', 'key_prefix', 'partner_id', 'status'],
  players: ['partner_id, player_id'],
  webhooks: ['id', 'partner_id'],
  settlements: ['id', 'created_at, id', 'partner_id, created_at, id'],
  settlement_terms: ['partner_id'],
  webhook_positions: ['topic, partition'],
  webhook_deliveries: ['id', 'webhook_id, player_id, log_offset', 'occurred_at'],
  webhook_lanes: ['webhook_id, player_id', 'webhook_id, due_at'],
  wallets: ['id', 'partner_id', 'status', 'player_id, partner_id, currency'],
  transactions: [
    'id',
    'wallet_id',
    'player_id',
    'partner_id',
    'type',
    'status',
    'game_id',
    'round_id',
    'created_at',
    'transaction_id_partner, partner_id',
  ],
  games: ['id', 'provider_id', 'category', 'status'],
  game_providers: ['id', 'name'],
  aml_alerts: [
    'id',
    'player_id',
    'partner_id',
    'transaction_id',
    'alert_type',
    'alert_severity',
    'alert_status',
    'created_at',
  ],
  aml_risk_profiles: ['id', 'player_id', 'partner_id', 'overall_risk_score', 'risk_level'],
  ip_whitelist: ['id', 'partner_id, ip_address'],
}

describe('the schema of PostgreSQL', () => {
  it.each(Object.keys(COLUMNS))('has every column and index of %s', async (table) => {
    const columns = await database.rows(
      `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required
       FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0`,
      [table],
    )
    const described = columns.map(
      ({ name, type, required }) =>
        `${String(name)} ${shortType(String(type))}${required === true ? '' : ' null'}`,
    )
    expect(described).toEqual(expect.arrayContaining([...(COLUMNS[table] ?? [])]))
    const indexes = await database.rows('SELECT indexdef FROM pg_indexes WHERE tablename = $1', [table])
    const leading = indexes.map((row) => /\((.*?)\)/.exec(String(row['indexdef']))?.[1] ?? '')
    for (const wanted of INDEXED[table] ?? [])
      expect(
        leading.some((text) => text === wanted || text.startsWith(`${wanted},`)),
        wanted,
      ).toBe(true)
  })

  it.each([
    ["INSERT INTO partners (id, name, type) VALUES (gen_random_uuid(), 'p', 'bank')", 'partners_type_check'],
    [
      "INSERT INTO partners (id, name, type, status) VALUES (gen_random_uuid(), 'p', 'operator', 'gone')",
      'partners_status_check',
    ],
    [
      "INSERT INTO api_keys (id, key_prefix, key_hash, partner_id, version) VALUES (gen_random_uuid(), 'sk_live_aa', 'h', gen_random_uuid(), 1)",
      'api_keys_partner_id_fkey',
    ],
    [
      "INSERT INTO game_providers (id, name, status, supported_currencies, settings, version) VALUES ('g', 'g', 'gone', '[]', '{}', 1)",
      'game_providers_status_check',
    ],
    [
      "INSERT INTO wallets (player_id, partner_id, currency) VALUES ('p', gen_random_uuid(), 'EUR')",
      'wallets_partner_id_fkey',
    ],
    [
      "INSERT INTO players (partner_id, player_id, limits, version, updated_at) VALUES (gen_random_uuid(), 'p', '[]', 1, now())",
      'players_partner_id_fkey',
    ],
    [
      "INSERT INTO games (id, provider_id, game_code, name, version) VALUES ('g', 'none', 'g', 'g', 1)",
      'games_provider_id_fkey',
    ],
    [
      "INSERT INTO ip_whitelist (partner_id, ip_address) VALUES (gen_random_uuid(), '10.0.0.0/8')",
      'ip_whitelist_partner_id_fkey',
    ],
    ["INSERT INTO sink_positions VALUES ('t', 0, -1)", 'sink_positions_next_offset_check'],
  ])('refuses %s', async (statement, constraint) => {
    await expect(database.rows(statement)).rejects.toMatchObject({ constraint })
  })

  it('refuses a negative balance, a second wallet of a player in a currency, and a partner with wallets to go', async () => {
    await database.rows(
      "INSERT INTO partners (id, name, type) VALUES ('3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10', 'p', 'operator')",
    )
    const wallet = (balance: string): Promise<unknown> =>
      database.rows(
        "INSERT INTO wallets (player_id, partner_id, currency, balance) VALUES ('p', '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10', 'EUR', $1)",
        [balance],
      )
    await expect(wallet('-0.0001')).rejects.toMatchObject({ constraint: 'wallets_balance_check' })
    await wallet('0')
    await expect(wallet('0')).rejects.toMatchObject({
      constraint: 'wallets_player_id_partner_id_currency_key',
    })
    await expect(database.rows('DELETE FROM partners')).rejects.toMatchObject({
      constraint: 'wallets_partner_id_fkey',
    })
  })
})

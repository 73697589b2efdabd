import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { NewGameProvider } from '../../avro/types.ts'
import {
  PROVIDER_ID_CHARS_MAX,
  PROVIDER_TIMEOUT_MS_MAX,
  PROVIDER_TIMEOUT_MS_MIN,
  providerSubjectIdOf,
} from '../../domain/game-provider.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { checkCommand } from './command.ts'
import { CREDENTIALS_MAX, SEALED_CHARS_MAX } from './limits.ts'
import type { PartnersCodecs } from './logic.ts'
import {
  Bench,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  PROVIDER,
  START_MS,
  putProvider,
  resealCredentials,
  testCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

const ID = 'ocasino'
const REFUSED = { outcome: 'REFUSED', after: null, version: null }

let codecs: PartnersCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

const credentials = (): unknown =>
  bench.gameProvider(ID).api_credentials.map(({ name, sealed, created_at: atMs }) => [name, sealed, atMs])

describe('PUT_PROVIDER', () => {
  it('creates a provider on version 0, under the id that the trail has for it', () => {
    const entry = bench.send(putProvider(ID, 0))
    expect(entry).toMatchObject({
      action: 'PUT_PROVIDER',
      outcome: 'APPLIED',
      partner_id: PLATFORM_ID,
      subject_type: 'game_provider',
      subject_id: providerSubjectIdOf(ID),
      before: null,
      version: 1,
    })
    expect(bench.gameProvider(ID)).toEqual({
      ...PROVIDER,
      provider_id: ID,
      api_credentials: [{ name: 'api_key', sealed: `sealed-first-${ID}`, created_at: START_MS + 1 }],
      version: 1,
      created_at: START_MS + 1,
      updated_at: START_MS + 1,
      command_id: testUuid(1),
    })
    expect(bench.gameProviders.map(({ data }) => data)).toEqual([bench.gameProvider(ID)])
    expect(bench.output.of('game.provider.updated').map(({ key }) => key)).toEqual([ID])
  })

  it('puts the whole provider in the place of the version that it was made on, and of no other', () => {
    bench.send(putProvider(ID, 0))
    const change = { status: 'maintenance', settings: { timeout_ms: 100, profile: 'standard' } } as const
    expect(bench.send(putProvider(ID, 1, change))).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(bench.gameProvider(ID)).toMatchObject({ ...change, version: 2, created_at: START_MS + 1 })
    const conflict = { ...REFUSED, error_code: 'VERSION_CONFLICT' }
    expect(bench.send(putProvider(ID, 1))).toMatchObject(conflict)
    expect(bench.send(putProvider(ID, 0))).toMatchObject(conflict)
    expect(bench.send(putProvider('another', 1))).toMatchObject({ ...conflict, before: null })
  })

  it('keeps when a credential was set where its seal is the same, and drops those that are not said', () => {
    bench.send(putProvider(ID, 0, {}, { api_key: 'a', api_secret: 'b' }))
    bench.send(putProvider(ID, 1, {}, { api_key: 'a', api_secret: 'c', webhook_secret: 'd' }))
    expect(credentials()).toEqual([
      ['api_key', 'a', START_MS + 1],
      ['api_secret', 'c', START_MS + 2],
      ['webhook_secret', 'd', START_MS + 2],
    ])
    bench.send(putProvider(ID, 2, {}, { webhook_secret: 'd' }))
    expect(credentials()).toEqual([['webhook_secret', 'd', START_MS + 2]])
  })

  it('shows in the trail which credentials there are, and none of their seals', () => {
    bench.send(putProvider(ID, 0, {}, { api_key: 'SEAL-1' }))
    const { before, after } = bench.send(putProvider(ID, 1, {}, { api_key: 'SEAL-2' }))
    expect(`${before}${after}`).not.toMatch(/SEAL|sealed/)
    expect(JSON.parse(after ?? '')).toMatchObject({
      provider_id: ID,
      api_credentials: [{ name: 'api_key', created_at: START_MS + 2 }],
    })
  })

  it('refuses a name that another provider has, until that one is called otherwise', () => {
    bench.send(putProvider(ID, 0))
    const taken = { ...REFUSED, error_code: 'GAME_PROVIDER_NAME_TAKEN' }
    expect(bench.send(putProvider('other', 0))).toMatchObject(taken)
    expect(bench.send(putProvider('other', 0, { name: 'Other' })).outcome).toBe('APPLIED')
    expect(bench.send(putProvider('other', 1))).toMatchObject(taken)
    expect(bench.send(putProvider(ID, 1)).outcome).toBe('APPLIED')
    bench.send(putProvider(ID, 2, { name: 'New' }))
    expect(bench.send(putProvider('other', 1)).outcome).toBe('APPLIED')
  })

  it('is never older than the version before, though the senders’ clocks differ', () => {
    bench.send(putProvider(ID, 0))
    bench.nowMs -= 5
    bench.send(putProvider(ID, 1, {}, { api_key: 'new' }))
    expect(bench.gameProvider(ID)).toMatchObject({ updated_at: START_MS + 1, created_at: START_MS + 1 })
    expect(credentials()).toEqual([['api_key', 'new', START_MS + 1]])
  })
})

describe('RESEAL_PROVIDER_CREDENTIALS', () => {
  beforeEach(() => void bench.send(putProvider(ID, 0, {}, { api_key: 'a', api_secret: 'b' })))

  it('puts the same credentials under another seal, and nothing else', () => {
    const before = bench.gameProvider(ID)
    const entry = bench.send(resealCredentials(ID, 1, { api_key: 'anew-1', api_secret: 'anew-2' }))
    expect(entry).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(`${entry.before}${entry.after}`).not.toContain('anew')
    expect(bench.gameProvider(ID)).toEqual({
      ...before,
      api_credentials: [
        { name: 'api_key', sealed: 'anew-1', created_at: START_MS + 1 },
        { name: 'api_secret', sealed: 'anew-2', created_at: START_MS + 1 },
      ],
      version: 2,
      updated_at: START_MS + 2,
      command_id: testUuid(2),
    })
  })

  it('is refused where the provider has changed since, or is not there', () => {
    const conflict = { ...REFUSED, error_code: 'VERSION_CONFLICT' }
    expect(bench.send(resealCredentials(ID, 2, { api_key: 'x', api_secret: 'y' }))).toMatchObject(conflict)
    expect(bench.send(resealCredentials(ID, 1, { api_key: 'x' }))).toMatchObject(conflict)
    expect(bench.send(resealCredentials(ID, 1, { api_key: 'x', other: 'y' }))).toMatchObject(conflict)
    const missing = { ...REFUSED, error_code: 'GAME_PROVIDER_NOT_FOUND', before: null }
    expect(bench.send(resealCredentials('none', 1, {}))).toMatchObject(missing)
    expect(bench.gameProvider(ID).version).toBe(1)
  })
})

describe('a command about a game provider', () => {
  const faultOf = (parts: CommandParts): string | undefined => {
    const check = checkCommand(testCommand(testUuid(1), START_MS, parts))
    return 'fault' in check ? check.fault : undefined
  }
  const many = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`credential_${at}`, 'x']))

  it.each<[string, CommandParts]>([
    ['a provider', putProvider('a-1-b', 0)],
    ['one with the longest id', putProvider('x'.repeat(PROVIDER_ID_CHARS_MAX), 0)],
    ['one with all credentials that it may have', putProvider(ID, 0, {}, many(CREDENTIALS_MAX))],
    ['one with none, over http', putProvider(ID, 0, { api_endpoint: 'http://127.0.0.1:8090' }, {})],
    [
      'the least time for a call',
      putProvider(ID, 0, { settings: { timeout_ms: PROVIDER_TIMEOUT_MS_MIN, profile: 'standard' } }),
    ],
    [
      'the most time for a call',
      putProvider(ID, 0, { settings: { timeout_ms: PROVIDER_TIMEOUT_MS_MAX, profile: 'standard' } }),
    ],
    ['seals', resealCredentials(ID, 1, { api_key: 'x' })],
  ])('can be decided with %s', (_, parts) => {
    expect(faultOf(parts)).toBeUndefined()
  })

  it.each<[string, CommandParts]>([
    ['PUT_PROVIDER without provider_id', { ...putProvider(ID, 0), provider_id: null }],
    ['PUT_PROVIDER without expected_version', { ...putProvider(ID, 0), expected_version: null }],
    ['PUT_PROVIDER without game_provider', { ...putProvider(ID, 0), game_provider: null }],
    [
      'RESEAL_PROVIDER_CREDENTIALS without provider_id',
      { ...resealCredentials(ID, 1, {}), provider_id: null },
    ],
    ['is not the platform’s', { ...putProvider(ID, 0), partner_id: PARTNER_ID }],
    ['provider_credentials has more than', putProvider(ID, 0, {}, many(CREDENTIALS_MAX + 1))],
    ['a credential is empty', putProvider(ID, 0, {}, { api_key: '' })],
    ['a credential has more than', putProvider(ID, 0, {}, { api_key: 'x'.repeat(SEALED_CHARS_MAX + 1) })],
    [
      'provider_credentials holds an item twice',
      {
        ...putProvider(ID, 0),
        provider_credentials: ['a', 'b'].map((sealed) => ({ name: 'api_key', sealed })),
      },
    ],
  ])('can never be decided: %s', (fault, parts) => {
    expect(faultOf(parts)).toContain(fault)
  })

  it('can never be decided where a partner’s key asks', () => {
    const { actor } = testCommand(testUuid(1), START_MS, putProvider(ID, 0)).data
    const theirs = { ...actor, partner_id: OTHER_PARTNER_ID }
    expect(faultOf({ ...putProvider(ID, 0), actor: theirs })).toBe('a partner’s key asks for PUT_PROVIDER')
    expect(faultOf({ ...resealCredentials(ID, 1, {}), actor: theirs })).toContain('a partner’s key')
  })

  it.each(['', 'OCasino', 'o_casino', '-o', 'o-', 'o--c', 'a/b', 'ä', 'x'.repeat(PROVIDER_ID_CHARS_MAX + 1)])(
    'can never be decided with the id %j',
    (id) => {
      expect(faultOf(putProvider(id, 0))).toContain('provider_id is not')
    },
  )

  it.each<[string, Partial<NewGameProvider>]>([
    ['name is empty', { name: '' }],
    ['name holds control', { name: 'a\0b' }],
    ['api_endpoint has more than', { api_endpoint: `https://x.example/${'x'.repeat(255)}` }],
    ['api_endpoint is no web address', { api_endpoint: 'file:///etc/passwd' }],
    ['no ISO 4217 code', { supported_currencies: ['XXY'] }],
    ['supported_currencies holds an item twice', { supported_currencies: ['EUR', 'EUR'] }],
    [
      'timeout_ms is not within',
      { settings: { timeout_ms: PROVIDER_TIMEOUT_MS_MIN - 1, profile: 'standard' } },
    ],
    [
      'timeout_ms is not within',
      { settings: { timeout_ms: PROVIDER_TIMEOUT_MS_MAX + 1, profile: 'standard' } },
    ],
  ])('can never be decided where its %s', (fault, change) => {
    expect(faultOf(putProvider(ID, 0, change))).toContain(fault)
  })
})

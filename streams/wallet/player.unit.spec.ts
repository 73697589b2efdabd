import { describe, expect, it } from 'vitest'
import type { Player, PlayerSettings } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { evolveProfile } from './evolve.ts'
import { NEW_PLAYER } from './state.ts'
import { START_MS, testCommand, testUuid } from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { Scenario, bet, days, funded, rollback, win, withdrawal } from './testing/scenario.ts'

const NOTHING: PlayerSettings = {
  country: null,
  name: null,
  date_of_birth: null,
  self_exclusion: null,
  limits: [],
}
const profile = (change: Partial<PlayerSettings> = {}): CommandParts => ({
  type: 'PLAYER_UPDATE',
  currency: NO_CURRENCY,
  player: { ...NOTHING, ...change },
})
/** Excludes from now on, for so long. */
const exclude = ({ nowMs }: Scenario, forMs: number | null): CommandParts =>
  profile({ self_exclusion: { from: nowMs, until: forMs === null ? null : nowMs + forMs } })
const excluded = (forMs: number | null): Scenario => {
  const player = funded()
  player.send(exclude(player, forMs))
  return player
}
const deposit = { type: 'DEPOSIT', amount: 5n } as const

describe('a profile', () => {
  it('says in which country the player is registered, in every transaction from then on', () => {
    const player = new Scenario()
    expect(player.send(deposit).event?.player_country).toBeNull()
    player.send(profile({ country: 'MT' }))
    expect(player.send(deposit).event?.player_country).toBe('MT')
    player.send(profile({ country: null }))
    expect(player.send(deposit).event?.player_country).toBeNull()
  })

  it('is applied without an event, a wallet or a balance, and its version rises', () => {
    const player = new Scenario()
    expect(player.send(profile({ country: 'MT' }))).toMatchObject({
      outcome: 'APPLIED',
      transaction_id: player.lastId,
      status: null,
      currency: 'XXX',
      new_balance: null,
      balance: null,
      held: null,
      version: 1,
      self_excluded_from: null,
      event: undefined,
    })
    expect(player.send(profile())).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(player.reload().player).toMatchObject({ wallets: [], profile: { version: 2 } })
  })

  it('of a player without a wallet opens none: what needs one finds none, and a deposit opens it', () => {
    const player = new Scenario()
    player.send(profile())
    const types = ['WALLET_FREEZE', 'AML_HOLD'] as const
    for (const parts of [bet('b', 1n), withdrawal(1n), ...types.map((type) => ({ type }))])
      expect(player.send(parts).error_code).toBe('WALLET_NOT_FOUND')
    expect(player.send(deposit)).toMatchObject({ outcome: 'APPLIED', version: 1 })
    expect(player.player.profile?.version).toBe(1)
  })

  it('leaves the wallets as they are', () => {
    const player = funded(7n)
    const { wallets } = player.player
    player.send(profile())
    expect(player.player.wallets).toBe(wallets)
    expect(player.send(bet('b', 7n))).toMatchObject({
      outcome: 'APPLIED',
      version: 2,
      self_excluded_from: null,
    })
  })
})

describe('a profile for a version', () => {
  it('is put in place of that version alone', () => {
    const player = new Scenario()
    const made = (version: number, country = 'MT'): CommandParts => ({
      ...profile({ country }),
      expected_version: version,
    })
    const conflict = { outcome: 'REJECTED', error_code: 'VERSION_CONFLICT' }
    expect(player.send(made(1))).toMatchObject({ ...conflict, version: 0 })
    expect(player.send(made(0))).toMatchObject({ outcome: 'APPLIED', version: 1 })
    expect(player.send(made(0))).toMatchObject({ ...conflict, version: 1 })
    expect(player.send(made(1, 'SE'))).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(player.send(profile())).toMatchObject({ outcome: 'APPLIED', version: 3 })
  })
})

it('a recorded profile takes the place of an older one, and of no newer one', () => {
  const recorded = (version: number): Player => ({
    ...NOTHING,
    partner_id: testUuid(1),
    player_id: 'ann',
    version,
    updated_at: START_MS + version,
    command_id: testUuid(version),
  })
  const second = evolveProfile(NEW_PLAYER, recorded(2))
  expect(second.profile).toMatchObject({ version: 2, updatedAtMs: START_MS + 2, commandId: testUuid(2) })
  expect(evolveProfile(second, recorded(1))).toBe(second)
  expect(evolveProfile(second, recorded(2))).toBe(second)
  expect(evolveProfile(second, recorded(3)).profile?.version).toBe(3)
})

describe('a command that comes again', () => {
  const commandOf = (number: number, atMs: number, change: Partial<PlayerSettings> = {}) =>
    testCommand(testUuid(number), atMs, profile(change))

  it('is answered as known where it was the last change', () => {
    const player = new Scenario()
    const command = commandOf(1, START_MS)
    player.apply(command)
    const before = player.player
    expect(player.apply(command)).toMatchObject({
      outcome: 'REPLAYED',
      error_code: null,
      version: 1,
      processed_at: START_MS,
    })
    expect(player.player).toBe(before)
  })

  it('changes nothing where another change came in between', () => {
    const player = new Scenario()
    const [first, second] = [commandOf(1, START_MS), commandOf(2, START_MS + 1)]
    player.apply(first)
    player.apply(second)
    const before = player.player
    expect(player.apply(first)).toMatchObject({
      outcome: 'REJECTED',
      error_code: 'PLAYER_CHANGED_SINCE',
      version: 2,
    })
    expect(player.player).toBe(before)
  })

  it('changes nothing where another change came in the same millisecond', () => {
    const player = new Scenario()
    const [first, second] = [commandOf(1, START_MS), commandOf(2, START_MS)]
    player.apply(first)
    expect(player.apply(second).outcome).toBe('APPLIED')
    expect(player.apply(first).error_code).toBe('PLAYER_CHANGED_SINCE')
    expect(player.player.profile?.version).toBe(2)
  })

  it('is decided as before where it was refused', () => {
    const player = new Scenario()
    player.apply(commandOf(1, START_MS, { self_exclusion: { from: START_MS, until: START_MS + 100 } }))
    const lifting = commandOf(2, START_MS + 50)
    expect(player.apply(lifting).error_code).toBe('SELF_EXCLUSION_IN_FORCE')
    expect(player.apply(lifting).error_code).toBe('SELF_EXCLUSION_IN_FORCE')
    expect(player.apply(commandOf(3, START_MS + 100)).outcome).toBe('APPLIED')
    expect(player.apply(lifting).error_code).toBe('PLAYER_CHANGED_SINCE')
  })
})

describe('a self-exclusion', () => {
  it('refuses bets, free rounds and deposits, and records why', () => {
    const player = excluded(days(1))
    const free = bet('b2', 0n, { campaign_id: 'spring' })
    for (const parts of [bet('b1', 1n), free, deposit, { ...deposit, currency: 'EUR' }]) {
      const answer = player.send(parts)
      expect(answer).toMatchObject({
        outcome: 'REJECTED',
        error_code: 'PLAYER_SELF_EXCLUDED',
        status: 'FAILED',
      })
      expect(answer.event).toMatchObject({
        error_code: 'PLAYER_SELF_EXCLUDED',
        retryable: false,
        entries: [],
      })
    }
    expect(player.player.wallets).toMatchObject([{ currency: 'USD', balance: 1_000n, version: 1 }])
  })

  it('lets all else through', () => {
    const player = funded()
    for (const id of ['b1', 'b2', 'b3']) player.send(bet(id, 100n))
    player.send(exclude(player, null))
    const asked = player.send(withdrawal(100n))
    const steps: CommandParts[] = [
      win('w1', 50n, { reference_transaction_id_partner: 'b1' }),
      rollback('b2'),
      { type: 'WITHDRAWAL_APPROVE', transaction_id: asked.transaction_id },
      { type: 'WITHDRAWAL_COMPLETE', transaction_id: asked.transaction_id },
      { type: 'ADJUSTMENT', amount: 1n, direction: 'CREDIT' },
      { type: 'COMMISSION', amount: 1n, direction: 'DEBIT' },
      { type: 'WALLET_FREEZE' },
      { type: 'WALLET_UNFREEZE' },
    ]
    expect(asked.outcome).toBe('APPLIED')
    for (const parts of steps)
      expect(player.send(parts)).toMatchObject({ outcome: 'APPLIED', error_code: null })
  })

  it('is remembered under the id of what it has refused, as a freeze is', () => {
    const player = excluded(10)
    player.send(bet('b1', 1n))
    player.wait(10)
    expect(player.send(bet('b1', 1n))).toMatchObject({
      outcome: 'REPLAYED',
      error_code: 'PLAYER_SELF_EXCLUDED',
    })
    expect(player.send(rollback('b1')).error_code).toBe('PARENT_FAILED')
    expect(player.send(bet('b2', 1n)).outcome).toBe('APPLIED')
  })

  it('goes by when the command was made, from its first moment up to its end', () => {
    const until = START_MS + 1_010
    const player = funded()
    player.send(profile({ self_exclusion: { from: START_MS + 1_000, until } }))
    const betAt = (atMs: number): string => {
      player.nowMs = atMs
      const { outcome, error_code } = player.send(bet(`at ${atMs}`, 1n, { created_at: START_MS + 1_005 }))
      return error_code ?? outcome
    }
    const times = [START_MS + 999, START_MS + 1_000, until - 1, until]
    expect(times.map(betAt)).toEqual(['APPLIED', 'PLAYER_SELF_EXCLUDED', 'PLAYER_SELF_EXCLUDED', 'APPLIED'])
    expect(betAt(START_MS + 1_001)).toBe('PLAYER_SELF_EXCLUDED')
  })

  it('stands on all wallets of the player, and on nobody else', () => {
    const player = funded()
    player.send({ ...deposit, currency: 'EUR' })
    player.send(exclude(player, null))
    expect(player.send(bet('b1', 1n, { currency: 'EUR' })).error_code).toBe('PLAYER_SELF_EXCLUDED')
    expect(player.reload().send(bet('b2', 1n)).error_code).toBe('PLAYER_SELF_EXCLUDED')
    expect(funded().send(bet('b1', 1n)).outcome).toBe('APPLIED')
  })

  it('of a player without a wallet refuses his first deposit', () => {
    const player = new Scenario()
    player.send(exclude(player, null))
    expect(player.send(deposit)).toMatchObject({
      error_code: 'PLAYER_SELF_EXCLUDED',
      balance: null,
      version: 0,
    })
    expect(player.send(bet('b', 1n)).error_code).toBe('WALLET_NOT_FOUND')
    expect(player.player.wallets).toEqual([])
  })
})

describe('before its end, a self-exclusion', () => {
  const BEGIN = START_MS + 1_000
  const END = START_MS + 2_000
  type Span = [from: number, until: number | null] | null

  /** What becomes of `next`, asked at a moment after `first`. */
  function after(first: Span, next: Span, atMs: number): string {
    const player = new Scenario()
    const [one, other] = [first, next].map((span) =>
      profile({ self_exclusion: span === null ? null : { from: span[0], until: span[1] } }),
    )
    player.apply(testCommand(testUuid(1), START_MS, one ?? profile()))
    const answer = player.apply(testCommand(testUuid(2), atMs, other ?? profile()))
    return answer.error_code ?? String(answer.self_excluded_from)
  }
  const HELD = 'SELF_EXCLUSION_IN_FORCE'

  it.each<[string, Span, Span, number, string | number | null]>([
    ['is not lifted', [BEGIN, END], null, BEGIN, HELD],
    ['is not lifted in its last millisecond', [BEGIN, END], null, END - 1, HELD],
    ['is not lifted before it begins', [BEGIN, END], null, START_MS + 1, HELD],
    ['is not shortened', [BEGIN, END], [BEGIN, END - 1], BEGIN + 1, HELD],
    ['is not put off', [BEGIN, END], [BEGIN + 1, END], START_MS + 1, HELD],
    ['is not interrupted', [BEGIN, END], [BEGIN + 500, END + 500], BEGIN + 1, HELD],
    ['gets no end where it has none', [BEGIN, null], [BEGIN, END], BEGIN + 1, HELD],
    ['without an end is never lifted', [BEGIN, null], null, BEGIN + days(10_000), HELD],
    ['may be said again', [BEGIN, END], [BEGIN, END], BEGIN + 1, BEGIN],
    [
      'keeps its beginning where it is said again from now on',
      [BEGIN, END],
      [BEGIN + 9, END],
      BEGIN + 9,
      BEGIN,
    ],
    ['may be prolonged', [BEGIN, END], [BEGIN, END + 1], BEGIN + 1, BEGIN],
    ['may lose its end', [BEGIN, END], [BEGIN, null], BEGIN + 1, BEGIN],
    ['may begin sooner', [BEGIN, END], [BEGIN - 5, END], START_MS + 1, BEGIN - 5],
    ['is lifted at its end', [BEGIN, END], null, END, null],
    ['leaves a later one alone', [BEGIN, END], [END + 5, END + 6], END, END + 5],
  ])('%s', (_what, first, next, atMs, expected) => {
    expect(after(first, next, atMs)).toBe(String(expected))
  })

  it('lets all else of the profile be changed with it', () => {
    const player = new Scenario()
    const self_exclusion = { from: START_MS, until: null }
    player.send(profile({ self_exclusion, country: 'MT' }))
    expect(player.send(profile({ self_exclusion, country: 'SE' }))).toMatchObject({
      outcome: 'APPLIED',
      version: 2,
    })
  })
})

/** Sessions, which bets a provider has to confirm, and what a callback comes to. */
import { describe, expect, it } from 'vitest'
import type { Game, GameCommand, GameProvider, WalletCommand, WalletReplyData } from '../../avro/types.ts'
import type { ProviderCallback } from '../../games/adapter.ts'
import { isPartnerId, isPlayerId } from '../../domain/ids.ts'
import type { CommandResult } from '../commands/gateway.ts'
import { ApiError } from '../problem.ts'
import { takeCallback } from './callbacks.ts'
import { confirmingProvider } from './catalogue.ts'
import { createGameSessions } from './sessions.ts'

const NOW_MS = Date.parse('2026-11-28T10:00:00Z')
const PARTNER_ID = '0f0e0d0c-0b0a-4908-8706-050403020100'
const BET_ID = '019a1f0c-5f3e-7c4e-9c3c-2f6f0e6f9b11'

const GAME: Game = {
  game_id: 'slots-1',
  provider_id: 'ocasino',
  game_code: 'oc-1',
  name: 'Slots',
  category: null,
  rtp: null,
  volatility: null,
  features: [],
  status: 'active',
  launch_url_template: null,
  thumbnail_url: null,
  version: 1,
  created_at: NOW_MS,
  updated_at: NOW_MS,
  command_id: BET_ID,
}
const PROVIDER: GameProvider = {
  provider_id: 'ocasino',
  name: 'OCasino',
  status: 'active',
  api_endpoint: 'https://ocasino.example',
  integration_type: 'rest',
  supported_currencies: ['USD'],
  settings: { timeout_ms: 1_000, profile: 'standard' },
  api_credentials: [],
  version: 1,
  created_at: NOW_MS,
  updated_at: NOW_MS,
  command_id: BET_ID,
}

const catalogue = (game: Partial<Game> = {}, provider: Partial<GameProvider> = {}) => ({
  game: (id: string) => (id === GAME.game_id ? { ...GAME, ...game } : undefined),
  gameProvider: () => ({ ...PROVIDER, ...provider }),
})

describe('which bets a provider has to confirm', () => {
  it('those on a game of a provider that the platform calls', () => {
    expect(confirmingProvider(catalogue(), 'slots-1', 'USD')).toBe('ocasino')
    expect(
      confirmingProvider(catalogue({}, { integration_type: 'seamless' }), 'slots-1', 'USD'),
    ).toBeUndefined()
  })

  it('none on a game that is in no catalogue: it is the partner’s own', () => {
    expect(confirmingProvider(catalogue(), 'unknown', 'USD')).toBeUndefined()
  })

  it.each([
    [catalogue({ status: 'maintenance' }), 'USD'],
    [catalogue({}, { status: 'inactive' }), 'USD'],
    [catalogue(), 'EUR'],
  ])('what can’t be played takes no bet', (directory, currency) => {
    expect(() => confirmingProvider(directory, 'slots-1', currency)).toThrow(
      new ApiError('GAME_NOT_AVAILABLE'),
    )
  })
})

describe('sessions', () => {
  const owner = {
    partnerId: PARTNER_ID,
    playerId: 'ann',
    currency: 'USD',
    gameId: 'slots-1',
    providerId: 'ocasino',
  }
  const sessionsOn = (store: Map<string, string>) =>
    createGameSessions(
      {
        get: (key) => Promise.resolve(store.get(key) ?? null),
        set: (key, value) => Promise.resolve(store.set(key, value)),
        del: (key) => Promise.resolve(store.delete(key)),
      },
      60_000,
    )

  it('go on where they are open, and begin anew where they have ended', async () => {
    const sessions = sessionsOn(new Map())
    const first = await sessions.open(owner, NOW_MS)
    const second = await sessions.open(owner, NOW_MS + 59_999)
    const third = await sessions.open(owner, NOW_MS + 59_999 + 60_000)
    expect([first.resumed, second.resumed, third.resumed]).toEqual([false, true, false])
    expect(second.session).toMatchObject({ token: first.session.token, startedAtMs: NOW_MS })
    expect(third.session.token).not.toBe(first.session.token)
    expect(await sessions.find(first.session.token)).toMatchObject({ expiresAtMs: NOW_MS + 119_999 })
    expect(await sessions.find('never')).toBeUndefined()
  })

  it('end when they are told to, and are remembered as ended', async () => {
    const sessions = sessionsOn(new Map())
    const { session } = await sessions.open(owner, NOW_MS)
    await sessions.end(session, NOW_MS + 10)
    expect(await sessions.find(session.token)).toMatchObject({ playerId: 'ann', expiresAtMs: NOW_MS + 10 })
    const next = await sessions.open(owner, NOW_MS + 11)
    expect([next.resumed, next.session.token === session.token]).toEqual([false, false])
  })

  it('of two players are two', async () => {
    const sessions = sessionsOn(new Map())
    await sessions.open(owner, NOW_MS)
    expect((await sessions.open({ ...owner, playerId: 'bob' }, NOW_MS)).resumed).toBe(false)
  })

  it('are not available without Redis', async () => {
    const down = () => Promise.reject(new Error('down'))
    const sessions = createGameSessions({ get: down, set: down, del: down }, 60_000)
    await expect(sessions.open(owner, NOW_MS)).rejects.toThrow(new ApiError('SERVICE_UNAVAILABLE'))
  })
})

describe('a callback', () => {
  const [partnerId, playerId] = [PARTNER_ID, 'ann']
  if (!isPartnerId(partnerId) || !isPlayerId(playerId)) throw new Error('not ids')
  const base = {
    partnerId,
    playerId,
    callbackId: 'c1',
    roundId: 'round-1',
    currency: 'USD',
    occurredAtMs: NOW_MS,
    betTransactionId: BET_ID,
  }
  const wins = [
    {
      providerTransactionId: 'w1',
      amount: { units: 50_000n, currency: 'USD' },
      winType: 'STANDARD' as const,
    },
    { providerTransactionId: 'w0', amount: { units: 0n, currency: 'USD' }, winType: 'STANDARD' as const },
  ]
  const resultOf = (parts: object = {}): ProviderCallback => ({
    ...base,
    kind: 'ROUND_RESULT',
    gameCode: 'oc-1',
    wins,
    closesRound: true,
    ...parts,
  })
  const reply = (outcome: WalletReplyData['outcome'], code: string | null = null): CommandResult => ({
    kind: 'decided',
    reply: {
      command_id: BET_ID,
      outcome,
      error_code: code,
      transaction_id: BET_ID,
      player_id: 'ann',
      currency: 'USD',
      status: null,
      new_balance: 0n,
      balance: 0n,
      held: 0n,
      version: 1,
      processed_at: NOW_MS,
      self_excluded_from: null,
      bet_unknown: false,
    },
  })

  async function take(callback: ProviderCallback, ...answers: readonly CommandResult[]) {
    const commands: WalletCommand[] = []
    const told: GameCommand[] = []
    const took = await takeCallback(
      {
        gateway: {
          submit: (submitted) =>
            submitted.map((command) =>
              Promise.resolve(answers[commands.push(command) - 1] ?? reply('APPLIED')),
            ),
        },
        providers: { gameOfCode: (_provider, code) => (code === 'oc-1' ? GAME : undefined) },
        tellSaga: (command) => {
          told.push(command)
          return Promise.resolve()
        },
      },
      'ocasino',
      callback,
      NOW_MS,
    )
    return { took, commands, told }
  }

  it('with a result pays its wins and closes the round, under ids that follow from the provider’s', async () => {
    const first = await take(resultOf())
    expect(first.took).toEqual({ took: 'ACCEPTED' })
    expect(
      first.commands.map(({ data }) => [
        data.type,
        data.amount,
        data.transaction_id_partner,
        data.round_closed,
      ]),
    ).toEqual([
      ['WIN', 50_000n, 'ocasino:w1', false],
      ['WIN', 0n, `ocasino:${BET_ID}/closed`, true],
    ])
    expect(
      first.commands.every(({ data }) => data.game_id === 'slots-1' && data.round_id === 'round-1'),
    ).toBe(true)
    const again = await take(resultOf(), reply('REPLAYED'), reply('REPLAYED'))
    expect(again.took).toEqual({ took: 'DUPLICATE' })
    const movementsOf = ({ commands }: typeof first): (string | null)[] =>
      commands.map(({ data }) => data.transaction_id_partner)
    expect(movementsOf(again)).toEqual(movementsOf(first))
    // A refusal that is not remembered is a transaction under its command's id: no two sendings share one.
    expect(new Set([...first.commands, ...again.commands].map(({ event_id: id }) => id)).size).toBe(4)
  })

  it.each([
    [
      'whose bet is not confirmed yet',
      [reply('REJECTED', 'BET_NOT_FOUND')],
      { took: 'LATER', code: 'BET_NOT_FOUND' },
    ],
    [
      'whose outcome is not known',
      [{ kind: 'pending', acknowledged: true } as const],
      { took: 'LATER', code: 'SERVICE_UNAVAILABLE' },
    ],
    [
      'of a rolled-back bet',
      [reply('REJECTED', 'TRANSACTION_ROLLED_BACK')],
      { took: 'REFUSED', code: 'TRANSACTION_ROLLED_BACK' },
    ],
  ])('%s', async (_what, answers, took) => {
    const taken = await take(resultOf(), ...answers)
    expect(taken.took).toEqual(took)
    // What has to come again does not find its round closed.
    expect(taken.commands).toHaveLength(took.took === 'LATER' ? 1 : 2)
  })

  it('of a game that is not known here is to come again', async () => {
    expect((await take(resultOf({ gameCode: 'oc-2' }))).took).toEqual({
      took: 'LATER',
      code: 'GAME_NOT_FOUND',
    })
  })

  it('that gives a stake back goes to the saga', async () => {
    const { took, told, commands } = await take({
      ...base,
      kind: 'BET_CANCELLED',
      providerTransactionId: 'v1',
    })
    expect(took).toEqual({ took: 'ACCEPTED' })
    expect(commands).toEqual([])
    expect(told).toMatchObject([{ data: { action: 'VOIDED', bet_id: BET_ID } }])
  })
})

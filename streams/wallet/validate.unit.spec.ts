import { describe, expect, it } from 'vitest'
import type { PlayerSettings } from '../../avro/types.ts'
import { NO_CURRENCY } from '../../domain/currencies.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { START_MS, testCommand, testUuid } from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'
import { bet, rollback, win, withdrawal } from './testing/scenario.ts'
import { faultOfCommand } from './validate.ts'

const faultOf = (parts: CommandParts): string | undefined =>
  faultOfCommand(testCommand(testUuid(1), START_MS, parts))

const LIMIT = { kind: 'BET', period: 'DAY', currency: 'USD', amount: 0n } as const
const player = (change: Partial<PlayerSettings> = {}): CommandParts => ({
  type: 'PLAYER_UPDATE',
  currency: NO_CURRENCY,
  player: { country: null, name: null, date_of_birth: null, self_exclusion: null, limits: [], ...change },
})
const excluded = (from: number, until: number | null): CommandParts =>
  player({ self_exclusion: { from, until } })

const ACTOR = { key_id: 'k', partner_id: null, ip_address: null, request_id: null }
const DEPOSIT = { type: 'DEPOSIT', amount: 1n } as const

describe('what is let through', () => {
  it.each<[string, CommandParts]>([
    ['a deposit', DEPOSIT],
    ['the largest amount', { type: 'DEPOSIT', amount: AMOUNT_UNITS_MAX }],
    ['a bet without game and round', { type: 'BET', amount: 1n }],
    ['a free round', bet('b', 0n, { campaign_id: 'c' })],
    ['a win of 0', win('w', 0n)],
    [
      'a win of 0 that names its bet',
      win('w', 0n, { round_id: null, reference_transaction_id_partner: 'b' }),
    ],
    ['a rollback', rollback('b')],
    ['a withdrawal', withdrawal(1n)],
    ['a credit', { type: 'ADJUSTMENT', amount: 1n, direction: 'CREDIT' }],
    ['a step', { type: 'WITHDRAWAL_EXPIRE', transaction_id: testUuid(7) }],
    ['a freeze', { type: 'WALLET_FREEZE' }],
    ['an empty profile', player()],
    ['a profile', player({ country: 'MT', name: 'sealed', date_of_birth: 'sealed' })],
    ['limits that differ in one thing', player({ limits: [LIMIT, { ...LIMIT, currency: 'EUR' }] })],
    ['an exclusion without end', excluded(START_MS, null)],
    ['an exclusion up to the last moment of four digits', excluded(0, Date.UTC(10_000, 0, 1) - 1)],
    ['ids in any script', { ...DEPOSIT, player_id: '선수-1', transaction_id_partner: 'ид|№ 1/2' }],
    ['metadata', { ...DEPOSIT, metadata: '{"a":[1,"ü"]}' }],
  ])('%s', (_what, parts) => {
    expect(faultOf(parts)).toBeUndefined()
  })
})

it('finds sound metadata sound again, and unsound metadata unsound again', () => {
  for (const metadata of ['{"session":"s1"}', `{"long":"${'x'.repeat(1_000)}"}`])
    for (let times = 0; times < 2; times++) expect(faultOf({ ...DEPOSIT, metadata })).toBeUndefined()
  for (let times = 0; times < 2; times++)
    expect(faultOf({ ...DEPOSIT, metadata: '[]' })).toBe('metadata is not a JSON object')
})

describe('what becomes a dead letter', () => {
  it.each<[string, CommandParts, string]>([
    ['partner id', { ...DEPOSIT, partner_id: 'acme' }, 'partner_id'],
    ['upper-case partner id', { ...DEPOSIT, partner_id: testUuid(0xab).toUpperCase() }, 'partner_id'],
    ['empty player id', { ...DEPOSIT, player_id: '' }, 'player_id'],
    ['player id with a slash', { ...DEPOSIT, player_id: 'a/b' }, 'player_id'],
    ['unknown currency', { ...DEPOSIT, currency: 'XXX' }, 'currency'],
    ['currency in small letters', { ...DEPOSIT, currency: 'usd' }, 'currency'],
    ['event time', { ...DEPOSIT, created_at: -1 }, 'created_at'],
    ['reply partition', { ...DEPOSIT, reply_to: -1 }, 'reply_to'],
    ['no amount', { type: 'DEPOSIT' }, 'amount is missing'],
    ['negative amount', { type: 'DEPOSIT', amount: -1n }, 'negative'],
    ['amount of 0', { type: 'DEPOSIT', amount: 0n }, 'amount is 0'],
    ['too large an amount', { type: 'DEPOSIT', amount: AMOUNT_UNITS_MAX + 1n }, 'NUMERIC(19,4)'],
    ['bet of 0 without a campaign', bet('b', 0n), 'amount is 0'],
    ['win of 0 of nothing', win('w', 0n, { round_id: null }), 'neither round nor bet'],
    ['win without an amount', { type: 'WIN' }, 'amount is missing'],
    ['rollback of nothing', { type: 'ROLLBACK' }, 'reference_transaction_id_partner is missing'],
    ['rollback with an amount', { ...rollback('b'), amount: 1n }, 'amount from its bet'],
    ['withdrawal without a deadline', { type: 'WITHDRAWAL', amount: 1n }, 'hold_expires_at is missing'],
    ['withdrawal with a bad deadline', withdrawal(1n, { hold_expires_at: 1e15 }), 'hold_expires_at'],
    ['withdrawal of 0', withdrawal(0n), 'amount is 0'],
    ['correction without a direction', { type: 'COMMISSION', amount: 1n }, 'direction is missing'],
    ['correction of 0', { type: 'COMMISSION', amount: 0n, direction: 'DEBIT' }, 'amount is 0'],
    ['step of nothing', { type: 'WITHDRAWAL_FAIL' }, 'transaction_id'],
    ['step of what is no id', { type: 'WITHDRAWAL_FAIL', transaction_id: 'x' }, 'transaction_id'],
    ['stray direction', { ...DEPOSIT, direction: 'DEBIT' }, 'carries a direction'],
    ['stray win type', { ...DEPOSIT, win_type: 'BONUS' }, 'carries a win_type'],
    ['stray end of round', { ...bet('b', 1n), round_closed: true }, 'carries round_closed'],
    ['empty id', bet('', 1n), 'transaction_id_partner has 0'],
    ['long id', bet('x'.repeat(256), 1n), 'transaction_id_partner has 256'],
    ['id with a NUL', bet('a\0', 1n), 'unprintable'],
    ['empty reference', rollback(''), 'reference_transaction_id_partner has 0'],
    ['long game', bet('b', 1n, { game_id: 'x'.repeat(101) }), 'game_id has 101'],
    ['empty round', bet('b', 1n, { round_id: '' }), 'round_id has 0'],
    ['long campaign', bet('b', 1n, { campaign_id: 'x'.repeat(256) }), 'campaign_id has 256'],
    ['long address', { ...DEPOSIT, ip_address: '1'.repeat(46) }, 'ip_address is too long'],
    ['NUL in an address', { ...DEPOSIT, ip_address: '\0' }, 'ip_address holds a NUL'],
    ['NUL in a user agent', { ...DEPOSIT, user_agent: '\0' }, 'user_agent holds a NUL'],
    ['NUL in a reason', { ...DEPOSIT, reason: '\0' }, 'reason holds a NUL'],
    ['country', { ...DEPOSIT, country: 'Germany' }, 'country'],
    ['metadata that is not JSON', { ...DEPOSIT, metadata: '{' }, 'not JSON'],
    ['metadata that is a list', { ...DEPOSIT, metadata: '[]' }, 'not a JSON object'],
    ['metadata that is null', { ...DEPOSIT, metadata: 'null' }, 'not a JSON object'],
    ['metadata that JSONB refuses', { ...DEPOSIT, metadata: '{"a":"\\u0000"}' }, 'escaped NUL'],
    ['no profile', { ...player(), player: null }, 'player is missing'],
    ['profile in a currency', { ...player(), currency: 'USD' }, 'currency'],
    ['stray profile', { ...DEPOSIT, player: player().player ?? null }, 'carries a player'],
    ['stray version', { ...DEPOSIT, expected_version: 1 }, 'carries an expected_version'],
    ['actor of no partner', { ...DEPOSIT, actor: { ...ACTOR, partner_id: 'x' } }, 'partner_id of the actor'],
    ['actor without a key', { ...DEPOSIT, actor: { ...ACTOR, key_id: '' } }, 'key_id of the actor'],
    ['NUL in a request id', { ...DEPOSIT, actor: { ...ACTOR, request_id: '\0' } }, 'request_id of the actor'],
    ['home country', player({ country: 'mt' }), 'country'],
    ['NUL in a name', player({ name: '\0' }), 'NUL'],
    ['NUL in a date of birth', player({ date_of_birth: '\0' }), 'NUL'],
    ['exclusion before 1970', excluded(-1, null), 'begins out of range'],
    ['exclusion beyond the year 9999', excluded(0, Date.UTC(10_000, 0, 1)), 'ends out of range'],
    ['exclusion of no length', excluded(START_MS, START_MS), 'ends before it begins'],
    ['limit below 0', player({ limits: [{ ...LIMIT, amount: -1n }] }), 'limit'],
    ['limit beyond NUMERIC', player({ limits: [{ ...LIMIT, amount: AMOUNT_UNITS_MAX + 1n }] }), 'limit'],
    ['limit in no currency', player({ limits: [{ ...LIMIT, currency: 'XXX' }] }), 'currency of a limit'],
    ['limit twice', player({ limits: [LIMIT, { ...LIMIT, amount: 1n }] }), 'two limits'],
  ])('%s', (_what, parts, reason) => {
    expect(faultOf(parts)).toContain(reason)
  })

  it('command id', () => {
    expect(faultOfCommand(testCommand('1', START_MS, DEPOSIT))).toContain('event_id')
  })

  it('time', () => {
    expect(faultOfCommand(testCommand(testUuid(1), -1, DEPOSIT))).toContain('timestamp')
  })
})

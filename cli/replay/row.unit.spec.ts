import { describe, expect, it } from 'vitest'
import type { PartnerId } from '../../domain/ids.ts'
import type { TextRow } from './columns.ts'
import { madeUpId, parseRow, parseTime } from './row.ts'
import type { ParsedRow } from './row.ts'

const PARTNER = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10' as PartnerId
const DEFAULTS = { partnerId: PARTNER, fileHash: 'ab'.repeat(32) }
const BET: TextRow = {
  ts: '2026-03-01T18:00:00.250+01:00',
  player_id: 'p1',
  type: 'BET',
  amount: '2.5',
  currency: 'eur',
  game_id: 'crash',
  round_id: 'r1',
  transaction_id_partner: 'b-1',
}

const parse = (change: TextRow): ParsedRow => parseRow(7, { ...BET, ...change }, DEFAULTS)

const reason = (change: TextRow): string => {
  const parsed = parse(change)
  return parsed.ok ? 'no fault' : parsed.rejected.reason
}

const command = (change: TextRow) => {
  const parsed = parse(change)
  if (!parsed.ok) throw new Error(parsed.rejected.reason)
  return parsed.command
}

describe('a row', () => {
  it('becomes a command with its event time and exact amount', () => {
    expect(command({})).toEqual({
      line: 7,
      createdAtMs: Date.UTC(2026, 2, 1, 17, 0, 0, 250),
      partnerId: PARTNER,
      playerId: 'p1',
      type: 'BET',
      amount: 25_000n,
      direction: null,
      currency: 'EUR',
      gameId: 'crash',
      roundId: 'r1',
      campaignId: null,
      transactionIdPartner: 'b-1',
      referenceTransactionIdPartner: null,
      winType: null,
      roundClosed: false,
      ip: null,
      country: null,
    })
  })

  it('without an id gets one of file and line', () => {
    expect(command({ transaction_id_partner: '' }).transactionIdPartner).toBe('replay-abababababababab-7')
    expect(madeUpId('cd'.repeat(32), 9)).toBe('replay-cdcdcdcdcdcdcdcd-9')
  })

  it('of a win of 0 closes the round, and a win is standard unless it says otherwise', () => {
    expect(command({ type: 'WIN', amount: '0' })).toMatchObject({ roundClosed: true, winType: 'STANDARD' })
    expect(command({ type: 'WIN' })).toMatchObject({ roundClosed: false })
    expect(command({ type: 'WIN', win_type: 'free_round', round_closed: 'TRUE' })).toMatchObject({
      roundClosed: true,
      winType: 'FREE_ROUND',
    })
  })

  it('of a rollback carries its reference and no amount', () => {
    expect(command({ type: 'rollback', amount: '', reference_transaction_id_partner: 'b-0' })).toMatchObject({
      type: 'ROLLBACK',
      amount: null,
      referenceTransactionIdPartner: 'b-0',
    })
  })

  it('of an adjustment takes its direction from the sign', () => {
    expect(command({ type: 'ADJUSTMENT', amount: '-3' })).toMatchObject({
      amount: 30_000n,
      direction: 'DEBIT',
    })
    expect(command({ type: 'ADJUSTMENT', amount: '3' })).toMatchObject({
      amount: 30_000n,
      direction: 'CREDIT',
    })
  })

  it('of a free round may bet 0', () => {
    expect(command({ amount: '0', campaign_id: 'c' })).toMatchObject({ amount: 0n, campaignId: 'c' })
  })

  it.each<[TextRow, string]>([
    [{ ts: '2026-03-01 18:00' }, 'not an RFC 3339 time'],
    [{ ts: '2026-02-30T18:00:00Z' }, 'not an RFC 3339 time'],
    [{ ts: '' }, 'ts is empty'],
    [{ player_id: '' }, 'player_id is empty'],
    [{ player_id: 'a/b' }, 'without a slash'],
    [{ type: 'SPIN' }, 'is none of'],
    [{ type: 'COMMISSION' }, 'is none of'],
    [{ amount: '1e3' }, 'not a plain decimal'],
    [{ amount: '1.00001' }, 'more than 4 decimals'],
    [{ amount: '99999999999999999' }, 'does not fit'],
    [{ amount: '-1' }, 'below 0'],
    [{ amount: '0' }, 'amount is 0'],
    [{ amount: '0', type: 'ADJUSTMENT' }, 'amount is 0'],
    [{ amount: '' }, 'amount is empty'],
    [{ currency: 'XXX' }, 'not an ISO 4217 code'],
    [{ type: 'ROLLBACK', amount: '' }, 'reference_transaction_id_partner is empty'],
    [{ transaction_id_partner: 'x'.repeat(256) }, 'longer than 255'],
    [{ game_id: 'x'.repeat(101) }, 'longer than 100'],
    [{ partner_id: 'acme' }, 'not a UUID'],
    [{ ip: '1.2.3' }, 'not an address'],
    [{ country: 'Germany' }, 'ISO 3166-1'],
    [{ type: 'WIN', win_type: 'HUGE' }, 'not known'],
    [{ type: 'WIN', round_closed: 'yes' }, 'neither true nor false'],
  ])('with %j is named as bad', (change, why) => {
    expect(reason(change)).toContain(why)
  })
})

describe('an event time', () => {
  it.each([
    ['2026-03-01T18:00:00Z', Date.UTC(2026, 2, 1, 18)],
    ['2026-03-01t18:00:00.1239z', Date.UTC(2026, 2, 1, 18, 0, 0, 123)],
    ['2024-02-29T23:59:59-00:30', Date.UTC(2024, 2, 1, 0, 29, 59)],
    ['2026-03-01T25:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['tomorrow', undefined],
  ])('%s is read as %s', (text, atMs) => {
    expect(parseTime(text)).toBe(atMs)
  })
})

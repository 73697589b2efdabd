import { describe, expect, it } from 'vitest'
import type { PlayerUpdated } from '../../avro/types.ts'
import { aPlayer, aPlayerChange } from '../testing/player-events.ts'
import { gatherPlayerRows } from './players.ts'
import type { PlayerRow } from './players.ts'

const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }

function rowsOfAll(players: readonly PlayerUpdated[], partnerIds = new Set<string>()): PlayerRow[] {
  const gathered = gatherPlayerRows(partnerIds)
  players.forEach((value, offset) => gathered.addPlayer({ offset, value, raw }))
  return gathered.rows().players
}

describe('the rows of players', () => {
  it('hold amounts and times as texts, and what is sealed as it came', () => {
    const { data } = aPlayer()
    const partnerIds = new Set<string>()
    expect(rowsOfAll([aPlayer(data)], partnerIds)).toEqual([
      {
        partner_id: data.partner_id,
        player_id: data.player_id,
        country: 'MT',
        name: data.name,
        date_of_birth: data.date_of_birth,
        self_excluded_from: '2026-11-21T12:30:15.123Z',
        self_excluded_until: '9999-12-31T23:59:59.999Z',
        limits: [
          { kind: 'DEPOSIT', period: 'DAY', currency: 'EUR', amount: '999999999999999.9999' },
          { kind: 'LOSS', period: 'MONTH', currency: 'USD', amount: '0.0000' },
        ],
        version: 1,
        updated_at: '2026-11-22T12:30:15.123Z',
      },
    ])
    expect(partnerIds).toEqual(new Set([data.partner_id]))
  })

  it('are those of the newest version, whatever order the records come in', () => {
    const first = aPlayer()
    const second = aPlayerChange(first, { country: 'SE' })
    const third = aPlayerChange(second, { country: 'DK', self_exclusion: null })
    expect(rowsOfAll([second, third, first])).toMatchObject([
      { country: 'DK', version: 3, self_excluded_from: null, self_excluded_until: null },
    ])
  })

  it('come in the order of partner and player, in which every writer locks them', () => {
    const partners = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b']
    const players = partners.flatMap((partner_id) =>
      ['b', 'a'].map((player_id) => aPlayer({ partner_id, player_id })),
    )
    const keys = rowsOfAll(players.toReversed()).map((row) => row.partner_id.slice(-1) + row.player_id)
    expect(keys).toEqual(['aa', 'ab', 'ba', 'bb'])
  })
})

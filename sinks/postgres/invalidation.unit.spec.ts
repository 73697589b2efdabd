import { describe, expect, it } from 'vitest'
import { PARTNER_SETTING, PLAYER_PROFILE } from '../../service/version-cache.ts'
import { aPartner } from '../testing/partner-events.ts'
import { aPlayer } from '../testing/player-events.ts'
import { invalidationsOf } from './invalidation.ts'

const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }
const run = { partition: 0, from: 0, next: 9 }
const recordOf = <T>(value: T) => ({ offset: 0, value, raw })

describe('the invalidations of a batch', () => {
  it('name each partner and player once, with the newest version', () => {
    const partner = aPartner({ version: 2 })
    const partnerId = partner.data.partner_id
    const player = { partner_id: partnerId, player_id: 'ann' }
    const source = 'partner.profile.updated'
    const players = 'player.profile.updated'
    const changes = invalidationsOf([
      {
        ...run,
        source,
        topic: source,
        records: [partner, aPartner({ partner_id: partnerId, version: 4 })].map(recordOf),
      },
      {
        ...run,
        source: players,
        topic: players,
        records: [7, 8].map((version) => recordOf(aPlayer({ ...player, version }))),
      },
    ])
    expect(changes).toEqual([
      { cache: PARTNER_SETTING, ids: [partnerId], version: 4 },
      { cache: PLAYER_PROFILE, ids: [partnerId, 'ann'], version: 8 },
    ])
  })
})

import { expect, it } from 'vitest'
import { playerKey } from '../../domain/ids.ts'
import { KeptPlayers, PLAYERS_KEPT_MAX } from './memory.ts'
import { NEW_PLAYER } from './state.ts'
import type { PlayerState } from './state.ts'
import { PARTNER_ID } from './testing/fixtures.ts'

const player = (number: number) => playerKey(PARTNER_ID, `player-${number}`)

it('keeps at least the half of its limit that changed last, as they are now, and forgets who is beyond it', () => {
  const kept = new KeptPlayers()
  const changed: PlayerState = { ...NEW_PLAYER }
  for (let number = 0; number < PLAYERS_KEPT_MAX / 2; number++) kept.set(player(number), NEW_PLAYER)
  kept.set(player(1), changed)
  expect(kept.get(player(0))).toBe(NEW_PLAYER)
  expect(kept.get(player(1))).toBe(changed)
  for (let number = 2; number <= PLAYERS_KEPT_MAX / 2; number++) kept.set(player(number), changed)
  expect(kept.get(player(0))).toBeUndefined()
  expect(kept.get(player(1))).toBe(changed)
  expect(kept.get(player(PLAYERS_KEPT_MAX / 2))).toBe(changed)
})

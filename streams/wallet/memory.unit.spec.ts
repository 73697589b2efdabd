import { expect, it } from 'vitest'
import { playerKey } from '../../domain/ids.ts'
import { KeptPlayers, PLAYERS_KEPT_MAX } from './memory.ts'
import { NO_WALLETS } from './state.ts'
import { PARTNER_ID } from './testing/fixtures.ts'

const player = (number: number) => playerKey(PARTNER_ID, `player-${number}`)

it('keeps the players that changed last, and no more than its limit', () => {
  const kept = new KeptPlayers()
  for (let number = 0; number < PLAYERS_KEPT_MAX; number++) kept.set(player(number), NO_WALLETS)
  kept.set(player(0), NO_WALLETS)
  kept.set(player(PLAYERS_KEPT_MAX), NO_WALLETS)
  expect(kept.get(player(0))).toBe(NO_WALLETS)
  expect(kept.get(player(1))).toBeUndefined()
  expect(kept.get(player(2))).toBe(NO_WALLETS)
  expect(kept.get(player(PLAYERS_KEPT_MAX))).toBe(NO_WALLETS)
})

import { expect, test } from 'vitest'
import { playerKey } from '../domain/ids.ts'
import { commandsOf } from './workload.ts'

const partnerId = '018f0000-0000-7000-8000-000000000001'
const commands = [...commandsOf({ commands: 5_000, players: 100, partnerId, prefix: 'x' })]
const later = commands.slice(100)

test('has as many commands as asked for, each with ids of its own', () => {
  expect(commands).toHaveLength(5_000)
  expect(new Set(commands.map(({ command }) => command.event_id)).size).toBe(5_000)
  expect(new Set(commands.map(({ command }) => command.data.transaction_id_partner)).size).toBe(5_000)
})

test('opens every wallet by a deposit first', () => {
  const opening = commands.slice(0, 100)
  expect(opening.every(({ command }) => command.data.type === 'DEPOSIT')).toBe(true)
  expect(new Set(opening.map(({ key }) => key)).size).toBe(100)
})

test('is a fifth deposits, half bets and the rest wins', () => {
  const share = (type: string): number =>
    later.filter(({ command }) => command.data.type === type).length / later.length
  expect(share('DEPOSIT')).toBeCloseTo(0.2, 2)
  expect(share('BET')).toBeCloseTo(0.5, 1)
  expect(share('WIN')).toBeCloseTo(0.3, 1)
})

test('lets a win close a round in which the same player has an unsettled bet', () => {
  const open = new Set<string>()
  for (const { key, command } of commands) {
    const { type, round_id: round } = command.data
    if (type === 'BET') open.add(`${key}/${round}`)
    if (type === 'WIN') expect(open.delete(`${key}/${round}`)).toBe(true)
  }
})

test('keys commands by their player', () => {
  for (const { key, command } of commands) expect(key).toBe(playerKey(partnerId, command.data.player_id))
})

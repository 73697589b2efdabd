/** Wallet, saga, worker and provider together, whatever goes wrong in whatever order: in the end nothing is held, and the books agree. */
import fc from 'fast-check'
import { beforeAll, expect, it, vi } from 'vitest'
import { memoryCodecs } from '../wallet/testing/fixtures.ts'
import { sharedSchemas, testCodecs } from './testing/fixtures.ts'
import { TURNS, World } from './testing/world.ts'
import type { Turn } from './testing/world.ts'

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 200)
const LENGTH_MAX = 60
vi.setConfig({ testTimeout: 60_000 + RUNS * 200 })

let codecs: World['codecs']
beforeAll(async () => {
  const schemas = sharedSchemas()
  codecs = { games: await testCodecs(schemas), wallet: await memoryCodecs(schemas) }
})

const turn = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Turn>('WALLET', 'GAMES') },
  { weight: 2, arbitrary: fc.constant<Turn>('BET') },
  { weight: 12, arbitrary: fc.constantFrom(...TURNS) },
)
const turns = fc.array(turn, { maxLength: LENGTH_MAX, size: 'max' })

function played(choices: readonly Turn[]): World {
  const world = new World(codecs)
  world.turn('BET')
  for (const choice of choices) world.turn(choice)
  world.settle()
  return world
}

it('nothing stays held, no saga stays open, and both sides have the same bets', () => {
  fc.assert(
    fc.property(turns, (choices) => {
      const world = played(choices)
      expect(world.wallet()).toEqual({ balance: world.expectedBalance(), held: 0n })
      const sagas = world.sagas()
      expect(sagas.size).toBe(world.placed)
      for (const [id, bet] of world.bets()) {
        const saga = sagas.get(id)?.state
        const isTaken = ['ACCEPTED', 'SETTLED'].includes(world.provider.bets.get(id) ?? '')
        const states = isTaken
          ? [
              ['COMPLETED', 'CONFIRMED'],
              ['CANCELED', 'DISPUTED'],
            ]
          : [
              ['CANCELED', 'CANCELED'],
              ['CANCELED', 'REFUSED'],
            ]
        expect(states).toContainEqual([bet.status, saga])
      }
    }),
    { numRuns: RUNS },
  )
})

it('the histories come to every end that there is', () => {
  const ends = new Set<string>()
  for (const choices of fc.sample(turns, { numRuns: 400, seed: 3 }))
    for (const { state } of played(choices).sagas().values()) ends.add(state)
  expect([...ends].toSorted()).toEqual(['CANCELED', 'CONFIRMED', 'DISPUTED', 'REFUSED'])
})

it('an empty disk is filled from the log with what was on the full one', () => {
  fc.assert(
    fc.property(turns, (choices) => {
      const world = played(choices)
      const before = world.stores()
      world.turn('RESTART')
      expect(world.stores()).toEqual(before)
    }),
    { numRuns: RUNS / 4 },
  )
})

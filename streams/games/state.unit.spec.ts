import { createHash } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { GameBet, GameBetUpdated } from '../../avro/types.ts'
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { BET_STEPS_MS } from '../../topics/catalogue/games.ts'
import type { TopicCodec } from '../../topics/codec.ts'
import { BetsState, STORE_VERSION, betEvent, dueBets, storeCodec, sweep } from './state.ts'
import { MapStore, PARTNER_ID, START_MS, terms, testUuid } from './testing/fixtures.ts'

let codec: TopicCodec<GameBetUpdated>
let store: MapStore
beforeAll(async () => {
  codec = await storeCodec()
})
beforeEach(() => {
  store = new MapStore()
})

const bet = (number: number, version: number, parts: Partial<GameBet> = {}): GameBet => ({
  partner_id: PARTNER_ID,
  player_id: 'ann',
  bet_id: testUuid(number),
  terms: terms(),
  state: 'CHECKING',
  held_at: START_MS,
  call: version,
  calling: false,
  due_at: START_MS + number,
  tries: 0,
  code: null,
  reference: null,
  version,
  updated_at: START_MS,
  command_id: testUuid(0xc0),
  ...parts,
})

function lay(...bets: readonly GameBet[]): void {
  const state = new BetsState(store, codec)
  for (const each of bets) state.lay(betEvent(each))
  store.commit()
}

const keys = (): string[] => [...store.committed.keys()].map((key) => key.slice(0, 2)).toSorted()
const due = (nowMs: number): string[] => [...dueBets(store, codec, nowMs)].map(({ bet_id: id }) => id)

it('the store’s version goes with the form of what it holds: a schema that has changed needs a new one', () => {
  const schema = avroTypeOf(readSchemaText('game.bet.updated')).schema({ exportAttrs: true })
  const fingerprint = createHash('sha256').update(JSON.stringify(schema)).digest('hex').slice(0, 16)
  expect({ version: STORE_VERSION, fingerprint }).toEqual({ version: 1, fingerprint: 'f6b61bf3a2ec348a' })
  expect(codec.schemaId).toBe(STORE_VERSION)
})

describe('bets', () => {
  it('an older state than is known changes nothing', () => {
    lay(bet(1, 2))
    const before = store.entries()
    lay(bet(1, 1, { state: 'PLACING', due_at: START_MS }))
    expect(store.entries()).toEqual(before)
  })

  it('are due at their newest time alone, the longest overdue first', () => {
    lay(bet(2, 1), bet(1, 1), bet(3, 1, { due_at: null, state: 'CONFIRMED' }))
    lay(bet(1, 2, { due_at: START_MS + 50 }))
    expect(due(START_MS + 1)).toEqual([])
    expect(due(START_MS + 49)).toEqual([testUuid(2)])
    expect(due(START_MS + 50)).toEqual([testUuid(2), testUuid(1)])
  })
})

describe('the sweep', () => {
  const old = { updated_at: START_MS - BET_STEPS_MS - 1 }
  const all = (fromKey: string, entriesMax: number): string => {
    const next = sweep(store, codec, { fromKey, entriesMax, beforeMs: START_MS - BET_STEPS_MS })
    store.commit()
    return next
  }

  it('forgets what has long been over, and nothing that is open', () => {
    lay(bet(1, 1, old), bet(2, 1, { ...old, state: 'CANCELED', due_at: null }))
    lay(bet(3, 1, { state: 'CANCELED', due_at: null }))
    expect(all('', 100)).toBe('')
    expect(keys()).toEqual(['b/', 'b/', 'd/'])
    expect(new BetsState(store, codec).bet(testUuid(2))).toBeUndefined()
  })

  it('goes on where it stopped', () => {
    lay(...[1, 2, 3].map((number) => bet(number, 1, { ...old, state: 'CONFIRMED', due_at: null })))
    const next = all('', 2)
    expect(keys()).toHaveLength(1)
    expect(all(next, 2)).toBe('')
    expect(keys()).toEqual([])
  })
})

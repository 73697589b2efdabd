import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { playerKey } from '../../domain/ids.ts'
import {
  commandKey,
  dueHoldRange,
  holdKey,
  playerEntryKey,
  roundKey,
  transactionKey,
  heldMovementKey,
} from './keys.ts'

const KINDS = [transactionKey, commandKey, roundKey, heldMovementKey]

const partner = fc.constantFrom(
  '0f0e0d0c-0b0a-4908-8706-050403020100',
  '0f0e0d0c-0b0a-4908-8706-050403020101',
)
const player = fc.string({ unit: fc.constantFrom('a', '|', ':', '-', '0'), minLength: 1, maxLength: 4 })
/** Ids may hold anything, and these try to look like the rest of a key. */
const id = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', '/', '|', '0'), minLength: 1, maxLength: 4 }),
  fc.tuple(partner, player).map(([one, other]) => `/${one}/${other}`),
)
const entry = fc.record({ kind: fc.nat(KINDS.length - 1), partner, player, id })

describe('keys', () => {
  it('of two entries are the same only if all of their parts are', () => {
    fc.assert(
      fc.property(entry, entry, (one, other) => {
        const [a, b] = [one, other].map((each) =>
          KINDS[each.kind]?.(playerKey(each.partner, each.player), each.id),
        )
        expect(a === b).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: 2_000 },
    )
  })

  it('of players and holds lie apart from all others', () => {
    const ann = playerKey('0f0e0d0c-0b0a-4908-8706-050403020100', 'ann')
    const initials = [playerEntryKey(ann), holdKey(1, ann, 'x'), ...KINDS.map((key) => key(ann, 'x'))].map(
      (key) => key.slice(0, 2),
    )
    expect(new Set(initials).size).toBe(initials.length)
  })

  it('of holds lie in the order of their deadlines', () => {
    const ann = playerKey('0f0e0d0c-0b0a-4908-8706-050403020100', 'ann')
    const time = fc.integer({ min: 0, max: 9_999_999_999_998 })
    fc.assert(
      fc.property(time, time, (expiresAtMs, nowMs) => {
        const { from, to } = dueHoldRange(nowMs)
        const key = holdKey(expiresAtMs, ann, 'x')
        expect(from <= key && key < to).toBe(expiresAtMs <= nowMs)
      }),
    )
  })
})

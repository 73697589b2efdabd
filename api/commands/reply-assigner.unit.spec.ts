import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sharePartitions } from './reply-assigner.ts'

const four = [0, 1, 2, 3]

describe('sharePartitions', () => {
  it('gives a first instance all of them', () => {
    expect(sharePartitions(new Map([['a', []]]), four)).toEqual(new Map([['a', four]]))
  })

  it('moves only what the newcomer needs', () => {
    const shares = sharePartitions(
      new Map([
        ['a', four],
        ['b', []],
      ]),
      four,
    )
    expect(shares).toEqual(
      new Map([
        ['a', [0, 1]],
        ['b', [2, 3]],
      ]),
    )
  })

  it('gives each partition to one member, evenly, and leaves members what they have up to their share', () => {
    const member = fc.subarray([0, 1, 2, 3, 4, 5, 6])
    fc.assert(
      fc.property(
        fc.array(member, { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 7 }),
        (owned, count) => {
          const partitions = Array.from({ length: count }, (_, partition) => partition)
          const members = new Map(owned.map((list, at) => [`m${at}`, list]))
          const shares = sharePartitions(members, partitions)
          expect([...shares.values()].flat().toSorted((a, b) => a - b)).toEqual(partitions)
          const sizes = [...shares.values()].map((list) => list.length)
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
        },
      ),
    )
  })
})

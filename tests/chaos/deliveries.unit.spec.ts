import { describe, expect, it } from 'vitest'
import { checkDeliveries } from './deliveries.ts'
import type { Arrival } from './deliveries.ts'

const of = (...names: string[]): Arrival[] => names.map((id) => ({ id, playerId: id.charAt(0) }))
const FINE = { acknowledged: 0, lost: [], doubled: [], violations: [] }

describe('what an endpoint was sent', () => {
  it('may repeat itself and mix players', () => {
    expect(checkDeliveries(of('a1', 'a2', 'b1'), of('b1', 'a1', 'a2', 'a1', 'b1'))).toEqual(FINE)
  })

  it('is all that happened, and nothing else', () => {
    expect(checkDeliveries(of('a1', 'a2'), of('a2')).lost).toHaveLength(1)
    expect(checkDeliveries(of('a1'), of('a1', 'a9')).violations).toHaveLength(1)
  })

  it('comes in the order of each player', () => {
    expect(checkDeliveries(of('a1', 'a2', 'b1'), of('a2', 'a1', 'b1')).violations).toHaveLength(1)
    expect(checkDeliveries(of('a1', 'a2', 'a3'), of('a1', 'a3')).violations).toEqual([])
  })
})

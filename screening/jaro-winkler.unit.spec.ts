import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jaroWinkler } from './jaro-winkler.ts'
import { mayReach, shapeOf, shapesOf } from './shapes.ts'

const name = fc.string({
  unit: fc.constantFrom(...'abcdeilmnorstu 1'.split('')),
  minLength: 1,
  maxLength: 24,
})

describe('Jaro-Winkler', () => {
  it.each([
    ['martha', 'marhta', 0.9611],
    ['dwayne', 'duane', 0.84],
    ['dixon', 'dicksonx', 0.8133],
    ['jones', 'johnson', 0.8323],
    ['abroms', 'abrams', 0.9222],
    ['abc', 'xyz', 0],
    ['', '', 0],
  ])('of %s and %s is what Winkler gives', (a, b, expected) => {
    expect(jaroWinkler(a, b)).toBeCloseTo(expected, 3)
  })

  it('is never ruled out by the shapes where it reaches the least', () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        const similarity = jaroWinkler(a, b)
        return similarity === 0 || mayReach(similarity, shapeOf(a), shapesOf([b]), 0)
      }),
      { numRuns: 5_000, examples: [['aab', 'aba']] },
    )
  })

  it('is ruled out for most pairs that are far apart', () => {
    expect(mayReach(0.9, shapeOf('john smith'), shapesOf(['putin vladimir']), 0)).toBe(false)
  })
})

/** Chance that can be repeated: the same seed makes the same choices. */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

export class Random {
  readonly #generator: RandomGenerator

  constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed)
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    return uniformInt(this.#generator, 0, below - 1)
  }

  /** True once in `times` on average. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }

  /** One of several, each as often as its weight says; a weight of 0 never. */
  weighted<T>(choices: readonly (readonly [weight: number, item: T])[]): T {
    let at = this.below(choices.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, item] of choices) {
      if (at < weight) return item
      at -= weight
    }
    throw new RangeError('no choice has a weight')
  }
}

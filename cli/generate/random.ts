/** A small seeded generator of random numbers, so that a sample is the same bytes for the same seed everywhere. */

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** Uniform whole number in [from, to]. */
  between(from: number, to: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** Exponential with this mean: the gap between independent events. */
  exponential(mean: number): number
  /** Normal with mean 0 and standard deviation 1. */
  normal(): number
  pick<T>(items: readonly [T, ...T[]]): T
  /** One item, each as likely as its weight. */
  weighted<T extends { readonly weight: number }>(items: readonly [T, ...T[]]): T
}

const UINT32 = 2 ** 32

/** mulberry32: 32 bits of state, passes the usual tests for simulations; not for secrets. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / UINT32
  }
}

export function createRandom(seed: number): Random {
  const next = mulberry32(seed)
  // The first numbers of neighbouring seeds resemble each other.
  for (let skipped = 0; skipped < 8; skipped++) next()
  return {
    next,
    between: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    exponential: (mean) => -Math.log(1 - next()) * mean,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    weighted: (items) => {
      let rest = next() * items.reduce((sum, item) => sum + item.weight, 0)
      for (const item of items) {
        rest -= item.weight
        if (rest < 0) return item
      }
      return items[0]
    },
  }
}

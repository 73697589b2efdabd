/**
 * Load until the system is as fast as it gets. A broker that was just started runs uncompiled code, and on two cores its
 * compiler takes a minute and more of what the load would need: what is measured before says how long that took.
 */

/** Slices of load after which it is enough, steady or not. */
export const SLICES_MAX = 30
/** Slices in a row that bring no gain before the system counts as steady. */
export const STEADY_SLICES = 4
/** A median that falls by less than this share is no gain. */
const GAIN_SHARE_MIN = 0.05

/** Runs slices of load until their median latencies stop falling; answers how many it took. */
export async function warmUp(slice: () => Promise<{ p50Ms: number }>): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY
  let sinceGain = 0
  for (let count = 1; ; count++) {
    const { p50Ms } = await slice()
    sinceGain = p50Ms < bestMs * (1 - GAIN_SHARE_MIN) ? 0 : sinceGain + 1
    bestMs = Math.min(bestMs, p50Ms)
    if (sinceGain === STEADY_SLICES || count === SLICES_MAX) return count
  }
}

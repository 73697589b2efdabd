import { beforeAll, describe, expect, it } from 'vitest'
import type { WalletCodecs } from '../../streams/wallet/logic.ts'
import { memoryCodecs } from '../../streams/wallet/testing/fixtures.ts'
import { SABOTAGES } from './sabotage.ts'
import { simulate } from './simulation.ts'

/** `npm run simulate` runs more of them. */
const SEEDS = 400
const SABOTAGE_SEEDS_MAX = 600
const TIMEOUT_MS = 120_000

let codecs: WalletCodecs
beforeAll(async () => {
  codecs = await memoryCodecs()
})

describe('the runtime under simulated faults', { timeout: TIMEOUT_MS }, () => {
  it(`keeps every invariant, in ${SEEDS} simulations`, async () => {
    const faults = new Map<string, number>()
    let events = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulate(seed, codecs)
      expect(result.violation, `seed ${seed}:\n${result.trace.join('\n')}`).toBeUndefined()
      events += result.events
      for (const [kind, count] of result.faults) faults.set(kind, (faults.get(kind) ?? 0) + count)
    }
    expect(events).toBeGreaterThan(SEEDS * 10)
    expect([...faults.keys()].toSorted()).toEqual([
      'abort refused',
      'abort unanswered',
      'commit refused',
      'commit unanswered',
      'expiry',
      'fence refused',
      'fence unanswered',
      'kill',
      'pause',
      'rebalance',
      'send refused',
      'send unanswered',
    ])
  })

  it('repeats itself from its seed', async () => {
    const [one, other] = [await simulate(7, codecs), await simulate(7, codecs)]
    expect(one).toEqual(other)
  })
})

describe('a hazard without its defence shows', { timeout: TIMEOUT_MS }, () => {
  it.each(SABOTAGES)('$hazard', async (sabotage) => {
    for (let seed = 1; seed <= SABOTAGE_SEEDS_MAX; seed++)
      if ((await simulate(seed, codecs, sabotage)).violation !== undefined) return
    expect.unreachable(`${SABOTAGE_SEEDS_MAX} simulations noticed nothing`)
  })
})

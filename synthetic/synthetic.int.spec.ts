/** The check against the real platform: as a process with its metrics, by hand, and what it leaves behind. */
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { walletAnswer } from '../api/schemas/answers.ts'
import { riskProfileAnswer } from '../api/schemas/alerts.ts'
import { asAdmin, bodyOf, eventually, get, request } from '../api/testing/live.ts'
import { alertsPage } from '../tests/support/aml.ts'
import { startCli, startNode } from '../tests/support/e2e.ts'
import type { CliProcess } from '../tests/support/e2e.ts'
import { freePort } from '../tests/support/free-port.ts'
import { waitFor } from '../tests/support/wait.ts'
import { STEPS } from './pass.ts'

const WRONG_KEY = 'sk_test_that_nobody_has_made'
const INTERVAL_MS = 200

const passResult = z.object({
  playerId: z.string(),
  steps: z.array(z.object({ step: z.string(), durationMs: z.number() })),
  failed: z.object({ step: z.string(), reason: z.string() }).nullable(),
})

describe('by hand', () => {
  it('plays every step, and leaves an empty wallet, equal amounts and nothing for AML', async () => {
    const { code, stdout } = await startCli(['synthetic-check', '--json']).ended
    const { playerId, steps, failed } = passResult.parse(JSON.parse(stdout))
    expect([code, failed, steps.map(({ step }) => step)]).toEqual([0, null, [...STEPS]])

    const wallet = bodyOf(walletAnswer, await get(`/wallet/${playerId}?currency=EUR`))
    expect(wallet).toMatchObject({ balance: 0, held: 0 })
    const history = z.object({
      data: z.array(z.object({ type: z.string(), status: z.string(), amount: z.number() })),
    })
    const { data } = bodyOf(history, await get(`/wallet/${playerId}/transactions`))
    expect(data.toReversed()).toEqual(
      ['DEPOSIT', 'BET', 'WIN', 'WITHDRAWAL'].map((type) => ({ type, status: 'COMPLETED', amount: 10 })),
    )

    const profile = await eventually(async () => {
      const answer = await request('GET', `/aml/profiles/${playerId}`, undefined, asAdmin)
      if (answer.status !== 200) return undefined
      const read = bodyOf(riskProfileAnswer, answer)
      return read.last_withdrawal_at === null ? undefined : read
    })
    expect(profile).toMatchObject({ risk_factors: [], withdrawals_blocked: false })
    const alerts = await request('GET', `/aml/alerts?player_id=${playerId}`, undefined, asAdmin)
    expect(bodyOf(alertsPage, alerts).data).toEqual([])
  })

  it('names the step that fails, and ends with 1', async () => {
    const { code, stdout } = await startCli(['synthetic-check'], { SYNTHETIC_API_KEY: WRONG_KEY }).ended
    expect(stdout).toMatch(/^FAIL {2}register: PUT \/players\/synthetic-[\w-]+ was answered 401 /)
    expect(code).toBe(1)
  })
})

describe('as a process', () => {
  let running: CliProcess | undefined
  afterEach(async () => {
    running?.signal('SIGTERM')
    await running?.ended
  })

  /** Starts it, and answers its metrics once they say so. */
  async function metricsWhen(says: RegExp, environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const port = await freePort()
    const every = { ADMIN_PORT: String(port), SYNTHETIC_INTERVAL_MS: String(INTERVAL_MS) }
    running = startNode('synthetic/main.ts', { ...every, ...environment })
    return waitFor(
      async () => {
        const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
        return says.test(text) && text
      },
      { what: String(says) },
    )
  }

  it('passes again and again, and counts each step', async () => {
    const beganSeconds = Date.now() / 1_000
    const text = await metricsWhen(/^stakestream_synthetic_passes_total\{result="passed"\} [2-9]/m)
    expect(text).toContain('stakestream_synthetic_failed_in_a_row 0')
    for (const step of STEPS)
      expect(text).toMatch(new RegExp(`_step_milliseconds_count\\{step="${step}"\\} [2-9]`))
    const [, seconds] = /^stakestream_synthetic_passed_timestamp_seconds (\S+)/m.exec(text) ?? []
    expect(Number(seconds)).toBeGreaterThan(beganSeconds)
  })

  it('with a key that nobody has made fails at the first step, counts it, and writes the key nowhere', async () => {
    const text = await metricsWhen(/^stakestream_synthetic_failed_in_a_row [2-9]/m, {
      SYNTHETIC_API_KEY: WRONG_KEY,
    })
    expect(text).toMatch(/_step_failures_total\{step="register"\} [2-9]/)
    expect(text).toMatch(/_passes_total\{result="passed"\} 0/)
    const log = running?.output.stdout ?? ''
    expect(log).toMatch(/"step":"register","reason":"PUT .* was answered 401 /)
    expect(log).not.toContain(WRONG_KEY)
  })

  it('does not start without a key', async () => {
    const none = { SYNTHETIC_API_KEY: '', STAKESTREAM_PARTNER_KEY: '' }
    running = startNode('synthetic/main.ts', none)
    const { code, stderr } = await running.ended
    running = undefined
    expect([code, stderr]).toEqual([1, expect.stringContaining('SYNTHETIC_API_KEY is not set')])
  })
})

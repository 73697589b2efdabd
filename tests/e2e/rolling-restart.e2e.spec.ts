/** The shorter cut of `npm run rolling`: processes are stopped and started in turn while bets go on, and no request fails. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stackFrom } from '../../stack/stack.ts'
import { Rig } from '../chaos/rig.ts'
import { runRolling, stackPart } from '../rolling/run.ts'
import { startApi } from '../support/api-instance.ts'
import { required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'

const LIMIT_MS = 300_000
const PER_SECOND = 50
const NAMES = ['sink-postgres', 'wallet', 'wallet-2']

const rig = new Rig(stackFrom({ ...process.env, WALLETS: '2' }))

beforeAll(async () => {
  process.env['STANDBY'] = 'true'
  await rig.up('wallet-2')
}, LIMIT_MS)

afterAll(async () => {
  delete process.env['STANDBY']
  await rig.up('sink-postgres', 'wallet')
  await rig.stop('wallet-2')
}, LIMIT_MS)

describe('a rolling restart', () => {
  it(
    'fails no request, loses nothing and doubles nothing',
    async () => {
      const lines: string[] = []
      const { restarts, total, lost, doubled, violations } = await runRolling(
        (apis) => [...NAMES.map((name) => stackPart(rig, name)), ...apis],
        { perSecond: PER_SECOND, calmMs: 1_500, news: (line) => lines.push(line) },
      )
      process.stdout.write(`${lines.join('\n')}\n`)
      expect({ failures: total.failures, lost, doubled, violations }).toEqual({
        failures: [],
        lost: [],
        doubled: [],
        violations: [],
      })
      expect(restarts.map(({ name }) => name)).toEqual([...NAMES, 'api-1', 'api-2'])
      for (const { requests } of restarts) expect(requests).toBeGreaterThan(PER_SECOND)
    },
    LIMIT_MS,
  )
})

describe('an instance of the API that is told to stop', () => {
  it('says at once that it is not ready, answers on until the others have taken over, and ends', async () => {
    const instance = await startApi({ DRAIN_MS: '2000' })
    const ended = instance.stop()
    const isReady = async (): Promise<boolean> => (await fetch(`${instance.url}/health/ready`)).ok
    await waitFor(async () => !(await isReady()), { what: 'readiness to end' })
    const answer = await fetch(`${instance.url}/wallet/drained-${randomUUID()}/deposit`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': required('STAKESTREAM_PARTNER_KEY') },
      body: JSON.stringify({ amount: 1, currency: 'EUR', transaction_id_partner: `drained-${randomUUID()}` }),
    })
    expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close'])
    expect((await fetch(`${instance.url}/health/live`)).status).toBe(200)
    expect(await ended).toBe(0)
    await expect(fetch(`${instance.url}/health/live`)).rejects.toThrow('fetch failed')
  })
})

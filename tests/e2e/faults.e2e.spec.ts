/** Services that die or stay away in the middle of a replay: nothing is lost, nothing is doubled, bets are answered. */
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { withStores } from '../../cli/reconcile.ts'
import { endsOf } from '../../cli/reconcile/kafka.ts'
import type { ReplayResult } from '../../cli/replay/run.ts'
import { callApi, moneyOf, newSample, reconciled, replay } from '../support/e2e.ts'
import { isRunning, killService, startService, stopService } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

const SERVICES = ['postgres', 'clickhouse', 'wallet', 'api', 'sink-postgres', 'sink-clickhouse']

/** Whatever a test has left undone, the next one finds the stack whole. */
afterEach(async () => {
  for (const name of SERVICES) if (!(await isRunning(name))) await startService(name)
})

/** How long the log of transactions is: it grows while a replay is in its middle. */
const logLength = (): Promise<number> =>
  withStores(async ({ broker }) => {
    const ends = await endsOf(broker, 'wallet.transaction.created')
    return ends.reduce((sum, end) => sum + end, 0)
  })

/** Begins a replay and resolves when the first of its commands are decided. */
async function begin(file: string, via: 'rest' | 'kafka'): Promise<{ running: Promise<ReplayResult> }> {
  const length = await logLength()
  const running = replay(file, { via })
  await waitFor(async () => (await logLength()) > length + 100, { what: 'the middle of the replay' })
  return { running }
}

async function withKill(name: string, file: string, via: 'rest' | 'kafka'): Promise<ReplayResult> {
  const { running } = await begin(file, via)
  await killService(name)
  await startService(name)
  return running
}

/** Every row has its outcome, the stores agree, and the same file moves nothing more. */
async function expectExactlyOnce(
  file: string,
  rows: number,
  { figures, complete }: ReplayResult,
): Promise<void> {
  expect({ complete, commands: figures.commands }).toEqual({ complete: true, commands: rows })
  const result = await reconciled()
  expect(result.differences).toEqual([])
  const again = await replay(file, { via: 'kafka' })
  expect(again.figures).toMatchObject({ applied: 0, rejected: 0, replayed: rows })
  expect(moneyOf(await reconciled())).toEqual(moneyOf(result))
}

describe('in the middle of a replay', () => {
  it('the wallet processor is killed and started again: nothing is lost or doubled', async () => {
    const file = await newSample(4_000)
    await expectExactlyOnce(file, 4_000, await withKill('wallet', file, 'kafka'))
  })

  it('the API is killed and started again: nothing is lost or doubled', async () => {
    const file = await newSample(1_500)
    await expectExactlyOnce(file, 1_500, await withKill('api', file, 'rest'))
  })

  it('the sinks are killed and started again: nothing is lost or doubled', async () => {
    const file = await newSample(3_000)
    const { running } = await begin(file, 'kafka')
    await Promise.all([killService('sink-postgres'), killService('sink-clickhouse')])
    await startService('sink-postgres')
    await startService('sink-clickhouse')
    await expectExactlyOnce(file, 3_000, await running)
  })
})

describe('while PostgreSQL and ClickHouse are away', () => {
  it('bets are answered, and afterwards the stores are equal again', async () => {
    const player = `away-${randomUUID()}`
    const file = await newSample(1_000)
    await stopService('postgres')
    await stopService('clickhouse')
    const deposit = { amount: 100, currency: 'EUR', transaction_id_partner: 'd-1' }
    expect(await callApi('POST', `/wallet/${player}/deposit`, deposit)).toMatchObject({ status: 200 })
    for (let number = 1; number <= 20; number++) {
      const bet = {
        amount: 1,
        currency: 'EUR',
        game_id: 'g',
        round_id: `r-${number}`,
        transaction_id_partner: `b-${number}`,
      }
      const answer = await callApi('POST', `/wallet/${player}/bet`, bet)
      expect(answer).toMatchObject({ status: 200, body: { new_balance: 100 - number } })
    }
    const { figures, complete } = await replay(file, { via: 'kafka' })
    expect({ complete, commands: figures.commands }).toEqual({ complete: true, commands: 1_000 })
    await startService('postgres')
    await startService('clickhouse')
    const result = await reconciled()
    expect(result.differences).toEqual([])
    const wallet = await callApi('GET', `/wallet/${player}?currency=EUR&min_version=21`)
    expect(wallet).toMatchObject({ status: 200, body: { balance: 80, version: 21 } })
  })
})

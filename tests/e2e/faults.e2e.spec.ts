/** Services that die or stay away in the middle of a replay: nothing is lost, nothing is doubled, bets are answered. */
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { withLocalStores } from '../../cli/local-stores.ts'
import { endsOf } from '../../streams/runtime/read-log.ts'
import type { ReplayResult } from '../../cli/replay/run.ts'
import { callApi, moneyOf, newSample, reconciled, replay } from '../support/e2e.ts'
import { isRunning, killService, startService, stopService } from '../support/stack.ts'
import { waitFor } from '../support/wait.ts'

/** So many that the first hundred are decided, and the kill has come, long before the last: one way is faster than the other. */
const ROWS = { rest: 8_000, kafka: 40_000 }

const SERVICES = ['postgres', 'clickhouse', 'wallet', 'api', 'sink-postgres', 'sink-clickhouse']

/** Whatever a test has left undone, the next one finds the stack whole. */
afterEach(async () => {
  for (const name of SERVICES) if (!(await isRunning(name))) await startService(name)
})

/** How long the log of transactions is: it grows while a replay is in its middle. */
const logLength = (): Promise<number> =>
  withLocalStores(async ({ broker }) => {
    const ends = await endsOf(broker, 'wallet.transaction.created')
    return ends.reduce((sum, end) => sum + end, 0)
  })

/** Begins a replay and kills the services when the first of its commands are decided, long before the last. */
async function withKill(
  names: readonly string[],
  file: string,
  via: 'rest' | 'kafka',
): Promise<ReplayResult> {
  const length = await logLength()
  let isOver = false
  const running = replay(file, { via }).finally(() => {
    isOver = true
  })
  await waitFor(async () => (await logLength()) > length + 100, { what: 'the middle of the replay' })
  await Promise.all(names.map(killService))
  expect(isOver).toBe(false)
  for (const name of names) await startService(name)
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
  it.each<[string, readonly string[], 'rest' | 'kafka']>([
    ['the wallet processor is', ['wallet'], 'kafka'],
    ['the API is', ['api'], 'rest'],
    ['the sinks are', ['sink-postgres', 'sink-clickhouse'], 'kafka'],
  ])('%s killed and started again: nothing is lost or doubled', async (_, names, via) => {
    const rows = ROWS[via]
    const file = await newSample(rows, 200)
    await expectExactlyOnce(file, rows, await withKill(names, file, via))
  })
})

describe('while PostgreSQL and ClickHouse are away', () => {
  it('bets are answered, and afterwards the stores are equal again', async () => {
    const player = `away-${randomUUID()}`
    const file = await newSample(1_000)
    await stopService('postgres')
    await stopService('clickhouse')
    const deposit = { amount: 100, currency: 'EUR', transaction_id_partner: `${player}-deposit` }
    expect(await callApi('POST', `/wallet/${player}/deposit`, deposit)).toMatchObject({ status: 200 })
    for (let number = 1; number <= 20; number++) {
      const bet = {
        amount: 1,
        currency: 'EUR',
        game_id: 'g',
        round_id: `r-${number}`,
        transaction_id_partner: `${player}-bet-${number}`,
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

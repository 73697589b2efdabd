/** What `reconcile` is for: a store that was tampered with is found out, down to the record. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callApi, newSample, reconciled, replay, startCli, startNode } from '../support/e2e.ts'
import { required } from '../support/environment.ts'
import { freePort } from '../support/free-port.ts'
import { waitFor } from '../support/wait.ts'

const database = new pg.Client({ connectionString: required('DATABASE_URL') })

beforeAll(async () => {
  await database.connect()
  await replay(await newSample(300), { via: 'kafka' })
  await reconciled()
})

afterAll(() => database.end())

/** Runs `look` while a change of PostgreSQL is in force, and takes the change back. */
async function whileChanged(
  change: string,
  undo: string,
  values: unknown[],
  look: () => Promise<void>,
): Promise<void> {
  const { rowCount } = await database.query(change, values)
  expect(rowCount).toBeGreaterThan(0)
  try {
    await look()
  } finally {
    expect((await database.query(undo, values)).rowCount).toBe(rowCount)
  }
}

describe('a difference between the stores', () => {
  it('of one unit in one balance is named with its record, and ends with exit code 1', async () => {
    const { rows } = await database.query<{ id: string }>(
      'SELECT id::text FROM wallets ORDER BY updated_at DESC LIMIT 1',
    )
    const id = rows[0]?.id ?? ''
    const change = 'UPDATE wallets SET balance = balance + 0.0001 WHERE id = $1'
    const undo = 'UPDATE wallets SET balance = balance - 0.0001 WHERE id = $1'
    await whileChanged(change, undo, [id], async () => {
      const { code, stdout } = await startCli(['reconcile']).ended
      expect(code).toBe(1)
      expect(stdout).toMatch(
        new RegExp(
          `DIFFERENT: wallet ${id}: .* held in PostgreSQL \\[topic wallet.balance, partition \\d+, offset \\d+\\]`,
        ),
      )
      expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^DIFFERENT: \d+ differences$/)
    })
  })

  it('of one transaction that is missing is named with its place in the log', async () => {
    const hidden = '00000000-0000-4000-8000-000000000000'
    const { rows } = await database.query<{ id: string }>(
      `SELECT id::text FROM transactions WHERE type = 'BET' ORDER BY processed_at DESC LIMIT 1`,
    )
    const id = rows[0]?.id ?? ''
    const change = 'UPDATE transactions SET id = $2 WHERE id = $1'
    const undo = 'UPDATE transactions SET id = $1 WHERE id = $2'
    await whileChanged(change, undo, [id, hidden], async () => {
      const { differences } = await reconciled()
      expect(differences).toContainEqual({
        what: `transaction ${id} is missing in PostgreSQL`,
        where: expect.stringMatching(/^topic wallet.transaction.created, partition \d+, offset \d+$/),
      })
      expect(differences).toContainEqual({
        what: `transaction ${hidden} is in PostgreSQL without its event`,
        where: 'PostgreSQL',
      })
    })
  })

  it('that no sum shows, of two wallets on a day, is named with the last records of the day', async () => {
    const { rows } = await database.query<{ id: string; wallet: string }>(
      `SELECT DISTINCT ON (wallet_id) id::text, wallet_id::text AS wallet FROM transactions
       WHERE type = 'BET' AND status = 'COMPLETED' AND (currency, created_at::date) = (
         SELECT currency, created_at::date FROM transactions WHERE type = 'BET' AND status = 'COMPLETED'
         GROUP BY 1, 2 HAVING count(DISTINCT wallet_id) > 1 ORDER BY max(processed_at) DESC LIMIT 1)
       LIMIT 2`,
    )
    const ids = rows.map(({ id }) => id)
    const by = (sign: string): string =>
      `UPDATE transactions SET balance_after = balance_after ${sign} CASE WHEN id = $1 THEN 1 ELSE -1 END WHERE id IN ($1, $2)`
    await whileChanged(by('+'), by('-'), ids, async () => {
      const { differences } = await reconciled()
      expect(differences).toHaveLength(2)
      for (const { wallet } of rows)
        expect(differences).toContainEqual({
          what: expect.stringMatching(
            new RegExp(`^movements of wallet ${wallet} on \\d{4}-\\d\\d-\\d\\d: .* in PostgreSQL$`),
          ),
          where: expect.stringMatching(/^topic wallet.transaction.created, partition \d+, offset \d+$/),
        })
    })
  })

  it('is not there otherwise', async () => {
    const { code, stdout } = await startCli(['reconcile', '--json']).ended
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, differences: [] })
  })
})

describe('a reconciliation while bets go on', () => {
  it('finds no difference that is none', async () => {
    const playing = replay(await newSample(6_000), { via: 'kafka' })
    let done = false
    void playing.finally(() => (done = true))
    const seen: { events: number; walletsMoved: number }[] = []
    while (!done) {
      const { ok, differences, events, walletsMoved } = await reconciled()
      expect({ ok, differences }).toEqual({ ok: true, differences: [] })
      seen.push({ events, walletsMoved })
    }
    await playing
    const { events } = await reconciled()
    expect(seen.some((one) => one.events < events)).toBe(true)
    expect(seen.some(({ walletsMoved }) => walletsMoved > 0)).toBe(true)
  })
})

describe('a provider’s file of rounds', () => {
  const DAY_MS = 86_400_000
  /** Nobody else plays it. */
  const GAME = `reels-${Date.now()}`
  const HEADER = 'round_id,player_id,currency,bets,wins,rollbacks'
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stakestream-rounds-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function compare(rows: readonly string[], ...more: readonly string[]) {
    const file = join(folder, 'rounds.csv')
    await writeFile(file, [HEADER, ...rows].join('\n'))
    const partner = required('STAKESTREAM_PARTNER_ID')
    const day = (days: number): string => new Date(Date.now() + days * DAY_MS).toISOString()
    const period = ['--from', day(-1), '--to', day(1), '--game', GAME]
    return startCli(['reconcile', 'rounds', '--file', file, '--partner', partner, ...period, ...more]).ended
  }

  it('is held against the rounds of the platform, at once after they were played', async () => {
    const player = `rounds-${Date.now()}`
    const movement = (type: string, amount: number, id: string, more: object = {}): object => ({
      ...{ type, amount, player_id: player, currency: 'EUR' },
      ...{ transaction_id_partner: `${player}-${id}`, ...more },
    })
    const commands = [
      movement('DEPOSIT', 100, 'deposit'),
      movement('BET', 10.5, 'bet', { game_id: GAME, round_id: 'one' }),
      movement('WIN', 3.0001, 'win', { game_id: GAME, round_id: 'one' }),
    ]
    const { body } = await callApi('POST', '/wallet/batch', { commands })
    expect(body).toMatchObject({ results: commands.map(() => ({ status: 200 })) })
    const same = await compare([`one,${player},EUR,10.50,3.0001,0`])
    expect([same.code, same.stdout, same.stderr]).toEqual([
      0,
      'OK: 1 rounds in the file, 1 here, the same bets, wins and rollbacks\n',
      '',
    ])
    const other = await compare([`one,${player},EUR,10.50,3,0`], '--json')
    expect(other.code).toBe(1)
    expect(JSON.parse(other.stdout)).toMatchObject({
      ok: false,
      differences: [{ where: expect.stringMatching(/^line 2; topic .*, partition \d+, offset \d+$/) }],
    })
  })

  it('with a broken line is refused, with its number and the reason', async () => {
    const { code, stdout, stderr } = await compare(['one,anna,EUR,1,2,0', 'two,anna,EUR,1e3,2,0'])
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^error INVALID_ROW: line 3: bets "1e3" is no amount with at most four decimals; /)
  })

  it('is not asked for with a period that ends before it begins', async () => {
    const { code, stderr } = await compare([], '--to', '2026-04-01')
    expect([code, stderr]).toEqual([2, expect.stringContaining('--to must lie after --from')])
  })
})

describe('the reconciliation on a schedule', () => {
  it('shows a difference within the interval, and that it is gone, and provider files that are none', async () => {
    const port = await freePort()
    const metrics = async (): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined)
      return (await answer?.text()) ?? ''
    }
    const differences = async (): Promise<string | undefined> =>
      /^stakestream_reconciliation_differences (\d+)$/m.exec(await metrics())?.[1]
    const files = await mkdtemp(join(tmpdir(), 'stakestream-files-'))
    await writeFile(join(files, 'broken.json'), '{')
    const child = startNode('reconciliation/main.ts', {
      ADMIN_PORT: String(port),
      RECONCILE_INTERVAL_MS: '200',
      RECONCILE_FILES: files,
    })
    try {
      const { rows } = await database.query<{ id: string }>('SELECT id::text FROM wallets LIMIT 1')
      const change = 'UPDATE wallets SET balance = balance + 1 WHERE id = $1'
      const undo = 'UPDATE wallets SET balance = balance - 1 WHERE id = $1'
      await whileChanged(change, undo, [rows[0]?.id], async () => {
        await waitFor(async () => Number(await differences()) > 0, { what: 'a difference' })
      })
      await waitFor(async () => (await differences()) === '0', { what: 'no difference' })
      expect(await metrics()).toContain('stakestream_reconciliation_files{result="refused"} 1')
    } finally {
      child.signal('SIGTERM')
    }
    expect((await child.ended).code).toBe(0)
    await rm(files, { recursive: true })
  })
})

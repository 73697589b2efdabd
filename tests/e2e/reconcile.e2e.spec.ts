/** What `reconcile` is for: a store that was tampered with is found out, down to the record. */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newSample, reconciled, replay, startCli } from '../support/e2e.ts'
import { required } from '../support/environment.ts'

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
  expect((await database.query(change, values)).rowCount).toBe(1)
  try {
    await look()
  } finally {
    expect((await database.query(undo, values)).rowCount).toBe(1)
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

  it('is not there otherwise', async () => {
    const { code, stdout } = await startCli(['reconcile', '--json']).ended
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, differences: [] })
  })
})

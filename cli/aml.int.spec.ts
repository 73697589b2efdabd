/** `aml backtest` as a user runs it, over what went through the running system before. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { newApiKeyAnswer, partnerAnswer } from '../api/schemas/partners.ts'
import { asAdmin, bodyOf, newId, post, request } from '../api/testing/live.ts'
import { DEFAULT_RULES } from '../domain/aml/rules.ts'
import { playerKey } from '../domain/ids.ts'
import { close, testCommand } from '../streams/alerts/testing/fixtures.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import { brokersFromEnvironment, required } from '../tests/support/environment.ts'
import { waitFor } from '../tests/support/wait.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { backtest } from './aml/backtest.ts'
import { run } from './main.ts'

const MAIN = new URL('main.ts', import.meta.url).pathname
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

const fromMs = Date.now() - 10 * DAY_MS
const toMs = fromMs + DAY_MS
const at = (hours: number): string => new Date(fromMs + hours * HOUR_MS).toISOString()

/** Deposits from half the usual threshold on are large; none are linked. */
const CANDIDATE = {
  ...DEFAULT_RULES,
  currencies: { USD: { large_transaction: '5000', linked_deposits: '1000000' } },
}

const folder = mkdtempSync(join(tmpdir(), 'stakestream-backtest-spec-'))
const database = new pg.Client({ connectionString: required('DATABASE_URL') })
const structurer = newId('structurer')
const spender = newId('spender')
const whale = newId('whale')
let partnerId: string
/** Ids of the compared deposits. */
let third: string
let half: string
let large: string

const fileOf = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

interface Ended {
  exitCode: number
  stdout: string
  stderr: string
}

const argsOf = (config: object): string[] => {
  const times = ['--from', at(0), '--to', at(24)]
  return ['aml', 'backtest', '--config', fileOf('rules.json', JSON.stringify(config)), ...times]
}

/** Runs the command line as a process of its own. */
function runProcess(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

/** Sends a step of an officer to the processor of alerts. */
async function closeAlert(alertId: string, playerId: string): Promise<void> {
  const codec = await createCodec('aml.command', registrySource({ url: required('SCHEMA_REGISTRY_URL') }))
  const log = pino({ level: 'silent' })
  const broker = await connectKafkajs({ brokers: brokersFromEnvironment(), clientId: newId('closer'), log })
  const parts = { ...close(alertId), partner_id: partnerId, player_id: playerId }
  const command = testCommand(crypto.randomUUID(), Date.now(), parts)
  await broker.send('aml.command', [{ key: playerKey(partnerId, playerId), value: codec.encode(command) }])
  await broker.close()
}

/** Waits for the alert of a transaction in PostgreSQL, and answers its id. */
const alertOf = (playerId: string, type: string, status: string): Promise<string> =>
  waitFor(
    async () => {
      const { rows } = await database.query<{ id: string }>(
        'SELECT id::text FROM aml_alerts WHERE partner_id = $1 AND player_id = $2 AND alert_type = $3 AND alert_status = $4',
        [partnerId, playerId, type, status],
      )
      return rows[0]?.id
    },
    { what: `an alert ${type} that is ${status}` },
  )

beforeAll(async () => {
  await database.connect()
  const made = await request('POST', '/partners', { name: newId('Casino'), type: 'operator' }, asAdmin)
  partnerId = bodyOf(partnerAnswer, made).id
  const scopes = ['wallet:write', 'wallet:backfill']
  const key = await request('POST', `/partners/${partnerId}/api-keys`, { scopes }, asAdmin)
  const headers = { 'x-api-key': bodyOf(newApiKeyAnswer, key).key }
  const deposit = async (player: string, amount: number, hours: number): Promise<string> => {
    const body = { amount, currency: 'USD', transaction_id_partner: newId('dep'), created_at: at(hours) }
    const answer = await post(`/wallet/${player}/deposit`, body, headers)
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
    return bodyOf(z.object({ transaction_id: z.string() }), answer).transaction_id
  }
  await deposit(structurer, 9_000, -20)
  await deposit(structurer, 9_000, -10)
  third = await deposit(structurer, 9_000, 1)
  half = await deposit(spender, 5_000, 2)
  large = await deposit(whale, 10_000, 3)
  await deposit(spender, 20_000, 24)
  await closeAlert(await alertOf(whale, 'THRESHOLD', 'NEW'), whale)
  await alertOf(whale, 'THRESHOLD', 'CLOSED')
})
afterAll(async () => {
  await database.end()
  rmSync(folder, { recursive: true, force: true })
})

describe('aml backtest', () => {
  it('says what a candidate adds and drops, how well both tell players apart, and what analysts decided', async () => {
    const labels = `player_id,label\n${structurer},structuring\n${spender},normal\n${whale},large\nnobody,large\n`
    const file = fileOf('labels.csv', labels)
    const ended = await runProcess([...argsOf(CANDIDATE), '--partner', partnerId, '--labels', file, '--json'])
    expect([ended.exitCode, ended.stderr]).toEqual([0, expect.stringContaining('37 days before --from')])
    const found = (transactions: number) => ({ transactions, alerts: transactions, players: transactions })
    const result: unknown = JSON.parse(ended.stdout)
    expect(result).toEqual({
      complete: true,
      from: at(0),
      to: at(24),
      warm_up_from: at(-37 * 24),
      partner_id: partnerId,
      warm_up_transactions: 2,
      transactions: 3,
      rules_in_force: { 'platform/0': 3 },
      types: [
        {
          alert_type: 'THRESHOLD',
          in_force: found(1),
          candidate: found(3),
          added: { count: 2, transaction_ids: expect.arrayContaining([third, half]) },
          dropped: { count: 0, transaction_ids: [] },
        },
        {
          alert_type: 'STRUCTURING',
          in_force: found(1),
          candidate: found(0),
          added: { count: 0, transaction_ids: [] },
          dropped: { count: 1, transaction_ids: [third] },
        },
      ],
      labels: {
        players: 3,
        in_force: {
          true_positives: 2,
          false_positives: 0,
          false_negatives: 0,
          precision: 1,
          recall: 1,
          found_by_label: { large: 1, normal: 0, structuring: 1 },
        },
        candidate: {
          true_positives: 2,
          false_positives: 1,
          false_negatives: 0,
          precision: 2 / 3,
          recall: 1,
          found_by_label: { large: 1, normal: 1, structuring: 1 },
        },
      },
      outcomes: [
        {
          alert_type: 'THRESHOLD',
          open: 0,
          closed: 1,
          reported: 0,
          by_resolution: { [close('').resolution_code ?? '']: 1 },
        },
      ],
    })
  })

  it('prints the same for people', async () => {
    const printed: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0)
    const exitCode = await run([...argsOf(DEFAULT_RULES), '--partner', partnerId])
    vi.restoreAllMocks()
    const text = printed.join('')
    expect([exitCode, text]).toEqual([0, expect.stringContaining('3 transactions from')])
    expect(text).toMatch(/^THRESHOLD +1 +1 +1 +1 +1 +1 +0 +0$/m)
    expect(text).not.toContain(large)
  })

  it('gives what was done where it is stopped', async () => {
    const options = { candidate: CANDIDATE, fromMs, toMs, partnerId, labels: new Map(), idsMax: 1 }
    const stopped = { ...options, showProgress: false, signal: AbortSignal.abort() }
    expect(await backtest(stopped)).toMatchObject({
      complete: false,
      transactions: 0,
      types: [],
      labels: null,
    })
  })
})

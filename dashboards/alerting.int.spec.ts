/**
 * Alerts on their whole way: a sink that is really behind, a record that is really put aside, a real Prometheus that finds it
 * by the product's own rules, and a real Alertmanager that tells whom the product's own routes name. Times alone are shorter.
 */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TransactionCreated } from '../avro/types.ts'
import { startAdminServer } from '../service/admin-server.ts'
import { createCipher } from '../service/encryption.ts'
import { createLogger } from '../service/logger.ts'
import { createPostgresStore } from '../sinks/postgres/store.ts'
import { alertmanagerPrograms, prometheusPrograms } from '../stack/prometheus.ts'
import type { AlertmanagerPrograms, PrometheusPrograms } from '../stack/prometheus.ts'
import { freePort } from '../tests/support/free-port.ts'
import { createScratchPostgres } from '../tests/support/scratch-databases.ts'
import { aTransaction } from '../tests/support/sink-events.ts'
import { createRig } from '../tests/support/sink-rig.ts'
import type { Rig } from '../tests/support/sink-rig.ts'
import { unavailable } from '../tests/support/unavailable.ts'
import { waitFor } from '../tests/support/wait.ts'
import { alertRules } from './metrics/rules.ts'
import { startAlertmanager } from './testing/alertmanager.ts'
import type { RunningAlertmanager } from './testing/alertmanager.ts'
import { DOWNLOAD_TIMEOUT_MS, hadOrMissing } from './testing/programs.ts'
import type { Had } from './testing/programs.ts'
import { startPrometheus } from './testing/prometheus.ts'
import type { RunningPrometheus } from './testing/prometheus.ts'
import { ALERTMANAGER_SETTINGS, writeShortenedRules } from './testing/shortened.ts'

const run = promisify(execFile)
/** Until Alertmanager has put together what mutes what, in milliseconds. */
const MUTED_MS = 10_000

let had: Had<AlertmanagerPrograms> = { missing: 'not looked for' }
let hadPrometheus: Had<PrometheusPrograms> = { missing: 'not looked for' }
let alertmanager: RunningAlertmanager | undefined

beforeAll(async () => {
  had = await hadOrMissing(alertmanagerPrograms)
  hadPrometheus = await hadOrMissing(prometheusPrograms)
  if (had.programs !== undefined) alertmanager = await startAlertmanager(had.programs.alertmanager)
}, DOWNLOAD_TIMEOUT_MS)
afterAll(() => alertmanager?.stop())

const why = (): string => had.missing ?? hadPrometheus.missing ?? ''

describe('the settings of Alertmanager', () => {
  const RECEIVERS = [
    ['severity=critical', 'on-call'],
    ['severity=warning', 'team'],
    ['severity=unheard-of', 'team'],
  ] as const

  it('are taken by amtool', async (context) => {
    if (had.programs === undefined) return unavailable(context, why())
    const { stdout } = await run(had.programs.amtool, ['check-config', ALERTMANAGER_SETTINGS])
    expect(stdout).toContain('SUCCESS')
  })

  it.for(RECEIVERS)('send %s to %s', async ([label, receiver], context) => {
    if (had.programs === undefined) return unavailable(context, why())
    const asked = ['config', 'routes', 'test', `--config.file=${ALERTMANAGER_SETTINGS}`, label]
    expect((await run(had.programs.amtool, asked)).stdout.trim()).toBe(receiver)
  })

  it('route every severity that a rule has', () => {
    const severities = new Set(alertRules().map(({ labels }) => `severity=${labels.severity}`))
    expect([...severities].sort()).toEqual(['severity=critical', 'severity=warning'])
  })

  it('hold no secret: each is read from a file', () => {
    const text = readFileSync(ALERTMANAGER_SETTINGS, 'utf8')
    expect(text).not.toMatch(/(api_url|routing_key|service_key|password|token|credentials):/)
    expect(text.match(/_file: \/etc\/alertmanager\/secrets\//g)).toHaveLength(2)
  })
})

/** An alert with the severity of its rule. */
const raised = (alertname: string, labels: Record<string, string> = {}): Record<string, string> => ({
  alertname,
  severity: alertRules().find(({ alert }) => alert === alertname)?.labels.severity ?? '',
  ...labels,
})

describe('what follows from something that is told already', () => {
  const SOURCES = [
    raised('ServiceAway', { service: 'wallet' }),
    raised('ServiceAway', { service: 'sink-webhooks' }),
    raised('ServiceAway', { service: 'reconciliation' }),
    raised('SinkUnavailable', { service: 'sink-clickhouse' }),
    raised('RestoreStalled', { service: 'aml', processor: 'aml', partition: '3' }),
    raised('SyntheticCheckFailing', { service: 'synthetic' }),
  ]
  const CASES: readonly [muted: boolean, alert: Record<string, string>][] = [
    [true, raised('LagOfProcessor', { service: 'wallet', processor: 'wallet' })],
    [false, raised('LagOfProcessor', { service: 'games', processor: 'games' })],
    [true, raised('RepliesMissing', { service: 'api' })],
    [true, raised('WebhooksOverdue', { service: 'sink-webhooks' })],
    [true, raised('ReconciliationAbsent', { service: 'reconciliation' })],
    [true, raised('LagOfSink', { service: 'sink-clickhouse', sink: 'sink-clickhouse' })],
    [false, raised('LagOfSink', { service: 'sink-postgres', sink: 'sink-postgres' })],
    [true, raised('LagOfProcessor', { service: 'aml', processor: 'aml' })],
    [true, raised('PartitionNotProcessed', { service: 'aml', processor: 'aml', partition: '3' })],
    [false, raised('PartitionNotProcessed', { service: 'aml', processor: 'aml', partition: '4' })],
    [true, raised('SyntheticCheckStale', { service: 'synthetic' })],
    [false, raised('StoresDiffer', { service: 'reconciliation' })],
    [false, raised('UnbalancedLedger', { service: 'reconciliation' })],
    [false, raised('DeadLettersOfProcessor', { service: 'wallet', processor: 'wallet' })],
  ]

  it('is muted, and what is not does not: money and records put aside never', async (context) => {
    if (alertmanager === undefined) return unavailable(context, why())
    const { raise, alerts, told } = alertmanager
    await raise([...SOURCES, ...CASES.map(([, alert]) => alert)])
    const keyOf = (labels: object): string => Object.entries(labels).map(String).sort().join()
    const asRaised = async (): Promise<unknown> => {
      const known = new Map(
        (await alerts()).map(({ labels, status }) => [keyOf(labels), status.inhibitedBy.length > 0] as const),
      )
      return CASES.map(([, alert]) => [known.get(keyOf(alert)), alert])
    }
    await expect.poll(asRaised, { timeout: MUTED_MS }).toEqual(CASES)
    await waitFor(() => told.some(({ alertname }) => alertname === 'StoresDiffer'), { what: 'a message' })
    expect(told.map(({ alertname }) => alertname)).not.toContain('WebhooksOverdue')
  })
})

describe('docs/alerting.md', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/alerting.md'), 'utf8')
  const [silence = '', show = '', hear = ''] = text.match(/^amtool --alertmanager.*$/gm) ?? []

  it('says how an alert is silenced for a while, and heard again', async (context) => {
    if (alertmanager === undefined || had.programs === undefined) return unavailable(context, why())
    const { raise, alerts, address } = alertmanager
    const path = `${dirname(had.programs.amtool)}:${process.env['PATH']}`
    const env = { ...process.env, ALERTMANAGER: `http://${address}`, PATH: path }
    const shell = (command: string): Promise<{ stdout: string }> => run('bash', ['-euc', command], { env })
    const isSilent = async (): Promise<boolean> =>
      (await alerts()).some(
        ({ labels, status }) => labels['service'] === 'sink-postgres' && status.silencedBy.length > 0,
      )
    await raise([raised('LagOfSink', { service: 'sink-postgres', sink: 'sink-postgres' })])
    await shell(silence)
    await waitFor(isSilent, { what: 'the silence' })
    expect((await shell(show)).stdout).toContain('service="sink-postgres"')
    await shell(hear)
    await waitFor(async () => !(await isSilent()), { what: 'the end of the silence' })
  })
})

describe('an alert of the running product', () => {
  const SINK = 'sink-test'
  const BEHIND = 1_200
  let rig: Rig
  let prometheus: RunningPrometheus | undefined
  let database: Awaited<ReturnType<typeof createScratchPostgres>>
  let stopMetrics = (): void => undefined
  let rulesFolder = ''

  beforeAll(async () => {
    if (hadPrometheus.programs === undefined || alertmanager === undefined) return
    database = await createScratchPostgres()
    rig = await createRig()
    const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', randomBytes(32)]]) })
    const logger = createLogger('test', 'silent')
    const sink = rig.startSink(createPostgresStore({ databaseUrl: database.url, cipher, logger }))
    const port = await freePort()
    const server = await startAdminServer({
      port,
      registry: sink.registry,
      readiness: sink.readiness,
      logger,
    })
    stopMetrics = () => void server.close()
    rulesFolder = mkdtempSync(join(tmpdir(), 'stakestream-rules-'))
    prometheus = await startPrometheus(hadPrometheus.programs.prometheus, {
      targets: { [SINK]: `127.0.0.1:${port}` },
      ruleFiles: [writeShortenedRules(rulesFolder, ['LagOfSink', 'DeadLettersOfSink'])],
      alertmanager: alertmanager.address,
    })
    await waitFor(async () => (await lag()) === 0, { what: 'a sink that is not behind' })
  })
  afterAll(async () => {
    await prometheus?.stop()
    stopMetrics()
    await rig?.close()
    await database?.drop()
    rmSync(rulesFolder, { recursive: true, force: true })
  })

  const started = (): RunningPrometheus => {
    if (prometheus === undefined) throw new Error('there is no Prometheus')
    return prometheus
  }
  const lag = async (): Promise<number> => {
    const [sum] = await started().query('sum by (sink) (stakestream_sink_lag_records)')
    return Number(sum?.value[1])
  }
  const fires = async (alert: string): Promise<boolean> =>
    (await started().firing()).some(({ alertname, service }) => alertname === alert && service === SINK)
  /** Of Prometheus: what a test raises itself has no runbook. */
  const isTold = (alert: string, status: string): Promise<unknown> =>
    waitFor(
      () =>
        alertmanager?.told.find(
          (one) => one.alertname === alert && one.status === status && one.runbook !== '',
        ),
      { what: `${alert} ${status}` },
    )

  /** Rows can't be written while it is held, as under a migration that locks too much. */
  async function holdTable(): Promise<() => Promise<void>> {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query('BEGIN')
    await client.query('LOCK TABLE transactions IN ACCESS EXCLUSIVE MODE')
    return () => client.end()
  }

  it('LagOfSink fires while a sink is really behind, is told to the team, and clears when it has caught up', async (context) => {
    if (prometheus === undefined || alertmanager === undefined) return unavailable(context, why())
    expect(await fires('LagOfSink')).toBe(false)
    const release = await holdTable()
    try {
      const events: TransactionCreated[] = Array.from({ length: BEHIND }, () => aTransaction())
      await rig.produce('wallet.transaction.created', events)
      await waitFor(async () => (await lag()) >= 1_000, { what: 'the lag' })
      await waitFor(() => fires('LagOfSink'), { what: 'the alert in Prometheus' })
      await isTold('LagOfSink', 'firing')
      const known = (await alertmanager.alerts()).filter(({ labels }) => labels['service'] === SINK)
      expect(known.map(({ labels }) => labels)).toEqual([
        { alertname: 'LagOfSink', severity: 'warning', service: SINK, sink: SINK },
      ])
    } finally {
      await release()
    }
    await waitFor(async () => (await lag()) === 0, { what: 'the sink to catch up' })
    await waitFor(async () => !(await fires('LagOfSink')), { what: 'the end of the alert in Prometheus' })
    await isTold('LagOfSink', 'resolved')
    expect(alertmanager.told.filter(({ runbook }) => runbook.endsWith('/LagOfSink.md'))).toEqual(
      ['firing', 'resolved'].map((status) => expect.objectContaining({ receiver: 'team', status })),
    )
    const [{ count } = { count: 0 }] = await database.rows('SELECT count(*)::int AS count FROM transactions')
    expect(count).toBe(BEHIND)
  })

  it('DeadLettersOfSink fires when a record is put aside, is told to whoever is on call, and clears', async (context) => {
    if (prometheus === undefined || alertmanager === undefined) return unavailable(context, why())
    await rig.produceRaw('wallet.transaction.created', Buffer.from('no wire format'))
    await waitFor(() => fires('DeadLettersOfSink'), { what: 'the alert in Prometheus' })
    await isTold('DeadLettersOfSink', 'firing')
    await isTold('DeadLettersOfSink', 'resolved')
    expect(await fires('DeadLettersOfSink')).toBe(false)
    expect(alertmanager.told.filter(({ alertname }) => alertname === 'DeadLettersOfSink')).toEqual(
      ['firing', 'resolved'].map((status) => expect.objectContaining({ receiver: 'on-call', status })),
    )
  })
})

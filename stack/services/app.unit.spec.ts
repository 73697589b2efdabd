import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { stackFrom } from '../stack.ts'
import { appServices } from './app.ts'
import { selectServices } from './index.ts'
import type { Service } from './service.ts'

const folder = mkdtempSync(join(tmpdir(), 'stakestream-app-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(() => vi.unstubAllEnvs())

const servicesWith = (more: NodeJS.ProcessEnv): readonly Service[] =>
  appServices(stackFrom({ LOCAL_DIR: folder, ...more }))
const namesOf = (services: readonly Service[]): string[] => services.map(({ name }) => name)

test('given the group app, then every process of the product is meant', () => {
  expect(namesOf(selectServices(servicesWith({}), ['app']))).toEqual([
    'wallet',
    'partners',
    'aml',
    'aml-alerts',
    'settlement',
    'games',
    'sink-postgres',
    'sink-clickhouse',
    'sink-webhooks',
    'screening',
    'settlement-worker',
    'games-worker',
    'reconciliation',
    'api',
    'game-sandbox',
  ])
})

test('given two sinks into ClickHouse, then both are started on ports of their own', () => {
  const sinks = servicesWith({ CLICKHOUSE_SINKS: '2' }).filter(({ name }) =>
    name.startsWith('sink-clickhouse'),
  )
  expect(namesOf(sinks)).toEqual(['sink-clickhouse', 'sink-clickhouse-2'])
  expect(new Set(sinks.flatMap(({ ports }) => ports)).size).toBe(2)
})

test('given two of them, then each processor has an admin port and a state folder of its own', async () => {
  const processors = servicesWith({ WALLETS: '2', AML_PROCESSORS: '2' }).slice(0, 7)
  expect(namesOf(processors)).toEqual([
    'wallet',
    'wallet-2',
    'partners',
    'aml',
    'aml-2',
    'aml-alerts',
    'settlement',
  ])
  const commands = await Promise.all(processors.map((service) => service.command({})))
  const folders = commands.map(({ env }) => env?.['STATE_DIR'] ?? '')
  expect(new Set(folders).size).toBe(processors.length)
  expect(folders.every((each) => existsSync(each))).toBe(true)
  expect(commands.map(({ env }) => Number(env?.['ADMIN_PORT']))).toEqual(
    processors.flatMap(({ ports }) => ports),
  )
  expect(commands.map(({ args }) => args.at(-1)?.split('/streams/')[1])).toEqual([
    'wallet/main.ts',
    'wallet/main.ts',
    'partners/main.ts',
    'aml/main.ts',
    'aml/main.ts',
    'alerts/main.ts',
    'settlement/main.ts',
  ])
})

test.each([
  [undefined, /^sample:opensanctions:sanction:(.*)$/],
  ['ofac:ofac:sanction:/a.csv,/b.csv', /^ofac:ofac:sanction:\/a.csv,\/b.csv$/],
  ['', /^$/],
])(
  'given WATCHLISTS=%s, then screening and the API get it, or a sample that is there',
  async (given, expected) => {
    vi.stubEnv('WATCHLISTS', given)
    for (const service of selectServices(servicesWith({}), ['screening', 'api'])) {
      const { env } = await service.command({})
      const [, sample] = expected.exec(env?.['WATCHLISTS'] ?? 'absent') ?? []
      expect(env?.['WATCHLISTS']).toMatch(expected)
      if (sample !== undefined) expect(existsSync(sample)).toBe(true)
    }
  },
)

test('given its name, then what is optional is meant; of a group it is no part', () => {
  const services = servicesWith({})
  expect(namesOf(selectServices(services, ['synthetic']))).toEqual(['synthetic'])
  expect(namesOf(selectServices(services, ['all']))).not.toContain('synthetic')
})

import type { AddressInfo } from 'node:net'
import type { Server } from 'node:http'
import { Registry } from '@prometheus-io/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startAdminServer } from './admin-server.ts'
import { LOG_LEVEL_MINUTES_MAX } from './log-level.ts'
import { createLogger } from './logger.ts'
import type { Logger } from './logger.ts'

const MINUTE_MS = 60_000
let server: Server
let logger: Logger
let lines: Record<string, unknown>[]
let url: string

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  lines = []
  logger = createLogger('test', 'error', { write: (line) => void lines.push(JSON.parse(line)) })
  server = await startAdminServer({
    port: 0,
    registry: new Registry(),
    readiness: () => ({ ready: false, parts: {} }),
    logger,
  })
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => {
  vi.useRealTimers()
  server.closeAllConnections()
  server.close()
})

const put = (body: string): Promise<Response> => fetch(`${url}/log-level`, { method: 'PUT', body })

describe('the log level', () => {
  it('is changed for some minutes, goes back by itself, and the log says both, however quiet it is', async () => {
    const response = await put('{"level": "debug", "minutes": 10}')
    expect([response.status, await response.json()]).toEqual([
      200,
      { level: 'debug', configured: 'error', until: new Date(Date.now() + 10 * MINUTE_MS).toISOString() },
    ])
    logger.debug('seen')
    await vi.advanceTimersByTimeAsync(10 * MINUTE_MS - 1)
    expect(logger.level).toBe('debug')
    await vi.advanceTimersByTimeAsync(1)
    logger.warn('not seen')
    expect(await (await fetch(`${url}/log-level`)).json()).toEqual({
      level: 'error',
      configured: 'error',
      until: null,
    })
    expect(lines).toMatchObject([
      { msg: 'log level changed', level: 'info', was: 'error', now: 'debug', minutes: 10, from: '127.0.0.1' },
      { msg: 'seen' },
      { msg: 'log level changed', was: 'debug', now: 'error', from: 'time limit' },
    ])
  })

  it('is changed by the last of two calls, which sets the time anew', async () => {
    await put('{"level": "trace", "minutes": 1}')
    await put('{"level": "debug", "minutes": 5}')
    await vi.advanceTimersByTimeAsync(2 * MINUTE_MS)
    expect(logger.level).toBe('debug')
    await vi.advanceTimersByTimeAsync(3 * MINUTE_MS)
    expect(logger.level).toBe('error')
  })

  it.each([
    '',
    'nonsense',
    '{"level": "debug"}',
    '{"level": "silent", "minutes": 1}',
    '{"level": "debug", "minutes": 0}',
    `{"level": "debug", "minutes": ${LOG_LEVEL_MINUTES_MAX + 1}}`,
    '{"level": "debug", "minutes": 1, "for": "ever"}',
    `{"level": "debug", "minutes": 1${' '.repeat(2_000)}}`,
  ])('stays where the body is not what it should be: %s', async (body) => {
    const response = await put(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toHaveProperty('detail')
    expect(logger.level).toBe('error')
    expect(lines).toEqual([])
  })
})

it('probes and metrics are answered, all else is not there', async () => {
  const statuses = await Promise.all(
    ['/health/live', '/health/ready', '/metrics', '/elsewhere'].map(
      async (path) => (await fetch(url + path)).status,
    ),
  )
  expect(statuses).toEqual([200, 503, 200, 404])
})

/**
 * ClickHouse: chDB (the engine in a library) behind a small process that speaks ClickHouse's HTTP protocol.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DATABASE_NAME } from '../env-file.ts'
import { StackError } from '../errors.ts'
import { dataDirOf, type Stack } from '../stack.ts'
import { answersOk, type Service } from './service.ts'

async function createDatabase(url: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    body: `CREATE DATABASE IF NOT EXISTS ${DATABASE_NAME}`,
  })
  const text = await response.text()
  if (!response.ok) throw new StackError(`ClickHouse could not make its database: ${text.trim()}`)
}

export function clickhouseService(stack: Stack): Service {
  const port = stack.ports.clickhouse
  const url = `http://127.0.0.1:${port}/`
  const dataDir = dataDirOf(stack, 'clickhouse')
  return {
    name: 'clickhouse',
    kind: 'infra',
    ports: [port],
    command: () => {
      mkdirSync(dataDir, { recursive: true })
      return Promise.resolve({
        file: process.execPath,
        args: [join(stack.rootDir, 'stack', 'clickhouse-front', 'main.ts')],
        cwd: dataDir,
        env: {
          CLICKHOUSE_FRONT_PORT: String(port),
          CLICKHOUSE_FRONT_PATH: join(dataDir, 'db'),
          // Queries run on libuv's threads; this many may run side by side.
          UV_THREADPOOL_SIZE: '16',
        },
      })
    },
    isReady: () => answersOk(`${url}ping`),
    afterReady: () => createDatabase(url),
    readyLimitMs: 120_000,
    stopSignal: 'SIGTERM',
    stopLimitMs: 20_000,
  }
}

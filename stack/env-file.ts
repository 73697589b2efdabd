/**
 * The environment of everything that talks to the stack: one object, written to `.local/env` in shell syntax and given
 * to the product's own processes. Secrets are made once and kept until `reset`.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { codeOf } from './errors.ts'
import type { Stack } from './stack.ts'

export const DATABASE_NAME = 'stakestream'
/** Of the local PostgreSQL, which listens on the loopback alone. */
export const POSTGRES_USER = 'stakestream'
export const POSTGRES_PASSWORD = 'stakestream'

export type StackEnv = Readonly<Record<string, string>>

export const envPathOf = (stack: Stack): string => join(stack.localDir, 'env')

/** A value as a POSIX shell word. */
export function shellQuote(value: string): string {
  return /^[A-Za-z0-9_./:@%+=,-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`
}

function shellUnquote(word: string): string {
  return word.startsWith("'") ? word.slice(1, -1).replaceAll(`'\\''`, "'") : word
}

/** Lines of `NAME=word`, so that both `. .local/env` and `set -a; . .local/env` work. */
export function formatEnv(env: StackEnv): string {
  const lines = Object.entries(env).map(([name, value]) => `export ${name}=${shellQuote(value)}`)
  return `# Written by \`make up\`; use it with: . .local/env\n${lines.join('\n')}\n`
}

/** Reads what `formatEnv` wrote; other lines are passed over. */
export function parseEnv(text: string): StackEnv {
  const env: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const match = /^(?:export )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) env[match[1]] = shellUnquote(match[2])
  }
  return env
}

function readEnvFile(path: string): StackEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {}
    throw error
  }
}

const loopback = (port: number): string => `127.0.0.1:${port}`

/** Host and port of every broker, comma-separated. */
export function kafkaBrokersOf(stack: Stack): string {
  const { kafka, kafka2, kafka3 } = stack.ports
  const ports = stack.brokers === 1 ? [kafka] : [kafka, kafka2, kafka3]
  return ports.map(loopback).join(',')
}

/** The stack's environment; `kept` holds the secrets of an earlier run. */
export function envOf(stack: Stack, kept: StackEnv): StackEnv {
  const { ports } = stack
  return {
    STAKESTREAM_URL: `http://${loopback(ports.api)}`,
    STAKESTREAM_ADMIN_KEY: kept['STAKESTREAM_ADMIN_KEY'] ?? `sk_admin_${randomBytes(24).toString('hex')}`,
    STAKESTREAM_PARTNER_ID: kept['STAKESTREAM_PARTNER_ID'] ?? randomUUID(),
    STAKESTREAM_PARTNER_KEY: kept['STAKESTREAM_PARTNER_KEY'] ?? `sk_test_${randomBytes(24).toString('hex')}`,
    KAFKA_BROKERS: kafkaBrokersOf(stack),
    KAFKA_REPLICATION: String(stack.brokers),
    SCHEMA_REGISTRY_URL: `http://${loopback(ports.registry)}/apis/ccompat/v7`,
    DATABASE_URL: `postgres://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${loopback(ports.postgres)}/${DATABASE_NAME}`,
    REDIS_URL: `redis://${loopback(ports.redis)}`,
    CLICKHOUSE_URL: `http://${loopback(ports.clickhouse)}`,
    CLICKHOUSE_DATABASE: DATABASE_NAME,
    API_KEY_PEPPER: kept['API_KEY_PEPPER'] ?? randomBytes(32).toString('base64'),
    API_KEY_MODE: 'test',
    // A receiver of webhooks on the same machine, without a certificate.
    WEBHOOK_ALLOW_HTTP: 'true',
    WEBHOOK_ALLOW_PRIVATE: '127.0.0.0/8',
    SANDBOX_URL: `http://${loopback(ports.gameProvider)}`,
    SANDBOX_API_KEY: kept['SANDBOX_API_KEY'] ?? randomBytes(24).toString('hex'),
    SANDBOX_WEBHOOK_SECRET: kept['SANDBOX_WEBHOOK_SECRET'] ?? randomBytes(24).toString('hex'),
    ENCRYPTION_KEY: kept['ENCRYPTION_KEY'] ?? randomBytes(32).toString('base64'),
  }
}

/** Writes the env file (readable by its owner alone) and returns what it holds. */
export function writeEnvFile(stack: Stack): StackEnv {
  const path = envPathOf(stack)
  const env = envOf(stack, readEnvFile(path))
  writeFileSync(`${path}.new`, formatEnv(env), { mode: 0o600 })
  chmodSync(`${path}.new`, 0o600)
  renameSync(`${path}.new`, path)
  return env
}

/** A sender over a database of its own; the test writes the events that a batch would bring. */
import { Registry } from '@prometheus-io/client'
import { Pool } from 'pg'
import { pino } from 'pino'
import type { TransactionCreated, Webhook } from '../../../avro/types.ts'
import { createCipher } from '../../../service/encryption.ts'
import type { SinkStore } from '../../runtime/types.ts'
import { parseNetwork } from '../addresses.ts'
import { createCaller } from '../caller.ts'
import { Endpoints } from '../endpoints.ts'
import { createWebhookMetrics } from '../metrics.ts'
import { createDeliveryQueue } from '../queue.ts'
import { createSender } from '../sender.ts'
import { createWebhookStore } from '../store.ts'
import type { WebhookSource } from '../store.ts'

const KEY = Buffer.alloc(32, 9)
export const cipher = createCipher({ currentKeyId: 'k1', keys: new Map([['k1', KEY]]) })
export const SECRET = `whsec_${Buffer.alloc(32, 1).toString('base64')}`
export const PARTNER_ID = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a10'
const raw = { offset: 0, timestampMs: 0, key: null, value: null, headers: {} }

export const anEndpoint = (change: Partial<Webhook> & Pick<Webhook, 'webhook_id' | 'url'>): Webhook => ({
  partner_id: PARTNER_ID,
  event_types: [],
  description: null,
  status: 'active',
  disabled_reason: null,
  secrets: [{ sealed: cipher.encrypt(SECRET), created_at: 0, expires_at: null }],
  version: 1,
  created_at: 0,
  updated_at: 0,
  command_id: '019a1f0c-5f3e-7c4e-9c3c-000000000001',
  ...change,
})

export interface RigOptions {
  databaseUrl: string
  retryDelaysMs?: readonly number[]
  leaseMs?: number
  timeoutMs?: number
}

export interface Rig {
  endpoints: Endpoints
  store: SinkStore<WebhookSource>
  registry: Registry
  /** Endpoints that the sender wants disabled. */
  disabled: Webhook[]
  /** Writes events as the next batch of a partition. */
  write(events: readonly TransactionCreated[], from?: number): Promise<void>
  start(): void
  stop(): Promise<void>
}

export function createRig({
  databaseUrl,
  retryDelaysMs = [0, 20, 20, 20],
  leaseMs = 5_000,
  timeoutMs = 1_000,
}: RigOptions): Rig {
  const pool = new Pool({ connectionString: databaseUrl, max: 5 })
  pool.on('error', () => undefined)
  const endpoints = new Endpoints()
  const registry = new Registry()
  const disabled: Webhook[] = []
  const caller = createCaller({ allowed: [parseNetwork('127.0.0.0/8')], timeoutMs })
  const sender = createSender({
    queue: createDeliveryQueue(pool, leaseMs),
    endpoints,
    caller,
    cipher,
    disable: (webhook) => {
      disabled.push(webhook)
      return Promise.resolve()
    },
    retryDelaysMs,
    metrics: createWebhookMetrics(registry),
    logger: pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
  })
  const store = createWebhookStore({
    pool,
    cipher,
    endpoints,
    catchUp: () => Promise.resolve(),
    written: () => undefined,
    close: () => pool.end(),
  })
  let next = 0
  return {
    endpoints,
    store,
    registry,
    disabled,
    write: async (events, from = next) => {
      next = from + events.length
      const records = events.map((value, at) => ({ offset: from + at, value, raw }))
      const source = 'wallet.transaction.created'
      await store.write([{ source, topic: source, partition: 0, from, next, records }], {
        stillOurs: () => true,
      })
    },
    start: sender.start,
    stop: async () => {
      await sender.stop()
      caller.close()
      await store.close()
    },
  }
}

/** Secrets stay where they belong: not in any log, whatever its level, and in no topic in clear. */
import { randomUUID } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newApiKeyAnswer, partnerAnswer } from '../../api/schemas/partners.ts'
import { newWebhookAnswer } from '../../api/schemas/webhooks.ts'
import { asAdmin, bodyOf, newId } from '../../api/testing/live.ts'
import type { Answer } from '../../api/testing/live.ts'
import { createLogger } from '../../service/logger.ts'
import { stackFrom } from '../../stack/stack.ts'
import { connectKafkajs } from '../../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../../streams/runtime/port.ts'
import { TOPIC_NAMES } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { startApi } from '../support/api-instance.ts'
import type { ApiInstance } from '../support/api-instance.ts'
import { brokersFromEnvironment, required } from '../support/environment.ts'
import { waitFor } from '../support/wait.ts'

/** What the installation keeps secret. */
const CONFIGURED = [
  'STAKESTREAM_ADMIN_KEY',
  'STAKESTREAM_PARTNER_KEY',
  'API_KEY_PEPPER',
  'ENCRYPTION_KEY',
] as const

const email = `${newId('secret')}@partner.example`
const playerName = `Ann ${randomUUID()}`
/** What may be on topics in clear, and in no log: who somebody is, and from where. */
const player = newId('player')
const address = `2001:db8::a${randomUUID().slice(0, 3)}:b${randomUUID().slice(0, 3)}`
const userAgent = `Agent ${randomUUID()}`
const PERSONAL = new Map([
  ['a player’s id', player],
  ['a player’s address', address],
  ['a player’s browser', userAgent],
])
const wrongKey = `sk_test_00000000_${randomUUID()}${randomUUID()}`

let api: ApiInstance
let secrets: ReadonlyMap<string, string>

async function call(
  method: string,
  path: string,
  body: object | undefined,
  headers: object,
): Promise<Answer> {
  const response = await fetch(api.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

/** All that a partner does, and all that goes wrong, at an instance that logs everything. */
async function useAll(): Promise<Map<string, string>> {
  const fields = { name: 'Casino', type: 'operator', contact_email: email }
  const { id } = bodyOf(partnerAnswer, await call('POST', '/partners', fields, asAdmin))
  const body = { scopes: ['wallet:read', 'wallet:write', 'partner:admin'] }
  const issued = bodyOf(newApiKeyAnswer, await call('POST', `/partners/${id}/api-keys`, body, asAdmin))
  const own = { 'x-api-key': issued.key }
  const hook = { url: 'https://partner.example/hook' }
  const webhook = bodyOf(newWebhookAnswer, await call('POST', `/partners/${id}/webhooks`, hook, own))
  const rotation = `/partners/${id}/api-keys/${issued.id}/rotate`
  const rotated = bodyOf(newApiKeyAnswer, await call('POST', rotation, {}, own))
  const credential = `pk_${randomUUID()}`
  const provider = {
    name: newId('Provider'),
    api_endpoint: 'https://api.provider.example',
    integration_type: 'rest',
    supported_currencies: ['EUR'],
    api_credentials: { api_key: credential },
  }
  expect((await call('PUT', `/games/providers/${newId('p')}`, provider, asAdmin)).status).toBe(200)
  expect((await call('PUT', `/players/${player}`, { name: playerName }, own)).status).toBe(200)
  const deposit = {
    amount: 1,
    currency: 'USD',
    transaction_id_partner: newId('deposit'),
    ip_address: address,
    user_agent: userAgent,
  }
  expect((await call('POST', `/wallet/${player}/deposit`, deposit, own)).status).toBe(200)
  for (const headers of [own, { 'x-api-key': wrongKey }, { 'x-api-key': rotated.key }])
    for (const path of [
      `/wallet/${player}?currency=USD`,
      '/transactions',
      '/nowhere',
      '/transactions?limit=x',
    ])
      await call('GET', path, undefined, headers)
  await call('POST', `/wallet/${player}/bet`, { nonsense: issued.key.slice(0, 12) }, own)
  return new Map([
    ['an issued key', issued.key],
    ['a rotated key', rotated.key],
    ['a key that nobody has', wrongKey],
    ['the secret of a webhook', webhook.secret],
    ['a credential of a game provider', credential],
    ['a contact address', email],
    ['a player’s name', playerName],
    ...CONFIGURED.map((name) => [name, required(name)] as const),
  ])
}

beforeAll(async () => {
  api = await startApi({ LOG_LEVEL: 'trace' })
  secrets = await useAll()
})
afterAll(() => api.stop())

/** Which of the secrets a text holds. */
const heldBy = (text: string, list = secrets): string[] =>
  [...list].flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))

it('no log holds a secret, that of an API which logs everything neither', async () => {
  expect(api.output()).toContain('"msg":"request"')
  expect(api.output()).toContain('"status":401')
  const all = new Map([...secrets, ...PERSONAL])
  expect(heldBy(api.output(), all)).toEqual([])
  const folder = join(stackFrom(process.env).localDir, 'log')
  const files = await readdir(folder)
  expect(files).toContain('api.log')
  for (const file of files)
    expect([file, heldBy(await readFile(join(folder, file), 'utf8'), all)]).toEqual([file, []])
})

/** All records of a topic, keys and values as they lie there. */
async function recordsOf(broker: StreamsBroker, topic: TopicName): Promise<string> {
  const reader = broker.logReader([topic])
  await reader.start(() => undefined)
  try {
    const texts = await Promise.all(
      Array.from({ length: await broker.partitionCount(topic) }, async (_, partition) => {
        const { first, end } = await broker.offsets({ topic, partition })
        let text = ''
        let next = first
        if (next < end)
          reader.follow({ topic, partition }, first, (batch) => {
            for (const { key, value } of batch.records)
              text += `${String(key)} ${value?.toString('latin1')}\n`
            next = batch.nextOffset
            return Promise.resolve()
          })
        await waitFor(() => next >= end, { what: `all of ${topic}` })
        return text
      }),
    )
    return texts.join('')
  } finally {
    await reader.stop()
  }
}

it('no topic holds a secret in clear', async () => {
  const broker = await connectKafkajs({
    brokers: brokersFromEnvironment(),
    clientId: 'e2e',
    log: createLogger('e2e', 'silent'),
  })
  try {
    for (const topic of TOPIC_NAMES.filter((name) => /^(partner|player|audit|game)\./.test(name)))
      expect([topic, heldBy(await recordsOf(broker, topic))]).toEqual([topic, []])
  } finally {
    await broker.close()
  }
})

import { createHash } from 'node:crypto'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ApiKeyUpdated, GameProviderUpdated, PartnerUpdated, WebhookUpdated } from '../../avro/types.ts'
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { decodeOpenKeys, encodeOpenKeys, withKey } from './open-keys.ts'
import { PartnersState, STORE_VERSION, storeCodecs } from './state.ts'
import type { StoreCodecs } from './state.ts'
import {
  MapStore,
  PARTNER_ID,
  PROFILE,
  PROVIDER,
  SETTINGS,
  START_MS,
  email,
  newKey,
  testUuid,
  webhookId,
} from './testing/fixtures.ts'

const OTHER_ID = testUuid(0xa2)

let codecs: StoreCodecs
let store: MapStore
let state: PartnersState
beforeAll(async () => {
  codecs = await storeCodecs()
})
beforeEach(() => {
  store = new MapStore()
  state = new PartnersState(store, codecs)
})

const partner = (version: number, address: string, partnerId = PARTNER_ID): PartnerUpdated => ({
  event_id: testUuid(version),
  event_type: 'partner.updated',
  timestamp: START_MS,
  data: {
    ...PROFILE,
    ...email(address),
    partner_id: partnerId,
    version,
    created_at: START_MS,
    updated_at: START_MS,
    command_id: testUuid(version),
  },
})

const key = (number: number, parts: Partial<ApiKeyUpdated['data']> = {}): ApiKeyUpdated => ({
  event_id: testUuid(number),
  event_type: 'api_key.updated',
  timestamp: START_MS,
  data: {
    ...newKey(number),
    partner_id: PARTNER_ID,
    status: 'active',
    replaced_by: null,
    version: 1,
    created_at: START_MS,
    updated_at: START_MS,
    command_id: testUuid(number),
    ...parts,
  },
})

const webhook = (number: number, version: number, status: 'active' | 'deleted'): WebhookUpdated => ({
  event_id: testUuid(number),
  event_type: 'webhook.updated',
  timestamp: START_MS,
  data: {
    ...SETTINGS,
    status,
    webhook_id: webhookId(number),
    partner_id: PARTNER_ID,
    secrets: [],
    version,
    created_at: START_MS,
    updated_at: START_MS,
    command_id: testUuid(number),
  },
})

const provider = (id: string, version: number, name: string): GameProviderUpdated => ({
  event_id: testUuid(version),
  event_type: 'provider.updated',
  timestamp: START_MS,
  data: {
    ...PROVIDER,
    provider_id: id,
    name,
    api_credentials: [],
    version,
    created_at: START_MS,
    updated_at: START_MS,
    command_id: testUuid(version),
  },
})

const keysOf = (): string[] => {
  store.commit()
  return store.entries().map(([name]) => name)
}

it('the store’s version goes with the form of what it holds: a schema that has changed needs a new one', () => {
  const fingerprint = [
    'partner.profile.updated',
    'partner.api-key.updated',
    'partner.webhook.updated',
    'aml.rules.updated',
    'game.provider.updated',
    'game.updated',
  ]
    .map((name) => JSON.stringify(avroTypeOf(readSchemaText(name)).schema({ exportAttrs: true })))
    .reduce((hash, text) => hash.update(text), createHash('sha256'))
    .digest('hex')
    .slice(0, 16)
  expect({ version: STORE_VERSION, fingerprint }).toEqual({ version: 6, fingerprint: 'e4286307d3107e96' })
})

it('what is stored does not depend on the ids of a registry', () => {
  expect(
    [codecs.partner, codecs.key, codecs.webhook, codecs.amlRules, codecs.gameProvider, codecs.game].map(
      ({ schemaId }) => schemaId,
    ),
  ).toEqual(Array<number>(6).fill(STORE_VERSION))
})

describe('a log that skips states', () => {
  it('takes the entry of the old address with it', () => {
    state.layPartner(partner(1, 'ann'))
    state.layPartner(partner(3, 'eve'))
    expect(keysOf()).toEqual(['e/hash-eve', `p/${PARTNER_ID}`])
  })

  it('leaves an address to who has taken it meanwhile', () => {
    state.layPartner(partner(1, 'ann'))
    state.layPartner(partner(1, 'ann', OTHER_ID))
    state.layPartner(partner(3, 'eve'))
    expect(state.partnerOfEmail('hash-ann')).toBe(OTHER_ID)
    expect(state.partnerOfEmail('hash-eve')).toBe(PARTNER_ID)
  })

  it('takes the old name of a game provider with it, but leaves it to who has taken it meanwhile', () => {
    state.layGameProvider(provider('alpha', 1, 'One'))
    state.layGameProvider(provider('alpha', 3, 'Two'))
    expect(keysOf()).toEqual(['g/alpha', 'm/Two'])
    state.layGameProvider(provider('beta', 1, 'Two'))
    state.layGameProvider(provider('alpha', 5, 'Three'))
    expect([state.gameProviderOfName('Two'), state.gameProviderOfName('Three')]).toEqual(['beta', 'alpha'])
  })

  it('says nothing new with a record that is no newer', () => {
    state.layPartner(partner(2, 'eve'))
    state.layKey(key(1, { version: 2, status: 'inactive' }))
    store.commit()
    state.layPartner(partner(1, 'ann'))
    state.layPartner(partner(2, 'bob'))
    state.layKey(key(1))
    expect(store.isDirty).toBe(false)
  })
})

describe('open keys', () => {
  const lists = (...events: ApiKeyUpdated[]): string[] => {
    store = new MapStore()
    state = new PartnersState(store, codecs)
    for (const event of events) state.layKey(event)
    const bytes = store.get(`n/${PARTNER_ID}`)
    return bytes === undefined ? [] : [...decodeOpenKeys(bytes).endsMs.keys()]
  }

  it('are those that open something at the latest time of any of them, in whatever order they come', () => {
    const expired = key(1, { expires_at: START_MS + 5 })
    const lasting = key(2, { expires_at: START_MS + 6 })
    const ended = key(3, { status: 'inactive', version: 2 })
    const latest = key(4, { updated_at: START_MS + 5 })
    const expected = [newKey(2).key_id, newKey(4).key_id]
    expect(lists(expired, lasting, key(3), ended, latest)).toEqual(expected)
    expect(lists(latest, ended, lasting, expired)).toEqual(expected)
  })

  it('come back from their bytes as they were', () => {
    const open = withKey(withKey(undefined, key(2).data), key(1, { expires_at: START_MS + 9 }).data)
    expect(decodeOpenKeys(encodeOpenKeys(open))).toEqual(open)
  })

  it('are none where there was never a key', () => {
    expect(state.openKeys(PARTNER_ID, START_MS)).toBe(0)
  })
})

describe('webhook endpoints', () => {
  it('are counted until they are deleted, in whatever order and however often records come', () => {
    state.layWebhook(webhook(2, 1, 'active'))
    state.layWebhook(webhook(1, 1, 'active'))
    state.layWebhook(webhook(1, 1, 'active'))
    expect(state.webhooks(PARTNER_ID)).toBe(2)
    state.layWebhook(webhook(1, 2, 'deleted'))
    state.layWebhook(webhook(1, 1, 'active'))
    expect(state.webhooks(PARTNER_ID)).toBe(1)
    expect(state.webhook(webhookId(1))?.status).toBe('deleted')
  })

  it('leave no list where the log shows nothing but a deletion', () => {
    state.layWebhook(webhook(1, 2, 'deleted'))
    expect(keysOf()).toEqual([`w/${webhookId(1)}`])
  })
})

import { describe, expect, it } from 'vitest'
import { providerSubjectIdOf } from '../../domain/game-provider.ts'
import { apiKeyOf, gameProviderOf, partnerOf, webhookOf } from '../testing/partners.ts'
import { PartnerDirectory } from './directory.ts'

const ID = '0f0e0d0c-0b0a-4908-8706-050403020100'
const KEY = { partner_id: ID, key_id: 'k-1', key_prefix: 'sk_test_AAAAAAAA', key_hash: 'aGFzaA==' }

describe('the directory', () => {
  it('takes the highest version, in whatever order and however often records come', () => {
    const directory = new PartnerDirectory()
    const versions = [1, 2, 3].map((version) => partnerOf({ partner_id: ID, version, name: `v${version}` }))
    for (const partner of [...versions, ...versions].toReversed()) directory.applyPartner(partner)
    expect(directory.partner(ID)?.name).toBe('v3')
    directory.applyKey(apiKeyOf({ ...KEY, version: 2, status: 'inactive' }))
    directory.applyKey(apiKeyOf({ ...KEY, version: 1 }))
    expect(directory.keyByPrefix(KEY.key_prefix)?.apiKey.status).toBe('inactive')
    expect(directory.keysOf(ID)).toHaveLength(1)
  })

  it('closes a key and a partner whose newest record can not be read, until a newer one can', () => {
    const directory = new PartnerDirectory()
    directory.applyKey(apiKeyOf(KEY))
    directory.applyPartner(partnerOf({ partner_id: ID }))
    directory.closeKey(KEY.key_id)
    directory.closePartner(ID)
    const states = (): unknown[] => [
      directory.keyByPrefix(KEY.key_prefix)?.apiKey.status,
      directory.key(KEY.key_id)?.status,
      directory.standingOf(ID)?.status,
    ]
    expect(states()).toEqual(['inactive', 'inactive', 'suspended'])
    // The record before it, read again.
    directory.applyKey(apiKeyOf(KEY))
    directory.applyPartner(partnerOf({ partner_id: ID }))
    expect(states()).toEqual(['inactive', 'inactive', 'suspended'])
    directory.applyKey(apiKeyOf({ ...KEY, version: 3 }))
    directory.applyPartner(partnerOf({ partner_id: ID, version: 3 }))
    expect(states()).toEqual(['active', 'active', 'active'])
  })

  it('that never knew a key or a partner closes none', () => {
    const directory = new PartnerDirectory()
    directory.closeKey(KEY.key_id)
    directory.closePartner(ID)
    expect([directory.key(KEY.key_id), directory.standingOf(ID)]).toEqual([undefined, undefined])
  })

  it('shows endpoints that are not deleted, the oldest first', async () => {
    const directory = new PartnerDirectory()
    const hook = (webhook_id: string, change: object = {}) =>
      webhookOf({ partner_id: ID, webhook_id, ...change })
    directory.applyWebhook(hook('w-2', { created_at: 2 }))
    directory.applyWebhook(hook('w-1', { created_at: 1 }))
    directory.applyWebhook(hook('w-3', { version: 2, status: 'deleted' }))
    directory.applyWebhook(hook('w-3'))
    expect(directory.webhooksOf(ID).map(({ webhook_id: id }) => id)).toEqual(['w-1', 'w-2'])
    expect(directory.webhooksOf('another')).toEqual([])
    expect([directory.webhook('w-1')?.version, directory.webhook('w-3')]).toEqual([1, undefined])
    await directory.whenKnown('webhook', 'w-3', 2)
  })

  it('keeps the highest version of a game provider, and tells it by the id that the trail has for it', async () => {
    const directory = new PartnerDirectory()
    const known = directory.whenKnown('game_provider', providerSubjectIdOf('ocasino'), 2)
    directory.applyGameProvider(gameProviderOf({ provider_id: 'ocasino', version: 2, name: 'v2' }))
    directory.applyGameProvider(gameProviderOf({ provider_id: 'ocasino', name: 'v1' }))
    await known
    await directory.whenKnown('game_provider', providerSubjectIdOf('ocasino'), 1)
    expect([directory.gameProvider('ocasino')?.name, directory.gameProvider('other')]).toEqual([
      'v2',
      undefined,
    ])
    expect(directory.gameProviders()).toHaveLength(1)
  })

  it('lists the oldest first', () => {
    const directory = new PartnerDirectory()
    for (const [partner_id, created_at] of [
      ['c', 2],
      ['b', 1],
      ['a', 2],
    ] as const)
      directory.applyPartner(partnerOf({ partner_id, created_at }))
    expect(directory.partners().map(({ partner_id }) => partner_id)).toEqual(['b', 'a', 'c'])
  })

  it('knows the last use, not an earlier one', () => {
    const directory = new PartnerDirectory()
    expect(directory.lastUsedMs('k-1')).toBeUndefined()
    for (const last_used_at of [5, 9, 7]) directory.applyUse({ key_id: 'k-1', partner_id: ID, last_used_at })
    expect(directory.lastUsedMs('k-1')).toBe(9)
  })

  it('tells who waits for a version, when it or a later one comes', async () => {
    const directory = new PartnerDirectory()
    const told: string[] = []
    const wait = (version: number): Promise<void> =>
      directory.whenKnown('api_key', 'k-1', version).then(() => void told.push(`v${version}`))
    const waits = [wait(1), wait(2), wait(3)]
    directory.applyKey(apiKeyOf({ ...KEY, version: 2 }))
    await Promise.all(waits.slice(0, 2))
    expect(told).toEqual(['v1', 'v2'])
    directory.applyKey(apiKeyOf({ ...KEY, version: 4 }))
    await waits[2]
    await wait(4)
    expect(told).toEqual(['v1', 'v2', 'v3', 'v4'])
  })
})

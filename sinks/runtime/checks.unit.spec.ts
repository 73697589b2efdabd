import { describe, expect, it } from 'vitest'
import type {
  ApiKey,
  AuditEntry,
  GameProvider,
  Partner,
  Player,
  Transaction,
  WalletBalance,
} from '../../avro/types.ts'
import { AMOUNT_UNITS_MAX } from '../../domain/money.ts'
import { aBalance, aFullTransaction, aTransaction, PARTNER_ID } from '../../tests/support/sink-events.ts'
import { aGameProvider, anApiKey, aWebhook, anAuditEntry, aPartner, aUse } from '../testing/partner-events.ts'
import { aPlayer } from '../testing/player-events.ts'
import {
  apiKeyObjection,
  auditObjection,
  gameProviderObjection,
  keyUseObjection,
  partnerObjection,
  webhookObjection,
} from './checks/partners.ts'
import { balanceObjection, playerObjection, transactionObjection } from './checks/wallet.ts'

const WALLET_ID = '3f1b6f6e-0a3c-4f0e-9a52-7d4c9c1f3a11'

describe('a transaction', () => {
  it('passes, bare or with every field at its limit', () => {
    expect(transactionObjection(aTransaction())).toBeUndefined()
    expect(transactionObjection(aFullTransaction())).toBeUndefined()
    const longest = aTransaction({
      player_id: 'p'.repeat(255),
      game_id: 'g'.repeat(100),
      round_id: 'r'.repeat(100),
      transaction_id_partner: 't'.repeat(255),
      ip_address: 'i'.repeat(45),
      amount: AMOUNT_UNITS_MAX,
    })
    expect(transactionObjection(longest)).toBeUndefined()
  })

  const faults: [Partial<Transaction>, string][] = [
    [{ transaction_id: 'x' }, 'transaction_id is not a UUID'],
    [{ reference_transaction_id: 'x' }, 'reference_transaction_id is not a UUID'],
    [{ player_id: 'p'.repeat(256) }, 'player_id is longer than 255 characters'],
    [{ currency: 'EURO' }, 'currency is longer than 3 characters'],
    [{ round_id: 'r'.repeat(101) }, 'round_id is longer than 100 characters'],
    [{ user_agent: 'a\0b' }, 'user_agent holds a NUL character'],
    [{ metadata: '{' }, 'metadata is not JSON'],
    [{ metadata: '{"a":"\\u0000"}' }, 'metadata holds a NUL character'],
    [{ metadata: '{"a":"\\\\\\u0000"}' }, 'metadata holds a NUL character'],
    [{ amount: -1n }, 'amount is outside what NUMERIC(19,4) may hold there'],
    [{ amount: AMOUNT_UNITS_MAX + 1n }, 'amount is outside what NUMERIC(19,4) may hold there'],
    [{ balance_after: -1n }, 'balance_after is outside what NUMERIC(19,4) may hold there'],
    [{ version: -1 }, 'version is not a count'],
    [{ created_at: -1 }, 'created_at is not a time from 1970 to 2199'],
    [{ processed_at: Date.UTC(2200, 0, 1) }, 'processed_at is not a time from 1970 to 2199'],
    [{ entries: [{ account: 'CASH', amount: 1n }] }, 'the ledger entries do not sum to zero'],
    [
      { entries: [{ account: 'CASH', amount: AMOUNT_UNITS_MAX + 1n }] },
      'the ledger entry of CASH is outside what NUMERIC(19,4) may hold there',
    ],
  ]
  it.each(faults)('with %o is refused', (change, objection) => {
    expect(transactionObjection(aTransaction(change))).toBe(objection)
  })

  it('may hold an escaped backslash before u0000, which is no NUL', () => {
    expect(transactionObjection(aTransaction({ metadata: '{"a":"\\\\u0000"}' }))).toBeUndefined()
  })
})

describe('a balance', () => {
  it('passes', () => {
    expect(balanceObjection(aBalance([{ wallet_id: WALLET_ID }], 'p'))).toBeUndefined()
    expect(balanceObjection(aBalance([], 'p'))).toBeUndefined()
  })

  const faults: [Partial<WalletBalance>, string][] = [
    [{ wallet_id: 'x' }, 'wallet_id is not a UUID'],
    [{ balance: -1n }, 'balance is outside what NUMERIC(19,4) may hold there'],
    [{ held: -1n }, 'held is outside what NUMERIC(19,4) may hold there'],
    [{ version: 0.5 }, 'version is not a count'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 2199'],
  ]
  it.each(faults)('with %o is refused', (change, objection) => {
    const good = { wallet_id: WALLET_ID, currency: 'USD' }
    expect(balanceObjection(aBalance([good, { wallet_id: WALLET_ID, ...change }], 'p'))).toBe(objection)
  })

  it('of a malformed player is refused', () => {
    expect(balanceObjection(aBalance([], 'p\0', PARTNER_ID))).toBe('player_id holds a NUL character')
    expect(balanceObjection(aBalance([], 'p', 'partner'))).toBe('partner_id is not a UUID')
  })
})

describe('a partner', () => {
  const { settings } = aPartner().data

  it('passes with every field set, and with none that may be missing', () => {
    expect(partnerObjection(aPartner())).toBeUndefined()
    const none = { contact_email: null, contact_email_hash: null, registration_number: null, address: null }
    expect(partnerObjection(aPartner({ ...none, commission_rates: [] }))).toBeUndefined()
  })

  const faults: [Partial<Partner>, string][] = [
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ name: 'n'.repeat(101) }, 'name is longer than 100 characters'],
    [{ contact_email: 'a\0' }, 'contact_email holds a NUL character'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 9999'],
    [{ commission_rates: [{ rate: 10_001n, effective_from: 0 }] }, 'a commission rate is not from 0 to 1'],
    [{ commission_rates: [{ rate: -1n, effective_from: 0 }] }, 'a commission rate is not from 0 to 1'],
    [
      { commission_rates: [1n, 2n].map((rate) => ({ rate, effective_from: 0 })) },
      'two commission rates come into force at the same moment',
    ],
    [{ settings: { ...settings, webhook_url: 'a\0' } }, 'settings holds a NUL character'],
    [
      { settings: { ...settings, auto_approvals: [{ currency: 'EUR', amount: -1n }] } },
      'an auto-approval limit is outside what NUMERIC(19,4) may hold there',
    ],
  ]
  it.each(faults)('with %o is refused', (change, objection) => {
    expect(partnerObjection(aPartner(change))).toBe(objection)
  })
})

describe('a player', () => {
  it('passes with every field set, and with none that may be missing', () => {
    expect(playerObjection(aPlayer())).toBeUndefined()
    const none = { country: null, name: null, date_of_birth: null, self_exclusion: null, limits: [] }
    expect(playerObjection(aPlayer(none))).toBeUndefined()
    expect(playerObjection(aPlayer({ self_exclusion: { from: 0, until: null } }))).toBeUndefined()
  })

  const limit = { kind: 'BET', period: 'DAY', currency: 'USD', amount: 0n } as const
  const faults: [Partial<Player>, string][] = [
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ player_id: 'p'.repeat(256) }, 'player_id is longer than 255 characters'],
    [{ country: 'MLT' }, 'country is longer than 2 characters'],
    [{ name: 'a\0' }, 'name holds a NUL character'],
    [{ date_of_birth: 'a\0' }, 'date_of_birth holds a NUL character'],
    [
      { self_exclusion: { from: -1, until: null } },
      'the beginning of the self-exclusion is not a time from 1970 to 9999',
    ],
    [
      { self_exclusion: { from: 0, until: Date.UTC(10_000, 0, 1) } },
      'the end of the self-exclusion is not a time from 1970 to 9999',
    ],
    [{ self_exclusion: { from: 5, until: 5 } }, 'the self-exclusion ends before it begins'],
    [{ limits: [{ ...limit, amount: -1n }] }, 'a limit is outside what NUMERIC(19,4) may hold there'],
    [{ limits: [{ ...limit, currency: 'DOLLAR' }] }, 'currency is longer than 3 characters'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 9999'],
  ]
  it.each(faults)('with %o is refused', (change, objection) => {
    expect(playerObjection(aPlayer(change))).toBe(objection)
  })
})

describe('an API key', () => {
  it('passes, and so does its use', () => {
    expect(apiKeyObjection(anApiKey())).toBeUndefined()
    expect(apiKeyObjection(anApiKey({ name: null, expires_at: null, replaced_by: null }))).toBeUndefined()
    expect(apiKeyObjection(anApiKey({ expires_at: Date.UTC(9999, 11, 31) }))).toBeUndefined()
    expect(keyUseObjection(aUse(anApiKey(), 5))).toBeUndefined()
  })

  const faults: [Partial<ApiKey>, string][] = [
    [{ key_id: 'configured-admin' }, 'key_id is not a UUID'],
    [{ replaced_by: 'x' }, 'replaced_by is not a UUID'],
    [{ key_prefix: 'k'.repeat(21) }, 'key_prefix is longer than 20 characters'],
    [{ scopes: ['wallet:read', 'a\0'] }, 'a scope holds a NUL character'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ expires_at: -1 }, 'expires_at is not a time from 1970 to 9999'],
  ]
  it.each(faults)('with %o is refused', (change, objection) => {
    expect(apiKeyObjection(anApiKey(change))).toBe(objection)
  })

  it('that is no UUID has no use that could be noted', () => {
    expect(keyUseObjection(aUse(anApiKey({ key_id: 'configured-admin' }), 5))).toBe('key_id is not a UUID')
  })
})

describe('an audit entry', () => {
  const { actor } = anAuditEntry().data

  it('passes with every field set, and with none that may be missing', () => {
    expect(auditObjection(anAuditEntry())).toBeUndefined()
    const nobody = { key_id: 'configured-admin', partner_id: null, ip_address: null, request_id: null }
    const none = { error_code: null, before: null, after: null, version: null }
    expect(auditObjection(anAuditEntry({ ...none, actor: nobody }))).toBeUndefined()
  })

  const faults: [Partial<AuditEntry>, string][] = [
    [{ subject_id: 'x' }, 'subject_id is not a UUID'],
    [{ after: '{' }, 'after is not JSON'],
    [{ before: '"\\u0000"' }, 'before holds a NUL character'],
    [{ actor: { ...actor, ip_address: '10.0.0.0/8' } }, 'ip_address is no address'],
    [{ actor: { ...actor, partner_id: 'x' } }, 'the partner_id of the actor is not a UUID'],
    [{ version: -1 }, 'version is not a count'],
  ]
  it.each(faults)('with %o is refused', (change, objection) => {
    expect(auditObjection(anAuditEntry(change))).toBe(objection)
  })
})

describe('a webhook endpoint', () => {
  it('passes with every field, and with what may be null', () => {
    expect(webhookObjection(aWebhook())).toBeUndefined()
    expect(webhookObjection(aWebhook({ description: null, disabled_reason: null, event_types: [] }))).toBe(
      undefined,
    )
  })

  it.each([
    [{ webhook_id: 'x' }, 'webhook_id is not a UUID'],
    [{ partner_id: 'x' }, 'partner_id is not a UUID'],
    [{ url: 'a\0' }, 'url holds a NUL character'],
    [{ event_types: ['\0'] }, 'an event type holds a NUL character'],
    [{ description: '\0' }, 'description holds a NUL character'],
    [{ disabled_reason: '\0' }, 'disabled_reason holds a NUL character'],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 9999'],
  ])('with %o is turned away', (change, objection) => {
    expect(webhookObjection(aWebhook(change))).toBe(objection)
  })
})

describe('a game provider', () => {
  const [credential] = aGameProvider().data.api_credentials

  it('passes with every field, and without credentials', () => {
    expect(gameProviderObjection(aGameProvider())).toBeUndefined()
    expect(gameProviderObjection(aGameProvider({ api_credentials: [] }))).toBeUndefined()
  })

  const faults: [Partial<GameProvider>, string][] = [
    [{ provider_id: 'x'.repeat(51) }, 'provider_id is longer than 50 characters'],
    [{ name: 'x'.repeat(101) }, 'name is longer than 100 characters'],
    [{ api_endpoint: 'x'.repeat(256) }, 'api_endpoint is longer than 255 characters'],
    [{ supported_currencies: ['EURO'] }, 'currency is longer than 3 characters'],
    [{ api_credentials: [{ name: '\0', sealed: 'x', created_at: 1 }] }, 'a credential holds a NUL character'],
    [
      { api_credentials: credential === undefined ? [] : [{ ...credential, created_at: -1 }] },
      'a credential’s created_at is not a time from 1970 to 9999',
    ],
    [{ version: 0 }, 'version is not one from 1 on'],
    [{ updated_at: -1 }, 'updated_at is not a time from 1970 to 9999'],
  ]
  it.each(faults)('with %o is turned away', (change, objection) => {
    expect(gameProviderObjection(aGameProvider(change))).toBe(objection)
  })
})

/** The audit trail of wallets, withdrawals and players on the running system: API, Kafka, the wallet and PostgreSQL. */
import { randomUUID } from 'node:crypto'
import { Partitioners } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { playerKey } from '../domain/ids.ts'
import { createLogger } from '../service/logger.ts'
import { required } from '../tests/support/environment.ts'
import { createCodec } from '../topics/codec.ts'
import { createKafka } from '../topics/kafka.ts'
import { registrySource } from '../topics/registry.ts'
import { buildCommand } from './commands/command.ts'
import { commandAnswer } from './schemas/answers.ts'
import { auditAnswer } from './schemas/partners.ts'
import { asAdmin, bet, bodyOf, eventually, newId, playerWith, post, request } from './testing/live.ts'

const PARTNER_ID = required('STAKESTREAM_PARTNER_ID')
const page = z.object({ data: z.array(auditAnswer) })
type Entry = z.output<typeof auditAnswer>

const brief = ({ action, outcome, error_code }: Entry): unknown[] => [action, outcome, error_code]

/** The entries about a player, the oldest first, once there are so many. */
const entriesOf = (player: string, count: number): Promise<Entry[]> =>
  eventually(async () => {
    const answer = await request('GET', `/audit?player_id=${player}`, undefined, asAdmin)
    const { data } = bodyOf(page, answer)
    return data.length >= count ? data.toReversed() : undefined
  })

describe('the audit trail', () => {
  it('says who froze a wallet, when, why, and the wallet before and after', async () => {
    const player = await playerWith(10)
    const fromMs = Date.now()
    const frozen = await post(`/wallet/${player}/freeze`, { currency: 'USD', reason: 'disputed' }, asAdmin)
    expect(frozen.status).toBe(200)
    await post(`/wallet/${player}/unfreeze`, { currency: 'USD' }, asAdmin)
    const entries = await entriesOf(player, 2)
    const [freeze, unfreeze] = entries
    expect(entries).toHaveLength(2)
    expect(freeze).toMatchObject({
      action: 'WALLET_FREEZE',
      outcome: 'APPLIED',
      actor_key_id: 'configured-admin',
      actor_partner_id: null,
      actor_ip: expect.stringMatching(/127\.0\.0\.1|::1/),
      request_id: frozen.headers.get('x-request-id'),
      partner_id: PARTNER_ID,
      subject_type: 'wallet',
      before: { player_id: player, currency: 'USD', balance: '10.0000', status: 'active', version: 1 },
      after: { player_id: player, currency: 'USD', balance: '10.0000', status: 'frozen', version: 2 },
      version: 2,
      player_id: player,
      reason: 'disputed',
    })
    expect(Date.parse(freeze?.requested_at ?? '')).toBeGreaterThanOrEqual(fromMs)
    expect(unfreeze).toMatchObject({ before: freeze?.after, after: { status: 'active', version: 3 } })
  })

  it('shows adjustments, those of a batch too, and nothing of what players do', async () => {
    const player = await playerWith(10)
    await post(`/wallet/${player}/bet`, bet(1))
    const adjustment = { amount: 5, currency: 'USD', direction: 'DEBIT', reason: 'goodwill' }
    const own = { ...adjustment, transaction_id_partner: newId('adj') }
    await post(`/wallet/${player}/adjustment`, own)
    expect((await post(`/wallet/${player}/adjustment`, own)).headers.get('idempotent-replayed')).toBe('true')
    await post('/wallet/batch', { commands: [{ ...adjustment, player_id: player, type: 'ADJUSTMENT' }] })
    const entries = await entriesOf(player, 2)
    expect(entries.map(brief)).toEqual([
      ['ADJUSTMENT', 'APPLIED', null],
      ['ADJUSTMENT', 'REFUSED', 'INSUFFICIENT_FUNDS'],
    ])
    expect(entries[0]).toMatchObject({
      actor_partner_id: PARTNER_ID,
      before: { balance: '9.0000', version: 2 },
      after: { balance: '4.0000', version: 3 },
      reason: 'goodwill',
    })
    expect(entries[1]).toMatchObject({ before: entries[0]?.after, after: null, version: null })
  })

  it('shows each step of a withdrawal that somebody took', async () => {
    const player = await playerWith(10)
    const ask = async (): Promise<string> => {
      const body = { amount: 2, currency: 'USD', transaction_id_partner: newId('wd') }
      return bodyOf(commandAnswer, await post(`/wallet/${player}/withdrawal`, body)).transaction_id
    }
    const [paid, declined, failed] = [await ask(), await ask(), await ask()]
    const step = (id: string, what: string) => post(`/withdrawals/${id}/${what}`, { reason: what }, asAdmin)
    for (const [id, what] of [
      [paid, 'approve'],
      [paid, 'complete'],
      [declined, 'decline'],
      [failed, 'approve'],
      [failed, 'fail'],
      [paid, 'fail'],
    ] as const)
      await step(id, what)
    const entries = await entriesOf(player, 6)
    const statusOf = (side: unknown): unknown =>
      z.object({ status: z.string() }).nullable().parse(side)?.status
    expect(
      entries.map(({ subject_id, action, before, after }) => [
        subject_id,
        action,
        statusOf(before),
        statusOf(after),
      ]),
    ).toEqual([
      [paid, 'WITHDRAWAL_APPROVE', 'PENDING', 'PROCESSING'],
      [paid, 'WITHDRAWAL_COMPLETE', 'PROCESSING', 'COMPLETED'],
      [declined, 'WITHDRAWAL_DECLINE', 'PENDING', 'CANCELED'],
      [failed, 'WITHDRAWAL_APPROVE', 'PENDING', 'PROCESSING'],
      [failed, 'WITHDRAWAL_FAIL', 'PROCESSING', 'FAILED'],
      [paid, 'WITHDRAWAL_FAIL', 'COMPLETED', undefined],
    ])
    expect(entries.map(({ reason }) => reason)).toContain('decline')
  })

  it('shows the whole profile before and after, opened for who may read it', async () => {
    const player = newId('player')
    const until = new Date(Date.now() + 86_400_000).toISOString()
    await request('PUT', `/players/${player}`, { name: 'Ann Example', country: 'MT' })
    await request('PUT', `/players/${player}`, { name: 'Ann Other', self_exclusion: { until } })
    await request('PUT', `/players/${player}`, {})
    const entries = await entriesOf(player, 3)
    expect(entries.map(brief)).toEqual([
      ['PLAYER_UPDATE', 'APPLIED', null],
      ['PLAYER_UPDATE', 'APPLIED', null],
      ['PLAYER_UPDATE', 'REFUSED', 'SELF_EXCLUSION_IN_FORCE'],
    ])
    expect(entries[0]).toMatchObject({
      before: null,
      after: { name: 'Ann Example', country: 'MT', version: 1 },
    })
    expect(entries[1]).toMatchObject({
      before: entries[0]?.after,
      after: { name: 'Ann Other', self_exclusion: { until: Date.parse(until) } },
    })
    expect(entries[2]).toMatchObject({ before: entries[1]?.after, after: null })
  })

  it('has one entry of a command that lies in the log twice', async () => {
    const player = await playerWith(10)
    const source = registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: false })
    const codec = await createCodec('wallet.command', source)
    const principal = {
      partnerId: PARTNER_ID,
      scopes: new Set(['wallet:admin'] as const),
      keyId: randomUUID(),
      limits: { autoApproveUnits: new Map(), rateLimits: {} },
    }
    const origin = { requestId: 'twice', address: '203.0.113.7' }
    const command = (type: 'WALLET_FREEZE' | 'WALLET_UNFREEZE') =>
      buildCommand(
        { principal, origin, playerId: player, type, fields: { currency: 'USD' } },
        {
          withdrawalHoldMs: 1,
          isWithheld: () => false,
          betHoldMs: 1_000,
          confirmingProvider: () => undefined,
        },
        Date.now(),
      )
    const freeze = command('WALLET_FREEZE')
    const producer = createKafka({
      brokers: required('KAFKA_BROKERS').split(','),
      clientId: 'audit-test',
      log: createLogger('test', 'silent'),
    }).producer({ createPartitioner: Partitioners.DefaultPartitioner })
    await producer.connect()
    const key = playerKey(PARTNER_ID, player)
    const messages = [freeze, freeze, command('WALLET_UNFREEZE')].map((each) => ({
      key,
      value: codec.encode(each),
    }))
    await producer.send({ topic: 'wallet.command', messages })
    await producer.disconnect()
    const entries = await entriesOf(player, 2)
    expect(entries.map(({ action }) => action)).toEqual(['WALLET_FREEZE', 'WALLET_UNFREEZE'])
    expect(entries[0]).toMatchObject({
      id: freeze.event_id,
      actor_key_id: principal.keyId,
      actor_partner_id: PARTNER_ID,
      actor_ip: '203.0.113.7',
      request_id: 'twice',
    })
  })

  it('of a player is seen by his partner alone', async () => {
    const player = await playerWith(1)
    await post(`/wallet/${player}/freeze`, { currency: 'USD' }, asAdmin)
    await entriesOf(player, 1)
    const partnerId = randomUUID()
    await request('POST', '/partners', { id: partnerId, name: newId('Casino'), type: 'operator' }, asAdmin)
    const issued = await request(
      'POST',
      `/partners/${partnerId}/api-keys`,
      { scopes: ['partner:admin'] },
      asAdmin,
    )
    const { key } = bodyOf(z.object({ key: z.string() }), issued)
    const seen = await request('GET', `/audit?player_id=${player}`, undefined, { 'x-api-key': key })
    expect(bodyOf(page, seen).data).toEqual([])
  })
})

/** AML rules on the running system: published through the API, assessed by in the running processor. */
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { TransactionAssessed } from '../avro/types.ts'
import { DEFAULT_RULES } from '../domain/aml/rules.ts'
import { PLATFORM_ID } from '../domain/ids.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { LogReader, StreamsBroker } from '../streams/runtime/port.ts'
import { brokersFromEnvironment, required } from '../tests/support/environment.ts'
import { waitFor } from '../tests/support/wait.ts'
import { createCodec } from '../topics/codec.ts'
import { registrySource } from '../topics/registry.ts'
import { rulesInForce, rulesSummary, rulesVerdict, rulesVersion } from './schemas/aml-rules.ts'
import { problemAnswer } from './schemas/answers.ts'
import { auditAnswer, newApiKeyAnswer, partnerAnswer } from './schemas/partners.ts'
import { asAdmin, bodyOf, codeOf, eventually, newId, post, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

const TOPIC = 'aml.transaction.assessed'
/** Pause between two deposits around the moment in which a version comes into force, in milliseconds. */
const DEPOSIT_PAUSE_MS = 150
const PLATFORM = '/aml/rules?owner=platform'

/** Rules by which a deposit of 50 is large. */
const STRICT = {
  ...DEFAULT_RULES,
  currencies: { USD: { large_transaction: '50', linked_deposits: '1000000' } },
}

const assessed: TransactionAssessed[] = []
let broker: StreamsBroker
let reader: LogReader

beforeAll(async () => {
  const log = pino({ level: 'silent' })
  const clientId = newId('aml-rules')
  broker = await connectKafkajs({ brokers: brokersFromEnvironment(), clientId, log })
  const codec = await createCodec(TOPIC, registrySource({ url: required('SCHEMA_REGISTRY_URL') }))
  reader = broker.logReader([TOPIC])
  await reader.start((error) => expect.unreachable(error.message))
  const count = await broker.partitionCount(TOPIC)
  for (let partition = 0; partition < count; partition++) {
    const source = { topic: TOPIC, partition }
    reader.follow(source, (await broker.offsets(source)).end, ({ records }) => {
      for (const { value } of records) if (value !== null) assessed.push(codec.decode(value))
      return Promise.resolve()
    })
  }
})
afterAll(async () => {
  await reader.stop()
  await broker.close()
})

interface TestPartner {
  id: string
  /** With aml:read and aml:write, and with aml:read alone. */
  officer: { 'x-api-key': string }
  reader: { 'x-api-key': string }
}

async function newKey(partnerId: string, scopes: string[]): Promise<{ 'x-api-key': string }> {
  const answer = await request('POST', `/partners/${partnerId}/api-keys`, { scopes }, asAdmin)
  return { 'x-api-key': bodyOf(newApiKeyAnswer, answer).key }
}

async function newPartner(): Promise<TestPartner> {
  const made = await request('POST', '/partners', { name: newId('Casino'), type: 'operator' }, asAdmin)
  const { id } = bodyOf(partnerAnswer, made)
  const [officer, readOnly] = await Promise.all([
    newKey(id, ['wallet:write', 'aml:read', 'aml:write']),
    newKey(id, ['aml:read']),
  ])
  return { id, officer, reader: readOnly }
}

let partner: TestPartner
beforeEach(async () => {
  partner = await newPartner()
})

const put = (version: number, body: object, headers: object = partner.officer, path = '/aml/rules') =>
  request('PUT', path, { rules: STRICT, note: 'a test', expected_version: version, ...body }, headers)
const published = (answer: Answer) => bodyOf(rulesVersion, answer)

/** Deposits 50 dollars for a player of its own, and answers how it was assessed. */
async function deposit(): Promise<TransactionAssessed> {
  const player = newId('player')
  const body = { amount: 50, currency: 'USD', transaction_id_partner: newId('dep') }
  const answer = await post(`/wallet/${player}/deposit`, body, partner.officer)
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  return waitFor(() => assessed.find(({ data }) => data.player_id === player), { what: 'the assessment' })
}

async function until(time: string | null): Promise<void> {
  await sleep(Math.max(0, Date.parse(time ?? '') - Date.now() + 1))
}

const newestOfPlatform = async (): Promise<number> =>
  bodyOf(rulesInForce, await request('GET', PLATFORM, undefined, asAdmin)).newest_version

describe('a partner’s rules', () => {
  it('are in force a second after they were published, to the millisecond, in the running processor', async () => {
    const before = await deposit()
    expect(before.data.rules_version).toMatch(/^platform\//)
    expect(before.data.alert_types).toEqual([])

    const version = published(await put(0, {}))
    expect(version).toMatchObject({ owner: partner.id, version: 1, status: 'LIVE', rules: STRICT })
    const effectiveAtMs = Date.parse(version.effective_at ?? '')
    expect(effectiveAtMs - Date.parse(version.created_at ?? '')).toBe(1_000)

    const around: TransactionAssessed[] = []
    while ((around.at(-1)?.timestamp ?? 0) < effectiveAtMs) {
      around.push(await deposit())
      await sleep(DEPOSIT_PAUSE_MS)
    }
    for (const { timestamp, data } of [before, ...around])
      expect([data.rules_version === `${partner.id}/1`, data.alert_types]).toEqual(
        timestamp >= effectiveAtMs ? [true, ['THRESHOLD']] : [false, []],
      )
  })

  it('stay in force where a document with faults is refused, every one of which is named', async () => {
    const { effective_at: effectiveAt } = published(await put(0, {}))
    const broken = {
      ...STRICT,
      colour: 'red',
      currencies: { USD: { large_transaction: '-5', linked_deposits: '10000' } },
      structuring: { ...STRICT.structuring, count_24h: 5, count_48h: 4 },
      alerts: { ...STRICT.alerts, severities: { medium: 60, high: 60, critical: 80 } },
    }
    const refused = await put(1, { rules: broken })
    expect([refused.status, codeOf(refused)]).toEqual([400, 'VALIDATION_FAILED'])
    const faults = [
      'alerts.severities',
      'colour',
      'currencies.USD.large_transaction',
      'structuring.count_48h',
    ]
    const paths = bodyOf(problemAnswer, refused).errors?.map(({ path }) => path)
    expect(paths?.toSorted()).toEqual(faults.map((path) => `rules.${path}`))
    const dryRun = await request('POST', '/aml/rules/validate', { rules: broken }, partner.reader)
    expect(bodyOf(rulesVerdict, dryRun)).toEqual({
      valid: false,
      errors: bodyOf(problemAnswer, refused).errors,
    })

    await until(effectiveAt)
    expect((await deposit()).data.rules_version).toBe(`${partner.id}/1`)
    const inForce = await request('GET', '/aml/rules', undefined, partner.reader)
    expect(bodyOf(rulesInForce, inForce)).toMatchObject({
      owner: partner.id,
      newest_version: 1,
      live: { owner: partner.id, version: 1, rules: STRICT },
    })
  })

  it('run in shadow beside those in force, and end', async () => {
    const shadow = published(await put(0, { status: 'SHADOW' }))
    await until(shadow.effective_at)
    const { data } = await deposit()
    expect(data).toMatchObject({
      rules_version: expect.stringMatching(/^platform\//),
      alert_types: [],
      shadow: { rules_version: `${partner.id}/1`, alert_types: ['THRESHOLD'] },
    })

    const path = '/aml/rules?status=SHADOW&note=enough'
    const ended = published(await request('DELETE', path, undefined, partner.officer))
    expect(ended).toMatchObject({ version: 2, status: 'SHADOW_ENDED', note: 'enough', rules: null })
    await until(ended.effective_at)
    expect((await deposit()).data.shadow?.rules_version).not.toBe(`${partner.id}/1`)
    const again = await request('DELETE', path, undefined, partner.officer)
    expect([again.status, codeOf(again)]).toEqual([404, 'AML_RULES_NOT_FOUND'])
  })

  it('are kept in every version, in pages and one by one, and stand in the audit trail', async () => {
    await put(0, {})
    await put(1, { status: 'SHADOW' })
    const stale = await put(1, {})
    expect([stale.status, codeOf(stale)]).toEqual([409, 'VERSION_CONFLICT'])
    await request('DELETE', '/aml/rules', undefined, partner.officer)

    const page = z.object({ data: z.array(rulesSummary), next_cursor: z.string().nullable() })
    const read = async (query: string) =>
      bodyOf(page, await request('GET', `/aml/rules/versions?limit=2${query}`, undefined, partner.reader))
    const first = await read('')
    const second = await read(`&cursor=${first.next_cursor}`)
    expect(second.next_cursor).toBeNull()
    expect([...first.data, ...second.data].map(({ version, status }) => [version, status])).toEqual([
      [1, 'LIVE'],
      [2, 'SHADOW'],
      [3, 'LIVE_ENDED'],
    ])
    const one = await request('GET', '/aml/rules/2', undefined, partner.reader)
    expect(published(one)).toMatchObject({ version: 2, status: 'SHADOW', rules: STRICT })
    const none = await request('GET', '/aml/rules/4', undefined, partner.reader)
    expect([none.status, codeOf(none)]).toEqual([404, 'AML_RULES_NOT_FOUND'])

    const entries = await eventually(async () => {
      const answer = await request('GET', `/audit?subject_id=${partner.id}&limit=10`, undefined, asAdmin)
      const { data } = bodyOf(z.object({ data: z.array(auditAnswer) }), answer)
      const ofRules = data.filter(({ subject_type }) => subject_type === 'aml_rules')
      return ofRules.length < 4 ? undefined : ofRules
    })
    expect(entries.map(({ outcome, version }) => [outcome, version])).toEqual([
      ['APPLIED', 3],
      ['REFUSED', null],
      ['APPLIED', 2],
      ['APPLIED', 1],
    ])
    expect(entries[0]?.before).toMatchObject({ version: 1, rules: STRICT })
  })
})

describe('the platform’s rules', () => {
  it('hold for partners without their own, and end', async () => {
    const version = published(
      await put(await newestOfPlatform(), { rules: DEFAULT_RULES }, asAdmin, PLATFORM),
    )
    expect(version.owner).toBe('platform')
    await until(version.effective_at)
    expect((await deposit()).data.rules_version).toBe(`platform/${version.version}`)
    const own = published(await put(0, {}))
    await until(own.effective_at)
    expect((await deposit()).data.rules_version).toBe(`${partner.id}/1`)

    const ended = published(await request('DELETE', PLATFORM, undefined, asAdmin))
    expect(ended).toMatchObject({ owner: 'platform', version: version.version + 1, status: 'LIVE_ENDED' })
    await until(published(await request('DELETE', '/aml/rules', undefined, partner.officer)).effective_at)
    expect((await deposit()).data.rules_version).toBe('platform/0')
  })

  it.each([
    ['a partner’s key', () => put(0, {}, partner.officer, PLATFORM)],
    ['a key that may only read', () => put(0, {}, partner.reader)],
    ['a key that may only read, to end them', () => request('DELETE', PLATFORM, undefined, partner.reader)],
  ])('are refused to %s', async (_what, send) => {
    const answer = await send()
    expect([answer.status, codeOf(answer)]).toEqual([403, 'FORBIDDEN'])
  })

  it('have an owner’s id that no partner can have', async () => {
    const body = { id: PLATFORM_ID, name: 'Nobody', type: 'operator' }
    expect(codeOf(await request('POST', '/partners', body, asAdmin))).toBe('VALIDATION_FAILED')
  })
})

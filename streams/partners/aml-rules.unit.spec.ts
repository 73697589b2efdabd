import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DEFAULT_RULES, RULES_NOTICE_MS } from '../../domain/aml/rules.ts'
import { PLATFORM_ID } from '../../domain/ids.ts'
import { PoisonError } from '../runtime/processor.ts'
import { AML_RULES_CHARS_MAX } from './limits.ts'
import type { PartnersCodecs } from './logic.ts'
import {
  Bench,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  START_MS,
  create,
  publish,
  testCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'

const REFUSED = { outcome: 'REFUSED', after: null, version: null }
const STRICT = JSON.stringify({ ...DEFAULT_RULES, large_transaction: { points: 80 } })

let codecs: PartnersCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

describe('PUBLISH_AML_RULES', () => {
  it('makes version 1 of an owner, in force a second after the command', () => {
    const entry = bench.send(publish(0))
    expect(entry).toMatchObject({
      outcome: 'APPLIED',
      subject_type: 'aml_rules',
      subject_id: PARTNER_ID,
      before: null,
      version: 1,
    })
    expect(bench.rules.map(({ data }) => data)).toEqual([
      {
        partner_id: PARTNER_ID,
        version: 1,
        status: 'LIVE',
        rules: JSON.stringify(DEFAULT_RULES),
        note: 'a test',
        effective_at: START_MS + 1 + RULES_NOTICE_MS,
        created_by: 'bootstrap',
        created_at: START_MS + 1,
        command_id: testUuid(1),
      },
    ])
    expect(bench.output.of('aml.rules.updated').map(({ key }) => key)).toEqual([`${PARTNER_ID}/1`])
  })

  it('counts the versions of each owner, live and in shadow alike', () => {
    bench.send(publish(0))
    bench.send(publish(1, { status: 'SHADOW', rules: STRICT }))
    bench.send(publish(0, {}, PLATFORM_ID))
    bench.send(publish(2, { status: 'SHADOW_ENDED', rules: null }))
    expect(bench.output.of('aml.rules.updated').map(({ key }) => key)).toEqual([
      `${PARTNER_ID}/1`,
      `${PARTNER_ID}/2`,
      'platform/1',
      `${PARTNER_ID}/3`,
    ])
    expect(bench.rules.map(({ data }) => [data.partner_id, data.status])).toEqual([
      [PARTNER_ID, 'LIVE'],
      [PARTNER_ID, 'SHADOW'],
      [null, 'LIVE'],
      [PARTNER_ID, 'SHADOW_ENDED'],
    ])
  })

  it('shows in the audit trail what is replaced, as documents', () => {
    bench.send(publish(0))
    bench.send(publish(1, { status: 'SHADOW' }))
    const { before, after } = bench.send(publish(2, { rules: STRICT }))
    expect(JSON.parse(before ?? '')).toMatchObject({ version: 1, rules: DEFAULT_RULES })
    expect(JSON.parse(after ?? '')).toMatchObject({ version: 3, rules: JSON.parse(STRICT) })
  })

  it.each([
    ['fewer', 0],
    ['more', 2],
  ])('refuses what was made on %s versions than there are', (_what, version) => {
    bench.send(publish(0))
    expect(bench.send(publish(version))).toMatchObject({ ...REFUSED, error_code: 'VERSION_CONFLICT' })
    expect(bench.rules).toHaveLength(1)
  })

  it.each([
    ['no JSON', '{'],
    ['unknown fields', JSON.stringify({ ...DEFAULT_RULES, colour: 'red' })],
    ['bands that overlap', STRICT.replace('"medium":40', '"medium":70')],
  ])('refuses a document with %s, and the version before stays', (_what, rules) => {
    bench.send(publish(0))
    expect(bench.send(publish(1, { rules }))).toMatchObject({ ...REFUSED, error_code: 'AML_RULES_INVALID' })
    expect(bench.state.amlRules(PARTNER_ID).live?.version).toBe(1)
  })

  it('ends what is there, once', () => {
    const end = (version: number, status: 'LIVE_ENDED' | 'SHADOW_ENDED') =>
      bench.send(publish(version, { status, rules: null }))
    expect(end(0, 'LIVE_ENDED')).toMatchObject({ ...REFUSED, error_code: 'AML_RULES_NOT_FOUND' })
    bench.send(publish(0))
    expect(end(1, 'SHADOW_ENDED')).toMatchObject({ ...REFUSED, error_code: 'AML_RULES_NOT_FOUND' })
    expect(end(1, 'LIVE_ENDED')).toMatchObject({ outcome: 'APPLIED', version: 2 })
    expect(end(2, 'LIVE_ENDED')).toMatchObject({ ...REFUSED, error_code: 'AML_RULES_NOT_FOUND' })
    expect(bench.send(publish(2))).toMatchObject({ outcome: 'APPLIED', version: 3 })
  })

  it('lets no version come into force before the one before it, whatever the clocks of the senders say', () => {
    bench.send(publish(0))
    bench.process(testCommand(testUuid(99), START_MS - 60_000, publish(1)))
    const [first, second] = bench.rules.map(({ data }) => data)
    expect(second).toMatchObject({
      version: 2,
      created_at: first?.created_at,
      effective_at: first?.effective_at,
    })
  })

  it('decides a command that comes twice once', () => {
    bench.send(publish(0))
    bench.process(testCommand(testUuid(1), START_MS + 1, publish(0)))
    expect(bench.rules).toHaveLength(1)
  })
})

describe('a dead letter becomes', () => {
  const ofPartner = {
    actor: { key_id: 'k', partner_id: PARTNER_ID, ip_address: null, request_id: null },
  }
  it.each([
    ['rules without a document', publish(0, { rules: null })],
    ['an end with a document', publish(0, { status: 'LIVE_ENDED' })],
    ['a document that is too long', publish(0, { rules: '"'.padEnd(AML_RULES_CHARS_MAX + 1) })],
    ['a command without a version', { ...publish(0), expected_version: null }],
    ['a command without rules', { ...publish(0), aml_rules: null }],
    [
      'a partner’s key that speaks for another partner',
      { ...publish(0, {}, OTHER_PARTNER_ID), ...ofPartner },
    ],
    ['a partner’s key that speaks for the platform', { ...publish(0, {}, PLATFORM_ID), ...ofPartner }],
    ['a partner with the platform’s id', create({}, PLATFORM_ID)],
  ])('%s', (_what, parts) => {
    expect(() => bench.send(parts)).toThrow(PoisonError)
    expect(bench.entries).toEqual([])
  })
})

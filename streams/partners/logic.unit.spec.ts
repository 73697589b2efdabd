import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCodec } from '../../topics/codec.ts'
import { LOCAL_SIZES, TOPIC_NAMES, partitionsOf, topicDefinition } from '../../topics/catalogue.ts'
import { PoisonError } from '../runtime/processor.ts'
import type { LogRecord } from '../runtime/processor.ts'
import { PartnersLogic, partnersProcessor } from './logic.ts'
import type { PartnersCodecs } from './logic.ts'
import {
  Bench,
  DAY_MS,
  ListOutput,
  MapStore,
  PARTNER_ID,
  START_MS,
  commandRecord,
  create,
  deactivate,
  email,
  issue,
  logRecord,
  memorySchemas,
  newKey,
  rotate,
  testCodecs,
  testCommand,
  testUuid,
  update,
} from './testing/fixtures.ts'

const KEY = newKey(1)
const NEXT = newKey(2)

let codecs: PartnersCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

const sentTo = (): [topic: string, key: string][] => bench.output.sent.map(({ topic, key }) => [topic, key])

describe('what a command sends', () => {
  it('a change of a partner: his new state and the entry, under his id, on the task’s own partition', () => {
    bench.send(create())
    expect(sentTo()).toEqual([
      ['partner.profile.updated', PARTNER_ID],
      ['audit.entry.recorded', PARTNER_ID],
    ])
    expect(bench.output.sent.every(({ partition }) => partition === undefined)).toBe(true)
    expect(bench.partners[0]).toMatchObject({
      event_id: testUuid(1),
      event_type: 'partner.updated',
      timestamp: START_MS + 1,
      data: { partner_id: PARTNER_ID, version: 1 },
    })
  })

  it('a rotation: both keys, each under its id, as messages with ids of their own', () => {
    bench.send(create())
    bench.send(issue(KEY))
    bench.send(rotate(KEY.key_id, NEXT, START_MS))
    expect(sentTo().slice(2)).toEqual([
      ['partner.api-key.updated', KEY.key_id],
      ['audit.entry.recorded', PARTNER_ID],
      ['partner.api-key.updated', NEXT.key_id],
      ['partner.api-key.updated', KEY.key_id],
      ['audit.entry.recorded', PARTNER_ID],
    ])
    expect(bench.keys.map(({ event_id }) => event_id)).toEqual([KEY.key_id, NEXT.key_id, testUuid(3)])
    expect(bench.keys.at(-1)).toMatchObject({ event_type: 'api_key.updated', timestamp: START_MS + 3 })
  })

  it('a refusal: the entry alone', () => {
    bench.send(update(1))
    expect(sentTo()).toEqual([['audit.entry.recorded', PARTNER_ID]])
  })

  it('the same command again: nothing, whether it was applied or refused', () => {
    const commands = [create(), create(), update(1)].map((parts, at) =>
      testCommand(testUuid(at), START_MS, parts),
    )
    for (const command of commands) bench.process(command)
    const sent = bench.output.sent.length
    const before = bench.store.entries()
    for (const command of commands) bench.process({ ...command, timestamp: START_MS + DAY_MS })
    expect(bench.output.sent).toHaveLength(sent)
    expect(bench.store.entries()).toEqual(before)
  })

  it('follows from what the batch has done so far', () => {
    const logic = new PartnersLogic(codecs)
    const parts = [create(), issue(KEY), rotate(KEY.key_id, NEXT, START_MS), deactivate(NEXT.key_id)]
    for (const [at, each] of parts.entries())
      logic.process(
        commandRecord(codecs, testCommand(testUuid(at), START_MS, each)),
        bench.store,
        bench.output,
      )
    expect(logic.endBatch()).toBe('nothing')
    expect(bench.store.committed.size).toBe(0)
    bench.store.commit()
    expect(bench.entries.map(({ data }) => data.outcome)).toEqual(parts.map(() => 'APPLIED'))
    expect(bench.key(NEXT.key_id).status).toBe('inactive')
  })
})

describe('the entry', () => {
  it('says who asked for what, when, and what came of it', () => {
    bench.send(create())
    expect(bench.entries[0]).toMatchObject({
      event_id: testUuid(1),
      event_type: 'audit.recorded',
      timestamp: START_MS + 1,
      data: {
        action: 'CREATE_PARTNER',
        outcome: 'APPLIED',
        error_code: null,
        actor: { key_id: 'bootstrap', partner_id: null, ip_address: '192.0.2.7', request_id: 'r-1' },
        partner_id: PARTNER_ID,
        subject_type: 'partner',
        subject_id: PARTNER_ID,
        before: null,
        version: 1,
        requested_at: START_MS + 1,
      },
    })
  })

  it('shows a partner with decimals as text, personal data as sealed, and no hash of the address', () => {
    const applied = bench.send(
      create({
        ...email('ann'),
        address: 'sealed-address',
        commission_rates: [{ rate: 2550n, effective_from: START_MS }],
        settings: {
          allowed_ips: [],
          auto_approvals: [{ currency: 'EUR', amount: 1_000_000n }],
          rate_limits: [],
          webhook_url: null,
        },
      }),
    )
    expect(JSON.parse(applied.after ?? '')).toEqual({
      partner_id: PARTNER_ID,
      name: 'Blue Casino',
      type: 'operator',
      status: 'active',
      commission_rates: [{ rate: '0.2550', effective_from: START_MS }],
      contact_email: 'sealed-ann',
      registration_number: null,
      address: 'sealed-address',
      settings: {
        allowed_ips: [],
        auto_approvals: [{ currency: 'EUR', amount: '100.0000' }],
        rate_limits: [],
        webhook_url: null,
      },
      version: 1,
      created_at: START_MS + 1,
      updated_at: START_MS + 1,
      command_id: testUuid(1),
    })
    const refused = bench.send(update(9))
    expect(refused).toMatchObject({ before: applied.after, after: null, version: null })
  })

  it('shows a key without anything that it could be tried against', () => {
    bench.send(create())
    const issued = bench.send(issue(KEY))
    expect(issued).toMatchObject({ subject_type: 'api_key', subject_id: KEY.key_id, before: null })
    const { key_hash: _, ...shown } = bench.key(KEY.key_id)
    expect(JSON.parse(issued.after ?? '')).toEqual(shown)
    const rotated = bench.send(rotate(KEY.key_id, NEXT, START_MS))
    expect(rotated).toMatchObject({ subject_id: KEY.key_id, before: issued.after, version: 2 })
    const ended = bench.send(deactivate(KEY.key_id))
    expect(ended).toMatchObject({ subject_id: KEY.key_id, before: rotated.after, version: 3 })
    expect(bench.entries.map(({ data }) => `${data.before}${data.after}`).join('')).not.toMatch(
      /secret|key_hash/,
    )
  })
})

describe('poison', () => {
  const COMMAND = testCommand(testUuid(1), START_MS, create())
  const value = (command = COMMAND): Buffer => codecs.command.encode(command)

  it.each<[string, string, () => LogRecord]>([
    ['no value', 'RECORD_UNDECODABLE', () => logRecord(PARTNER_ID, null)],
    ['bytes of no schema', 'RECORD_UNDECODABLE', () => logRecord(PARTNER_ID, Buffer.from('no'))],
    ['no key', 'RECORD_INVALID', () => logRecord(null, value())],
    ["another partner's key", 'RECORD_INVALID', () => logRecord(testUuid(9), value())],
    [
      'a command without what it needs',
      'RECORD_INVALID',
      () => logRecord(PARTNER_ID, value(testCommand(testUuid(1), START_MS, { action: 'ISSUE_KEY' }))),
    ],
  ])('%s: %s, and nothing is written', (_, code, record) => {
    const logic = new PartnersLogic(codecs)
    expect(() => logic.process(record(), bench.store, bench.output)).toThrow(
      expect.objectContaining({ name: PoisonError.name, code }),
    )
    expect(bench.store.isDirty).toBe(false)
    expect(bench.output.sent).toEqual([])
  })

  it('a fault of ours is no poison', () => {
    const broken = {
      ...codecs,
      command: {
        ...codecs.command,
        decode: () => {
          throw new TypeError('ours')
        },
      },
    }
    const logic = new PartnersLogic(broken)
    expect(() => logic.process(commandRecord(codecs, COMMAND), bench.store, bench.output)).toThrow(TypeError)
  })
})

describe('restore', () => {
  it('leaves topics alone that are none of its own', () => {
    new PartnersLogic(codecs).restore('wallet.balance', [logRecord('key', null)], bench.store)
    expect(bench.store.isDirty).toBe(false)
  })

  it('stops at a record without a value: that is another log', () => {
    const restore = (): void =>
      new PartnersLogic(codecs).restore('audit.entry.recorded', [logRecord('key', null, 7)], bench.store)
    expect(restore).toThrow('audit.entry.recorded holds a record without a value at offset 7')
  })

  it('remembers the commands', () => {
    bench.send(create())
    const store = new MapStore()
    const output = new ListOutput()
    const logic = new PartnersLogic(codecs)
    const [entry] = bench.output.of('audit.entry.recorded')
    logic.restore('audit.entry.recorded', [logRecord(PARTNER_ID, entry?.value ?? null)], store)
    logic.process(
      commandRecord(codecs, testCommand(testUuid(1), START_MS, create({ name: 'Red Casino' }))),
      store,
      output,
    )
    expect(output.sent).toEqual([])
  })
})

describe('the processor', () => {
  it('writes what the catalogue says, on one partition', () => {
    const { name, inputTopic, deadLetterTopic, positionTopic, changelogTopics } = partnersProcessor(codecs)
    const written = TOPIC_NAMES.map(topicDefinition).filter(({ writtenBy }) => writtenBy.includes(name))
    expect(new Set(written.map((topic) => topic.name))).toEqual(
      new Set([deadLetterTopic, positionTopic, ...changelogTopics]),
    )
    const read = TOPIC_NAMES.map(topicDefinition).filter(({ readBy }) => readBy.includes(name))
    expect(new Set(read.map((topic) => topic.name))).toEqual(
      new Set([inputTopic, positionTopic, ...changelogTopics]),
    )
    for (const topic of [...written, ...read]) expect(partitionsOf(topic, LOCAL_SIZES)).toBe(1)
  })

  it('owes nothing and keeps no house', () => {
    const logic = partnersProcessor(codecs).createLogic()
    logic.recall(logRecord(PARTNER_ID, null))
    expect(logic.endBatch(bench.store, bench.output, false)).toBe('nothing')
    expect(logic.housekeep(bench.store, START_MS)).toEqual([])
    expect(bench.store.isDirty).toBe(false)
  })

  it('learns the schema ids that its records show, and no others', async () => {
    const source = memorySchemas()
    const older = await createCodec('partner.command', source)
    const own = await testCodecs(source)
    const record = logRecord(PARTNER_ID, older.encode(testCommand(testUuid(1), START_MS, create())))
    const { prepare } = partnersProcessor(own)
    const process = (): void => new PartnersLogic(own).process(record, bench.store, bench.output)
    expect(process).toThrow(PoisonError)
    await prepare('wallet.command', [record])
    expect(process).toThrow(PoisonError)
    await prepare('partner.command', [record, logRecord(PARTNER_ID, null)])
    process()
    expect(bench.output.sent).toHaveLength(2)
  })
})

import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AlertFactor, AmlCommand, ScreeningMatch } from '../../avro/types.ts'
import {
  DESCRIPTION_CHARS_MAX,
  ENTRY_NAME_CHARS_MAX,
  LIST_CHARS_MAX,
  LIST_ID_CHARS_MAX,
  MATCHES_MAX,
  NOTE_CHARS_MAX,
  OFFICER_CHARS_MAX,
  SNOOZABLE_TYPES,
} from '../../domain/aml/alerts.ts'
import { PLAYER_ID_CHARS_MAX, playerKey } from '../../domain/ids.ts'
import { TOPIC_NAMES, topicDefinition } from '../../topics/catalogue.ts'
import { createCodec } from '../../topics/codec.ts'
import { BATCH_BYTES_MAX } from '../runtime/limits.ts'
import { PoisonError } from '../runtime/processor.ts'
import type { LogRecord } from '../runtime/processor.ts'
import { decide } from './decide.ts'
import { checkCommand } from './command.ts'
import {
  CLEARED_KEPT_MAX,
  COMMANDS_KEPT_MAX,
  DETAIL_CHARS_MAX,
  FACTORS_MAX,
  NUMBERS_MAX,
  SUB_SCORES_MAX,
  TRANSACTIONS_MAX,
  WORD_CHARS_MAX,
} from './limits.ts'
import { AlertsLogic, alertsProcessor } from './logic.ts'
import type { AlertsCodecs } from './logic.ts'
import {
  ANN,
  Bench,
  HOUR_MS,
  MapStore,
  PARTNER_ID,
  START_MS,
  assign,
  clear,
  close,
  commandRecord,
  create,
  endSnooze,
  investigate,
  logRecord,
  match,
  memorySchemas,
  note,
  raise,
  report,
  screen,
  snooze,
  testCodecs,
  testCommand,
  testUuid,
} from './testing/fixtures.ts'

const KEY = playerKey(PARTNER_ID, 'ann')
/** What one more command may add to a topic of a full batch: a batch of the broker has 1 MiB, of which some is headers. */
const ROOM_BYTES = 1024 * 1024 - BATCH_BYTES_MAX - 1024

let codecs: AlertsCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

const sentTo = (): string[] => bench.output.sent.map(({ topic }) => topic)

describe('what a command sends', () => {
  it("a finding's alert, then its changes, with the standing where that changes and a reply to people alone", () => {
    bench.send(raise({ alert_severity: 'CRITICAL', blocks_withdrawals: true }))
    bench.send(raise())
    bench.send(note(bench.alert().alert_id))
    bench.send(close(bench.alert().alert_id))
    expect(sentTo()).toEqual([
      'aml.alert.created',
      'aml.player.updated',
      'aml.alert.updated',
      'aml.alert.updated',
      'aml.reply',
      'aml.alert.updated',
      'aml.player.updated',
      'aml.reply',
    ])
    expect(bench.output.sent.every(({ key, partition }) => key === KEY && partition === undefined)).toBe(true)
  })

  it('events with ids of their own, and the time of the change', () => {
    bench.send(raise({ alert_severity: 'CRITICAL', blocks_withdrawals: true }))
    bench.send(raise())
    const ids = [...bench.events, ...bench.standings].map(({ event_id: id }) => id)
    expect(new Set(ids).size).toBe(3)
    expect(bench.events).toMatchObject([
      { event_type: 'alert.created', timestamp: START_MS + 1 },
      { event_type: 'alert.updated', timestamp: START_MS + 2 },
    ])
    expect(bench.standings).toMatchObject([{ event_type: 'aml_player.updated', timestamp: START_MS + 1 }])
  })

  it('ids that a replay gives again', () => {
    const parts = [raise(), screen([match('7')]), create()]
    const again = new Bench(codecs)
    for (const each of parts) {
      bench.send(each)
      again.send(each)
    }
    expect(again.output.sent).toEqual(bench.output.sent)
    expect(bench.alerts).toHaveLength(3)
  })

  it('a refusal: the reply alone', () => {
    expect(bench.ask(note(testUuid(9)))).toBe('ALERT_NOT_FOUND')
    expect(sentTo()).toEqual(['aml.reply'])
    expect(bench.replies).toEqual([
      {
        command_id: testUuid(1),
        partner_id: PARTNER_ID,
        player_id: 'ann',
        outcome: 'REFUSED',
        error_code: 'ALERT_NOT_FOUND',
        alert_id: testUuid(9),
        version: null,
      },
    ])
  })

  it("what concerns the player alone is answered with the standing's version", () => {
    bench.send(snooze('PATTERN', START_MS + HOUR_MS))
    expect(bench.replies[0]).toMatchObject({ outcome: 'APPLIED', alert_id: null, version: 1 })
  })

  it('follows from what the batch has done so far', () => {
    const logic = new AlertsLogic(codecs)
    for (const at of [1, 2, 3])
      logic.process(
        commandRecord(codecs, testCommand(testUuid(at), START_MS, raise())),
        bench.store,
        bench.output,
      )
    expect(logic.endBatch()).toBe('nothing')
    expect(bench.store.committed.size).toBe(0)
    expect(bench.alert().occurrences).toBe(3)
  })
})

/** One command of each kind, each of which changes something, and steps that are refused. */
function history(): AmlCommand[] {
  const sent = new Bench(codecs)
  const commands: AmlCommand[] = []
  const go = (parts: Parameters<typeof testCommand>[2]): void => {
    const command = testCommand(testUuid(commands.length + 1), START_MS + commands.length, parts)
    commands.push(command)
    sent.process(command)
  }
  go(report(testUuid(99)))
  go(raise({ four_eyes: true }))
  const { alert_id: id } = sent.alert()
  go(report(id))
  go(raise())
  go(assign(id, 'eve'))
  go(investigate(id))
  go(note(id))
  go(report(id))
  go(report(id, { ...ANN, name: 'bob' }))
  go(screen([match('7')]))
  go(clear('7'))
  go(screen([match('8')], { lists: [{ list: 'ofac', version: 'v2' }] }))
  go(screen([match('8')], { lists: [{ list: 'ofac', version: 'v3' }] }))
  go(snooze('PATTERN', START_MS + HOUR_MS))
  go(raise({ alert_type: 'PATTERN', occurred_at: START_MS + 100 }))
  go(endSnooze('PATTERN'))
  go(create())
  go(close(sent.alert(2).alert_id))
  return commands
}

describe('a command that comes again', () => {
  it.each(['at once', 'after all others', 'after a restore'])('changes nothing: %s', (when) => {
    const commands = history()
    for (const command of commands) {
      bench.process(command)
      if (when === 'at once') bench.process(command)
    }
    const once = new Bench(codecs)
    for (const command of commands) once.process(command)
    const known = when === 'after a restore' ? restored(once) : bench.store
    const logic = new AlertsLogic(codecs)
    const sent = bench.output.sent.length
    const before = known.entries()
    for (const command of commands) logic.process(commandRecord(codecs, command), known, bench.output)
    known.commit()
    expect(bench.output.sent).toHaveLength(sent)
    expect(known.entries()).toEqual(before)
    expect(before).toEqual(once.store.entries())
  })

  it('is known in the standing as long as so many others are', () => {
    const version = (at: number) => ({ lists: [{ list: 'ofac', version: `v${at}` }] })
    for (let at = 0; at <= COMMANDS_KEPT_MAX; at++) bench.send(screen([], version(at)))
    expect(bench.player().recent_command_ids).toEqual(
      Array.from({ length: COMMANDS_KEPT_MAX }, (_, at) => testUuid(at + 2)),
    )
  })
})

/** A store restored from what a processor has sent; of the standings only the newest is left. */
function restored({ output, codecs: theirs }: Bench): MapStore {
  const store = new MapStore()
  const logic = new AlertsLogic(theirs)
  for (const topic of ['aml.reply', 'aml.player.updated', 'aml.alert.updated', 'aml.alert.created']) {
    const sent = output.of(topic)
    const left = topic === 'aml.player.updated' ? sent.slice(-1) : sent
    logic.restore(
      topic,
      left.map(({ key, value }, at) => logRecord(key, value, at)),
      store,
    )
  }
  store.commit()
  return store
}

describe('poison', () => {
  const COMMAND = testCommand(testUuid(1), START_MS, raise())
  const value = (command = COMMAND): Buffer => codecs.command.encode(command)

  it.each<[string, string, () => LogRecord]>([
    ['no value', 'RECORD_UNDECODABLE', () => logRecord(KEY, null)],
    ['bytes of no schema', 'RECORD_UNDECODABLE', () => logRecord(KEY, Buffer.from('no'))],
    ['no key', 'RECORD_INVALID', () => logRecord(null, value())],
    ["another player's key", 'RECORD_INVALID', () => logRecord(playerKey(PARTNER_ID, 'eve'), value())],
    [
      'a command without what it needs',
      'RECORD_INVALID',
      () => logRecord(KEY, value(testCommand(testUuid(1), START_MS, { action: 'RAISE_ALERT' }))),
    ],
  ])('%s: %s, and nothing is written', (_, code, record) => {
    const logic = new AlertsLogic(codecs)
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
    const logic = new AlertsLogic(broken)
    expect(() => logic.process(commandRecord(codecs, COMMAND), bench.store, bench.output)).toThrow(TypeError)
  })
})

/** The longest texts that a command may bring, in characters of three bytes. */
const long = (chars: number): string => '가'.repeat(chars)
const uuids = (count: number): string[] => Array.from({ length: count }, (_, at) => testUuid(at))
const named = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [String(at).padStart(40, 'n'), 1]))

const largestFactor = (at: number): AlertFactor => ({
  code: String(at).padStart(WORD_CHARS_MAX, '가'),
  points: 1,
  numbers: named(NUMBERS_MAX),
  detail: long(DETAIL_CHARS_MAX),
  window_from: START_MS,
  window_to: START_MS,
  transaction_ids: uuids(TRANSACTIONS_MAX),
})

const largestMatch = (at: number): ScreeningMatch => ({
  list: long(LIST_CHARS_MAX),
  list_version: long(LIST_ID_CHARS_MAX),
  list_kind: 'SANCTION',
  entry_id: String(at).padStart(LIST_ID_CHARS_MAX, '가'),
  entry_name: long(ENTRY_NAME_CHARS_MAX),
  matched_name: long(ENTRY_NAME_CHARS_MAX),
  score: 99,
  sub_scores: named(SUB_SCORES_MAX),
})

describe('the largest records', () => {
  const officer = { ...ANN, name: long(OFFICER_CHARS_MAX) }
  const who = { player_id: long(PLAYER_ID_CHARS_MAX), actor: officer, note: long(NOTE_CHARS_MAX) }
  const player_id = long(PLAYER_ID_CHARS_MAX)
  const bytesOf = (topic: string): number =>
    Math.max(...bench.output.of(topic).map(({ value }) => value.length))

  it('of alerts fit what is left of a full batch', () => {
    const description = long(DESCRIPTION_CHARS_MAX)
    const matches = Array.from({ length: MATCHES_MAX }, (_, at) => largestMatch(at))
    const factors = Array.from({ length: FACTORS_MAX + 1 }, (_, at) => largestFactor(at))
    bench.send({ ...screen(matches.slice(0, MATCHES_MAX / 2)), player_id })
    bench.send({ ...screen(matches.slice(MATCHES_MAX / 2), { profile_version: 2 }), player_id })
    for (let at = 0; at < TRANSACTIONS_MAX; at += 11)
      bench.send({
        ...raise({
          alert_type: 'WATCHLIST',
          occurred_at: bench.nowMs,
          description,
          transaction_id: testUuid(at),
          factors: factors.slice(at % FACTORS_MAX, (at % FACTORS_MAX) + 20),
        }),
        player_id,
      })
    bench.send({ ...close(bench.alert().alert_id), ...who })
    expect(bench.alerts).toHaveLength(1)
    expect(bench.alert().risk_factors).toHaveLength(FACTORS_MAX)
    expect(bench.alert().matches).toHaveLength(MATCHES_MAX)
    expect(bytesOf('aml.alert.updated')).toBeGreaterThan(200_000)
    expect(bytesOf('aml.alert.updated')).toBeLessThan(ROOM_BYTES)
  })

  it('of standings do too', () => {
    let version = 0
    const found = (matches: ScreeningMatch[]): void => {
      bench.send({ ...screen(matches, { profile_version: ++version }), player_id })
      for (const { list, entry_id } of matches)
        bench.send({ ...clear('7'), ...who, match: { list, entry_id } })
    }
    for (let at = 0; at < CLEARED_KEPT_MAX; at++) found([largestMatch(at)])
    found(Array.from({ length: MATCHES_MAX }, (_, at) => largestMatch(CLEARED_KEPT_MAX + at)))
    for (const type of SNOOZABLE_TYPES)
      bench.send({
        ...snooze(type, bench.nowMs + HOUR_MS),
        ...who,
        snooze: { alert_type: type, until: bench.nowMs + HOUR_MS },
      })
    expect(bench.standings.at(-1)?.data.matches).toHaveLength(CLEARED_KEPT_MAX + MATCHES_MAX)
    expect(bytesOf('aml.player.updated')).toBeGreaterThan(200_000)
    expect(bytesOf('aml.player.updated')).toBeLessThan(ROOM_BYTES)
  })
})

describe('restore', () => {
  it('leaves topics alone that are none of its own', () => {
    new AlertsLogic(codecs).restore('wallet.balance', [logRecord('key', null)], bench.store)
    expect(bench.store.isDirty).toBe(false)
  })

  it('stops at a record without a value: that is another log', () => {
    const restore = (): void =>
      new AlertsLogic(codecs).restore('aml.reply', [logRecord('key', null, 7)], bench.store)
    expect(restore).toThrow('aml.reply holds a record without a value at offset 7')
  })

  it('finds a match without its alert to be a fault of ours', () => {
    bench.send(screen([match('7')]))
    const command = checkCommand(testCommand(testUuid(9), START_MS, clear('7')))
    if ('fault' in command) throw new Error(command.fault)
    const { state } = bench
    const view = {
      alert: () => undefined,
      openAlerts: (key: typeof KEY) => state.openAlerts(key),
      player: (key: typeof KEY) => state.player(key),
    }
    expect(() => decide(command, view)).toThrow('of a match is not there')
  })
})

describe('the processor', () => {
  it('writes what the catalogue says', () => {
    const { name, inputTopic, deadLetterTopic, positionTopic, changelogTopics } = alertsProcessor(codecs)
    const written = TOPIC_NAMES.map(topicDefinition).filter(({ writtenBy }) => writtenBy.includes(name))
    expect(new Set(written.map((topic) => topic.name))).toEqual(
      new Set([deadLetterTopic, positionTopic, 'audit.aml-entry.recorded', ...changelogTopics]),
    )
    const read = TOPIC_NAMES.map(topicDefinition).filter(({ readBy }) => readBy.includes(name))
    expect(new Set(read.map((topic) => topic.name))).toEqual(
      new Set([inputTopic, positionTopic, ...changelogTopics]),
    )
    for (const { partitions } of [...written, ...read]) expect(partitions).toBeUndefined()
  })

  it('owes nothing and keeps no house', () => {
    const logic = alertsProcessor(codecs).createLogic()
    logic.recall(logRecord(KEY, null))
    expect(logic.endBatch(bench.store, bench.output, false)).toBe('nothing')
    expect(logic.housekeep(bench.store, START_MS)).toEqual([])
    expect(bench.store.isDirty).toBe(false)
  })

  it('learns the schema ids that its records show, and no others', async () => {
    const source = memorySchemas()
    const older = await createCodec('aml.command', source)
    const own = await testCodecs(source)
    const record = logRecord(KEY, older.encode(testCommand(testUuid(1), START_MS, raise())))
    const { prepare } = alertsProcessor(own)
    const process = (): void => new AlertsLogic(own).process(record, bench.store, bench.output)
    expect(process).toThrow(PoisonError)
    await prepare('wallet.command', [record])
    expect(process).toThrow(PoisonError)
    await prepare('aml.command', [record, logRecord(KEY, null)])
    process()
    expect(bench.output.sent).toHaveLength(1)
  })
})

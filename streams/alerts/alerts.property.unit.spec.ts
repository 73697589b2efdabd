/** Any sequence of commands: what is sent is what a model of its own says, and a restore gives the store to the byte. */
import fc from 'fast-check'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { Alert, AmlCommand } from '../../avro/types.ts'
import { SEVERITIES } from '../../domain/aml/rules.ts'
import { playerKey } from '../../domain/ids.ts'
import { AlertsLogic } from './logic.ts'
import type { AlertsCodecs } from './logic.ts'
import { WINDOW_MS, commandOf, draft } from './testing/arbitrary.ts'
import type { Draft } from './testing/arbitrary.ts'
import { Bench, MapStore, PARTNER_ID, logRecord, testCodecs } from './testing/fixtures.ts'
import type { SentRecord } from './testing/fixtures.ts'
import { Model } from './testing/model.ts'

/** Sequences per property; more of them with PROPERTY_RUNS. */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 100)
const SAMPLE_RUNS = 100
const LENGTH_MAX = 60
const STANDINGS = 'aml.player.updated'
const TOPICS = ['aml.alert.created', 'aml.alert.updated', STANDINGS, 'aml.reply']

// A guard against hanging, not a measure.
vi.setConfig({ testTimeout: 60_000 + RUNS * 400 })

let codecs: AlertsCodecs
beforeAll(async () => {
  codecs = await testCodecs()
})

const drafts = fc.array(draft, { maxLength: LENGTH_MAX, size: 'max' })
const picks = fc.array(fc.nat(5), { minLength: 1, maxLength: 7 })

interface Run {
  bench: Bench
  commands: AmlCommand[]
}

/** Plays a sequence; `watch` hears each command with all alerts after it. */
function play(list: readonly Draft[], watch?: (command: AmlCommand, bench: Bench) => void): Run {
  const bench = new Bench(codecs)
  const commands: AmlCommand[] = []
  let alerts: readonly Alert[] = []
  for (const each of list) {
    const command = commandOf(each, alerts, commands)
    commands.push(command)
    bench.process(command)
    ;({ alerts } = bench)
    watch?.(command, bench)
  }
  return { bench, commands }
}

const stateOf = (alert: Alert) => ({
  player: alert.player_id,
  type: alert.alert_type,
  status: alert.alert_status,
  gravity: SEVERITIES.indexOf(alert.alert_severity),
  score: alert.risk_score,
  first: alert.first_occurred_at,
  last: alert.last_occurred_at,
  occurrences: alert.occurrences,
  transactions: alert.transaction_ids,
  blocks: alert.blocks_withdrawals,
  fourEyes: alert.four_eyes,
  proposedBy: alert.report_proposed_by,
  reviewedBy: alert.reviewed_by,
  assignee: alert.assignee_id,
  versions: alert.version,
})

function compareStanding(bench: Bench, model: Model, name: string): void {
  const standing = bench.state.player(playerKey(PARTNER_ID, name))
  const { snoozes, matches } = model.player(name)
  expect(standing?.withdrawals_blocked ?? false).toBe(model.isBlocked(name))
  const quiet = new Map(
    standing?.snoozes.map((each) => [
      each.alert_type,
      { from: each.at, until: each.until, count: each.suppressed },
    ]),
  )
  expect(quiet).toEqual(snoozes)
  const known = new Map(
    standing?.matches.map(({ match, cleared }) => [`${match.list} ${match.entry_id}`, cleared]),
  )
  expect(known).toEqual(new Map([...matches].map(([key, { cleared }]) => [key, cleared])))
  const open = [...matches.values()].filter(({ cleared }) => !cleared).map(({ kind }) => kind)
  expect(standing?.is_pep ?? false).toBe(open.includes('PEP'))
  expect(standing?.is_sanctioned ?? false).toBe(open.includes('SANCTION'))
}

describe('whatever is found and asked', () => {
  it('alerts, standings and replies are those of the model', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const model = new Model()
        const expected: (string | null)[] = []
        play(list, (command, bench) => {
          const said = model.play(command)
          if (said !== undefined && command.data.actor !== null) expected.push(said)
          const { alerts } = bench
          for (const { alert_id: id } of alerts) model.name(id)
          expect(alerts.map(stateOf)).toEqual(model.alerts)
          expect(bench.replies.map(({ error_code: code }) => code)).toEqual(expected)
          for (const name of ['ann', 'bob']) compareStanding(bench, model, name)
        })
      }),
      { numRuns: RUNS },
    )
  })

  it('no finding raises an alert while one of its type is open within the window', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        let before: Alert[] = []
        play(list, (_, bench) => {
          const { alerts } = bench
          const raised = alerts.slice(before.length).filter(({ change }) => change.action === 'RAISED')
          for (const alert of raised)
            for (const other of before)
              if (
                other.player_id === alert.player_id &&
                other.alert_type === alert.alert_type &&
                (other.alert_status === 'NEW' || other.alert_status === 'INVESTIGATING')
              )
                expect(Math.abs(other.last_occurred_at - alert.last_occurred_at)).toBeGreaterThan(WINDOW_MS)
          before = alerts
        })
      }),
      { numRuns: RUNS },
    )
  })

  it('versions have no gaps, each says from which state it came, and none is older than the one before', () => {
    fc.assert(
      fc.property(drafts, (list) => {
        const newest = new Map<string, Alert>()
        const ids = new Set<string>()
        const { bench } = play(list)
        for (const { event_id: id, data } of bench.events) {
          const before = newest.get(data.alert_id)
          expect(data.version).toBe((before?.version ?? 0) + 1)
          expect(data.updated_at).toBeGreaterThanOrEqual(before?.updated_at ?? 0)
          expect(data.change.from_status).toBe(before?.alert_status ?? null)
          newest.set(data.alert_id, data)
          ids.add(id)
        }
        expect(ids.size).toBe(bench.events.length)
        const versions = new Map<string, number>()
        for (const { data } of bench.standings) {
          expect(data.version).toBe((versions.get(data.player_id) ?? 0) + 1)
          versions.set(data.player_id, data.version)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('the sequences meet every outcome that few alerts can have', () => {
    const met = new Set<string>()
    for (const list of fc.sample(drafts, { numRuns: SAMPLE_RUNS, seed: 1 })) {
      const { bench } = play(list)
      for (const { change } of bench.events.map(({ data }) => data)) met.add(change.action)
      for (const { error_code: code } of bench.replies) if (code !== null) met.add(code)
      if (bench.standings.some(({ data }) => data.snoozes.some(({ suppressed }) => suppressed > 0)))
        met.add('suppressed')
      if (bench.standings.some(({ data }) => data.withdrawals_blocked)) met.add('blocked')
    }
    expect([...met].toSorted()).toEqual(
      [
        ...['RAISED', 'JOINED', 'CREATED', 'ASSIGNED', 'INVESTIGATED', 'NOTED', 'CLOSED'],
        ...['REPORT_PROPOSED', 'REPORTED', 'MATCH_CLEARED', 'ALL_MATCHES_CLEARED'],
        ...['ALERT_NOT_FOUND', 'ALERT_TRANSITION_ILLEGAL', 'FOUR_EYES', 'MATCH_NOT_FOUND'],
        ...['SNOOZE_NOT_FOUND', 'VERSION_CONFLICT', 'PLAYER_NOT_FOUND', 'suppressed', 'blocked'],
      ].toSorted(),
    )
  })
})

/** What is left of a compacted topic: the newest record of each key, and of the older ones those that the picks keep. */
function compacted(records: readonly SentRecord[], keeps: readonly number[]): SentRecord[] {
  const newest = new Map(records.map((record, at) => [record.key, at]))
  return records.filter((record, at) => newest.get(record.key) === at || (keeps[at % keeps.length] ?? 0) > 3)
}

const compactedTopics = (topics: readonly SentRecord[][], keeps: readonly number[]): SentRecord[][] =>
  topics.map((records, at) => (TOPICS[at] === STANDINGS ? compacted(records, keeps) : records))

/** The topics' records, each topic in its own order, by turns as the picks say; some at a time. */
function restoreInto(store: MapStore, topics: readonly SentRecord[][], turns: readonly number[]): void {
  const logic = new AlertsLogic(codecs)
  const left = topics.map((records) => [...records])
  for (let turn = 0; left.some((records) => records.length > 0); turn++) {
    const pick = turns[turn % turns.length] ?? 0
    const waiting = left.filter((records) => records.length > 0)
    const fetched = waiting[pick % waiting.length]?.splice(0, 1 + pick) ?? []
    const [first] = fetched
    if (first === undefined) continue
    logic.restore(
      first.topic,
      fetched.map(({ key, value }, offset) => logRecord(key, value, offset)),
      store,
    )
    store.commit()
  }
}

const topicsOf = ({ bench }: Run): SentRecord[][] => TOPICS.map((topic) => bench.output.of(topic))

describe('restore', () => {
  it('from the whole or compacted topics, in any order of the four, gives the live store to the byte', () => {
    fc.assert(
      fc.property(drafts, picks, picks, (list, turns, keeps) => {
        const run = play(list)
        const store = new MapStore()
        restoreInto(store, compactedTopics(topicsOf(run), keeps), turns)
        expect(store.entries()).toEqual(run.bench.store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('over a store that knows some of it already, from records read before or compacted since, gives the same', () => {
    fc.assert(
      fc.property(drafts, picks, picks, fc.nat(), (list, turns, keeps, cut) => {
        const store = new MapStore()
        const run = play(list)
        const topics = topicsOf(run)
        const known = topics.map((records, at) => records.slice(0, (cut >> (at * 4)) % (records.length + 1)))
        restoreInto(store, known, turns)
        restoreInto(store, compactedTopics(topics, keeps), turns)
        expect(store.entries()).toEqual(run.bench.store.entries())
      }),
      { numRuns: RUNS },
    )
  })

  it('goes on as the live one would', () => {
    fc.assert(
      fc.property(drafts, drafts, picks, (before, after, turns) => {
        const live = play([...before, ...after])
        const first = play(before)
        const heir = new Bench(codecs)
        restoreInto(heir.store, compactedTopics(topicsOf(first), [0]), turns)
        for (const command of live.commands.slice(before.length)) heir.process(command)
        expect(heir.output.sent).toEqual(live.bench.output.sent.slice(first.bench.output.sent.length))
      }),
      { numRuns: RUNS },
    )
  })
})

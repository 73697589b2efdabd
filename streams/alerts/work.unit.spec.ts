/** Given an alert, when an officer takes a step, then it is made or refused. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { RESOLUTION_CODES } from '../../domain/aml/alerts.ts'
import type { AlertsCodecs } from './logic.ts'
import {
  ANN,
  BOB,
  Bench,
  HOUR_MS,
  OTHER_PARTNER_ID,
  PARTNER_ID,
  START_MS,
  assign,
  clear,
  close,
  create,
  endSnooze,
  investigate,
  note,
  officer,
  raise,
  report,
  snooze,
  testCodecs,
  testUuid,
} from './testing/fixtures.ts'
import type { CommandParts } from './testing/fixtures.ts'

let codecs: AlertsCodecs
let bench: Bench
let id: string
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
  bench.send(raise())
  id = bench.alert().alert_id
})

const ILLEGAL = 'ALERT_TRANSITION_ILLEGAL'
/** Steps that lead to a state. */
const WAYS: Record<string, (() => CommandParts)[]> = {
  NEW: [],
  INVESTIGATING: [() => investigate(id)],
  CLOSED: [() => close(id)],
  REPORTED: [() => investigate(id), () => report(id)],
}

describe('from each state', () => {
  it.each<[string, string, () => CommandParts, string | null, string]>([
    ['NEW', 'INVESTIGATE', () => investigate(id), null, 'INVESTIGATING'],
    ['NEW', 'CLOSE', () => close(id), null, 'CLOSED'],
    ['NEW', 'REPORT', () => report(id), ILLEGAL, 'NEW'],
    ['NEW', 'ASSIGN', () => assign(id, 'eve'), null, 'NEW'],
    ['NEW', 'NOTE', () => note(id), null, 'NEW'],
    ['INVESTIGATING', 'INVESTIGATE', () => investigate(id), ILLEGAL, 'INVESTIGATING'],
    ['INVESTIGATING', 'CLOSE', () => close(id), null, 'CLOSED'],
    ['INVESTIGATING', 'REPORT', () => report(id), null, 'REPORTED'],
    ['INVESTIGATING', 'ASSIGN', () => assign(id, null), null, 'INVESTIGATING'],
    ['INVESTIGATING', 'NOTE', () => note(id), null, 'INVESTIGATING'],
    ...(['CLOSED', 'REPORTED'] as const).flatMap((status) => [
      [status, 'INVESTIGATE', () => investigate(id), ILLEGAL, status] as [
        string,
        string,
        () => CommandParts,
        string,
        string,
      ],
      [status, 'CLOSE', () => close(id), ILLEGAL, status] as [
        string,
        string,
        () => CommandParts,
        string,
        string,
      ],
      [status, 'REPORT', () => report(id), ILLEGAL, status] as [
        string,
        string,
        () => CommandParts,
        string,
        string,
      ],
      [status, 'ASSIGN', () => assign(id, 'eve'), ILLEGAL, status] as [
        string,
        string,
        () => CommandParts,
        string,
        string,
      ],
      [status, 'NOTE', () => note(id), null, status] as [string, string, () => CommandParts, null, string],
    ]),
  ])('%s, %s', (from, _, step, refusal, to) => {
    for (const way of WAYS[from] ?? []) expect(bench.ask(way())).toBeNull()
    const { version } = bench.alert()
    expect(bench.ask(step())).toBe(refusal)
    expect(bench.alert()).toMatchObject({ alert_status: to, version: version + (refusal === null ? 1 : 0) })
    expect(bench.replies.at(-1)).toMatchObject({
      outcome: refusal === null ? 'APPLIED' : 'REFUSED',
      alert_id: id,
      version: refusal === null ? version + 1 : null,
    })
  })
})

describe('what a step leaves', () => {
  it('an assignment: the officer, or nobody', () => {
    bench.send(assign(id, 'eve'))
    expect(bench.alert()).toMatchObject({
      assignee_id: 'eve',
      change: { action: 'ASSIGNED', actor: 'ann', from_status: 'NEW', at: START_MS + 2 },
    })
    bench.send(assign(id, null))
    expect(bench.alert().assignee_id).toBeNull()
  })

  it.each(RESOLUTION_CODES)('a closing: who, when and why (%s)', (code) => {
    bench.send(close(id, code))
    expect(bench.alert()).toMatchObject({
      resolution_code: code,
      reviewed_by: 'ann',
      reviewed_at: START_MS + 2,
      review_notes: 'explained',
      change: { action: 'CLOSED', from_status: 'NEW', note: 'explained' },
    })
  })

  it('a note: nothing but its change', () => {
    const before = bench.alert()
    bench.send(note(id))
    const { change, version, updated_at, ...after } = bench.alert()
    expect(before).toMatchObject(after)
    expect({ version, updated_at }).toEqual({ version: 2, updated_at: START_MS + 2 })
    expect(change).toMatchObject({ action: 'NOTED', actor: 'bob', note: 'called the player' })
  })

  it('is never older than what was before, though clocks differ', () => {
    bench.nowMs = START_MS - HOUR_MS
    bench.send(note(id))
    expect(bench.alert()).toMatchObject({ updated_at: START_MS + 1, change: { at: START_MS - HOUR_MS + 1 } })
  })
})

describe('four eyes', () => {
  beforeEach(() => {
    bench.send(raise({ alert_type: 'PATTERN', four_eyes: true }))
    id = bench.alert(1).alert_id
    bench.send(investigate(id))
  })

  it('one officer proposes, another one reports', () => {
    expect(bench.ask(report(id, ANN, 'SAR-1'))).toBeNull()
    expect(bench.alert(1)).toMatchObject({
      alert_status: 'INVESTIGATING',
      report_proposed_by: 'ann',
      report_reference: 'SAR-1',
      reviewed_by: null,
      change: { action: 'REPORT_PROPOSED' },
    })
    expect(bench.ask(report(id, ANN))).toBe('FOUR_EYES')
    expect(bench.ask(report(id, { ...ANN, key_id: 'another-key' }))).toBe('FOUR_EYES')
    expect(bench.ask(report(id, BOB, 'SAR-1a'))).toBeNull()
    expect(bench.alert(1)).toMatchObject({
      alert_status: 'REPORTED',
      report_proposed_by: 'ann',
      reviewed_by: 'bob',
      report_reference: 'SAR-1a',
      change: { action: 'REPORTED', from_status: 'INVESTIGATING' },
    })
  })

  it('a proposal comes to nothing where the alert is closed', () => {
    bench.send(report(id))
    bench.send(close(id))
    expect(bench.alert(1)).toMatchObject({
      alert_status: 'CLOSED',
      report_proposed_by: null,
      report_reference: null,
    })
  })
})

describe('what is not there', () => {
  it('an alert that nobody raised, and one of another player', () => {
    expect(bench.ask(note(testUuid(99)))).toBe('ALERT_NOT_FOUND')
    expect(bench.ask({ ...note(id), player_id: 'eve' })).toBe('ALERT_NOT_FOUND')
    expect(bench.ask({ ...note(id), partner_id: OTHER_PARTNER_ID })).toBe('ALERT_NOT_FOUND')
  })

  it("everything of another partner, to a partner's own officers", () => {
    const foreign = officer('mallory', OTHER_PARTNER_ID)
    const steps = [assign(id, 'mallory'), investigate(id), note(id), close(id), report(id)]
    for (const step of steps) expect(bench.ask({ ...step, actor: foreign })).toBe('ALERT_NOT_FOUND')
    const others = [create(), clear('1'), snooze('PATTERN', START_MS + HOUR_MS), endSnooze('PATTERN')]
    for (const step of others) expect(bench.ask({ ...step, actor: foreign })).toBe('PLAYER_NOT_FOUND')
    expect(bench.alert()).toMatchObject({ version: 1 })
    expect(bench.ask({ ...note(id), actor: officer('own', PARTNER_ID) })).toBeNull()
  })

  it('another version than the officer has seen', () => {
    expect(bench.ask({ ...note(id), expected_version: 2 })).toBe('VERSION_CONFLICT')
    expect(bench.ask({ ...note(id), expected_version: 1 })).toBeNull()
    expect(bench.ask({ ...close(id), expected_version: 1 })).toBe('VERSION_CONFLICT')
    expect(bench.alert().alert_status).toBe('NEW')
  })
})

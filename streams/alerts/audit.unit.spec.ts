/** What officers decide of a player leaves an entry: who, when, before and after, refused or not. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { playerSubjectIdOf } from '../../domain/audit.ts'
import {
  Bench,
  HOUR_MS,
  PARTNER_ID,
  START_MS,
  clear,
  close,
  create,
  endSnooze,
  match,
  raise,
  screen,
  snooze,
  testCodecs,
} from './testing/fixtures.ts'
import type { AlertsCodecs } from './logic.ts'

let codecs: AlertsCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

const UNTIL_MS = START_MS + HOUR_MS
const iso = (atMs: number): string => new Date(atMs).toISOString()
const read = (text: string | null | undefined): unknown =>
  text === null || text === undefined ? null : JSON.parse(text)

/** The last entry, with its subjects read. */
function last() {
  const entry = bench.auditEntries.at(-1)
  if (entry === undefined) throw new Error('there is no entry')
  return { ...entry, before: read(entry.data.before), after: read(entry.data.after) }
}

describe('the audit trail', () => {
  it('holds a snooze, another one in its place, what both passed over, and its end', () => {
    const id = bench.send(snooze('THRESHOLD', UNTIL_MS))
    const first = {
      alert_type: 'THRESHOLD',
      until: iso(UNTIL_MS),
      by: 'ann',
      note: 'known high roller',
      at: iso(START_MS + 1),
      suppressed: 0,
      last_suppressed_at: null,
    }
    expect(last()).toMatchObject({
      event_id: id,
      timestamp: START_MS + 1,
      before: null,
      after: { ...first, officer: 'ann' },
      data: {
        action: 'SNOOZE',
        outcome: 'APPLIED',
        error_code: null,
        actor: { key_id: 'key-1', partner_id: null, ip_address: '192.0.2.7', request_id: 'r-1' },
        partner_id: PARTNER_ID,
        player_id: 'ann',
        subject_type: 'aml_player',
        subject_id: playerSubjectIdOf(PARTNER_ID, 'ann'),
        version: 1,
        requested_at: START_MS + 1,
        reason: 'known high roller',
      },
    })
    bench.send(raise({ occurred_at: START_MS + 10 }))
    const passedOver = { ...first, suppressed: 1, last_suppressed_at: iso(START_MS + 10) }
    bench.send(snooze('THRESHOLD', UNTIL_MS + HOUR_MS))
    expect(last()).toMatchObject({ before: passedOver, after: { until: iso(UNTIL_MS + HOUR_MS) } })
    bench.send(endSnooze('THRESHOLD'))
    expect(last()).toMatchObject({
      before: { until: iso(UNTIL_MS + HOUR_MS), suppressed: 1 },
      after: { until: iso(bench.nowMs), suppressed: 1, officer: 'ann' },
      data: { action: 'END_SNOOZE', version: 4 },
    })
    expect(bench.auditEntries).toHaveLength(3)
  })

  it('holds a match that was cleared', () => {
    bench.send(screen([match('7')]))
    bench.send(clear('7'))
    const { before, after, data } = last()
    expect(data).toMatchObject({ action: 'CLEAR_MATCH', outcome: 'APPLIED', reason: 'another birth date' })
    expect(before).toMatchObject({ list: 'ofac', list_version: 'v1', entry_id: '7', cleared: false })
    expect(after).toMatchObject({
      ...{ entry_id: '7', cleared: true, cleared_by: 'ann', officer: 'ann' },
      cleared_at: iso(bench.nowMs),
    })
  })

  it('holds what was refused', () => {
    bench.send(clear('8'))
    expect(last()).toMatchObject({
      ...{ before: null, after: null },
      data: { outcome: 'REFUSED', error_code: 'MATCH_NOT_FOUND', version: null },
    })
    bench.send(endSnooze('PATTERN'))
    expect(last()).toMatchObject({ data: { action: 'END_SNOOZE', error_code: 'SNOOZE_NOT_FOUND' } })
  })

  it('leaves alerts to their own history, and processors out', () => {
    bench.send(create())
    bench.send(close(bench.alert().alert_id))
    bench.send(raise())
    bench.send(screen([match('7')]))
    expect(bench.auditEntries).toEqual([])
  })
})

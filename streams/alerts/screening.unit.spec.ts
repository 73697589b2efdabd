/** Given what is known of a player, when lists are searched or an officer clears a match, then what follows. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { CLEARED_KEPT_MAX } from './limits.ts'
import type { AlertsCodecs } from './logic.ts'
import {
  Bench,
  HOUR_MS,
  PEP,
  START_MS,
  WEEK_MS,
  clear,
  close,
  match,
  screen,
  testCodecs,
} from './testing/fixtures.ts'

let codecs: AlertsCodecs
let bench: Bench
beforeAll(async () => {
  codecs = await testCodecs()
})
beforeEach(() => {
  bench = new Bench(codecs)
})

const V2 = { lists: [{ list: 'ofac', version: 'v2' }] }
const entries = (): [string, boolean][] =>
  bench.player().matches.map((each) => [each.match.entry_id, each.cleared])

describe('a screening', () => {
  it('that finds nothing leaves a trace of what was searched', () => {
    bench.send(screen([]))
    expect(bench.alerts).toEqual([])
    expect(bench.player()).toMatchObject({
      matches: [],
      screened_at: START_MS + 1,
      profile_version: 1,
      lists: [{ list: 'ofac', version: 'v1' }],
      is_pep: false,
      is_sanctioned: false,
    })
  })

  it('that finds a sanction raises a CRITICAL alert with all that shows why', () => {
    bench.send(screen([match('7')]))
    expect(bench.alert()).toMatchObject({
      alert_type: 'WATCHLIST',
      alert_severity: 'CRITICAL',
      risk_score: 95,
      rules_version: 'platform:1',
      blocks_withdrawals: true,
      matches: [match('7')],
      risk_factors: [
        {
          code: 'WATCHLIST_MATCH',
          points: 95,
          numbers: { score: 95, name: 95 },
          detail: 'ofac (v1): Entry 7 [7], matched as Alias 7',
        },
      ],
      change: { action: 'RAISED' },
    })
    expect(bench.player()).toMatchObject({
      is_sanctioned: true,
      is_pep: false,
      withdrawals_blocked: true,
      matches: [{ match: match('7'), alert_id: bench.alert().alert_id, cleared: false }],
    })
  })

  it('that finds a politically exposed person raises a HIGH one; a sanction that comes to it makes it CRITICAL', () => {
    bench.send(screen([match('7', { ...PEP, score: 99 })]))
    expect(bench.alert()).toMatchObject({ alert_severity: 'HIGH', risk_score: 99 })
    expect(bench.player()).toMatchObject({ is_pep: true, is_sanctioned: false, withdrawals_blocked: false })
    bench.send(screen([match('7', { ...PEP, score: 99 }), match('8')], V2))
    expect(bench.alerts).toHaveLength(1)
    expect(bench.alert()).toMatchObject({
      alert_severity: 'CRITICAL',
      risk_score: 99,
      occurrences: 2,
      change: { action: 'JOINED' },
    })
    expect(bench.alert().description).toContain('sanctions')
    expect(bench.alert().matches.map(({ entry_id: id }) => id)).toEqual(['7', '8'])
    expect(bench.alert().risk_factors.map(({ points }) => points)).toEqual([95, 99])
    expect(bench.player()).toMatchObject({ is_pep: true, is_sanctioned: true, withdrawals_blocked: true })
  })

  it('that finds an entry twice takes the better one', () => {
    bench.send(screen([match('7', { score: 99 }), match('7', { score: 91 })]))
    expect(bench.player().matches).toMatchObject([{ match: { score: 99 } }])
    expect(bench.alert().matches).toHaveLength(1)
  })

  it('of new lists that finds the same again says so in the standing alone', () => {
    bench.send(screen([match('7')]))
    bench.send(screen([match('7', { list_version: 'v2' })], V2))
    expect(bench.alert().version).toBe(1)
    expect(bench.player()).toMatchObject({
      version: 2,
      lists: V2.lists,
      matches: [{ match: { list_version: 'v2' }, alert_id: bench.alert().alert_id }],
      recent_command_ids: [bench.player().command_id],
    })
  })

  it('that is repeated changes nothing', () => {
    bench.send(screen([match('7')]))
    bench.send(screen([match('7')]))
    expect(bench.output.sent).toHaveLength(2)
  })

  it('of an older profile changes nothing', () => {
    bench.send(screen([match('7')], { profile_version: 2 }))
    bench.send(screen([match('8')], { profile_version: 1, ...V2 }))
    expect(bench.output.sent).toHaveLength(2)
  })

  it('lets go of what is on no list any more, and raises anew what comes back', () => {
    bench.send(screen([match('7')]))
    bench.send(close(bench.alert().alert_id))
    bench.send(screen([], V2))
    expect(bench.player()).toMatchObject({ matches: [], is_sanctioned: false })
    bench.send(screen([match('7')], { profile_version: 2 }))
    expect(bench.alerts.map(({ alert_status: status }) => status)).toEqual(['CLOSED', 'NEW'])
    expect(new Set(bench.alerts.map(({ alert_id: id }) => id)).size).toBe(2)
  })

  it('joins the open alert within its window alone', () => {
    bench.send(screen([match('7')]))
    bench.nowMs += WEEK_MS + HOUR_MS
    bench.send(screen([match('7'), match('8')], V2))
    expect(bench.alerts).toHaveLength(2)
    expect(bench.player().matches.map(({ alert_id: id }) => id)).toEqual(
      bench.alerts.map(({ alert_id: id }) => id),
    )
  })
})

describe('a match that is cleared', () => {
  it('says so in its alert, and where it was the last', () => {
    bench.send(screen([match('7'), match('8', PEP)]))
    expect(bench.ask(clear('7'))).toBeNull()
    expect(bench.alert().change).toMatchObject({
      action: 'MATCH_CLEARED',
      actor: 'ann',
      note: 'another birth date',
      match: { list: 'ofac', entry_id: '7' },
    })
    expect(bench.player()).toMatchObject({ is_sanctioned: false, is_pep: true, withdrawals_blocked: true })
    expect(bench.player().matches[0]).toMatchObject({
      cleared: true,
      cleared_by: 'ann',
      cleared_at: START_MS + 2,
    })
    expect(bench.ask(clear('8', 'peps'))).toBeNull()
    expect(bench.alert()).toMatchObject({ alert_status: 'NEW', change: { action: 'ALL_MATCHES_CLEARED' } })
    expect(bench.player()).toMatchObject({ is_sanctioned: false, is_pep: false, withdrawals_blocked: true })
  })

  it('stays cleared when lists change, when it is gone, and when it comes back', () => {
    bench.send(screen([match('7')]))
    bench.send(clear('7'))
    bench.send(screen([match('7', { list_version: 'v2', matched_name: 'Another alias' })], V2))
    expect(entries()).toEqual([['7', true]])
    bench.send(screen([], { profile_version: 2 }))
    expect(entries()).toEqual([['7', true]])
    bench.send(screen([match('7'), match('8')], { profile_version: 3 }))
    expect(entries()).toEqual([
      ['7', true],
      ['8', false],
    ])
    expect(bench.alert().matches.map(({ entry_id: id }) => id)).toEqual(['7', '8'])
  })

  it('is told by the alert that it raised, though that one is closed', () => {
    bench.send(screen([match('7')]))
    bench.send(close(bench.alert().alert_id))
    bench.send(clear('7'))
    expect(bench.alert()).toMatchObject({ alert_status: 'CLOSED', change: { action: 'ALL_MATCHES_CLEARED' } })
  })

  it('is not cleared twice, nor where there is none', () => {
    expect(bench.ask(clear('7'))).toBe('MATCH_NOT_FOUND')
    bench.send(screen([match('7')]))
    expect(bench.ask(clear('7', 'peps'))).toBe('MATCH_NOT_FOUND')
    expect(bench.ask(clear('7'))).toBeNull()
    expect(bench.ask(clear('7'))).toBe('MATCH_NOT_FOUND')
  })

  it('is forgotten once many later ones are kept that no list shows', () => {
    for (let at = 0; at <= CLEARED_KEPT_MAX; at++) {
      bench.send(screen([match(String(at))], { profile_version: at + 1 }))
      bench.send(clear(String(at)))
    }
    bench.send(screen([], { profile_version: CLEARED_KEPT_MAX + 2 }))
    expect(entries()).toHaveLength(CLEARED_KEPT_MAX)
    expect(entries()[0]).toEqual(['1', true])
  })
})

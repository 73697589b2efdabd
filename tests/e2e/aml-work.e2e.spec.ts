/** The work on alerts over REST, on the running system. */
import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { asAdmin, codeOf, request } from '../../api/testing/live.ts'
import {
  alertOf,
  alertsPage,
  callApi,
  callWith,
  listed,
  newPlayer,
  partnerWith,
  play,
} from '../support/aml.ts'
import { waitFor } from '../support/wait.ts'

const DAY_MS = 86_400_000

describe('the work on an alert', () => {
  it('goes from NEW to CLOSED, and says who did what', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    await play(player, [{ type: 'DEPOSIT', amount: 15_000 }])
    const id = await alertOf(player, 'THRESHOLD')
    const step = (name: string, body: object) => callApi('POST', `/aml/alerts/${id}/${name}`, body)
    expect(await step('assign', { assignee_id: 'ann', officer: 'ann' })).toMatchObject({ status: 200 })
    expect(await step('report', { report_reference: 'SAR-1', officer: 'ann' })).toMatchObject({
      status: 409,
      body: { code: 'ALERT_TRANSITION_ILLEGAL' },
    })
    expect(await step('investigate', { officer: 'ann' })).toMatchObject({ status: 200 })
    expect(await step('close', { officer: 'ann' })).toMatchObject({ status: 400 })
    const closed = await step('close', {
      officer: 'ann',
      resolution_code: 'EXPLAINED',
      note: 'Sold a house.',
    })
    expect(closed).toMatchObject({ status: 200, body: { id, version: 4 } })
    const { body } = await callApi('GET', `/aml/alerts/${id}?min_version=4`)
    expect(body).toMatchObject({
      alert_status: 'CLOSED',
      resolution_code: 'EXPLAINED',
      reviewed_by: 'ann',
      review_notes: 'Sold a house.',
      history: [
        { action: 'RAISED', to_status: 'NEW' },
        { action: 'ASSIGNED', actor: 'ann' },
        { action: 'INVESTIGATED', to_status: 'INVESTIGATING' },
        { action: 'CLOSED', from_status: 'INVESTIGATING', to_status: 'CLOSED' },
      ],
    })
  })

  it('begins by hand, and is done for many at once', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    const raised = await callApi('POST', '/aml/alerts', {
      player_id: player,
      alert_severity: 'HIGH',
      description: 'Reported by the payments team.',
    })
    expect(raised).toMatchObject({ status: 201, body: { version: 1 } })
    const id = await alertOf(player, 'MANUAL')
    const unknown = randomUUID()
    const bulk = await callApi('POST', '/aml/alerts/bulk', {
      action: 'assign',
      alert_ids: [id, unknown],
      assignee_id: 'bob',
    })
    expect(bulk.body).toEqual({
      results: [
        { id, version: 2, code: null },
        { id: unknown, version: null, code: 'ALERT_NOT_FOUND' },
      ],
    })
  })

  it('keeps a rule quiet for a player, and shows what it held back', { timeout: 120_000 }, async () => {
    const player = newPlayer()
    const until = new Date(Date.now() + DAY_MS).toISOString()
    const snooze = { alert_type: 'THRESHOLD', until, note: 'Known high roller.', officer: 'ann' }
    expect(await callApi('POST', `/aml/players/${player}/snoozes`, snooze)).toMatchObject({ status: 200 })
    await play(player, [{ type: 'DEPOSIT', amount: 20_000 }])
    await waitFor(async () => {
      const { body } = await callApi('GET', `/aml/profiles/${player}`)
      return JSON.stringify(body['snoozes']).includes('"suppressed":1')
    })
    expect(await listed(player, 'THRESHOLD')).toEqual([])
    const { body } = await callApi('GET', `/aml/profiles/${player}`)
    expect(body).toMatchObject({ assessments: 1, overall_risk_score: 0.7 * 30 + 0.3 * 40 })
  })

  it('takes two officers to report where the rules say so', { timeout: 120_000 }, async () => {
    const key = await partnerWith({ four_eyes: true })
    const player = newPlayer()
    await callWith(key, 'POST', `/wallet/${player}/deposit`, {
      ...{ amount: 12_000, currency: 'USD', transaction_id_partner: randomUUID() },
    })
    const id = await waitFor(async () => {
      const { data } = alertsPage.parse(await callWith(key, 'GET', `/aml/alerts?player_id=${player}`))
      return data[0]?.id
    })
    const report = (officer: string) =>
      request('POST', `/aml/alerts/${id}/report`, { officer, report_reference: 'SAR-7' }, key)
    await callWith(key, 'POST', `/aml/alerts/${id}/investigate`, { officer: 'ann' })
    expect((await report('ann')).status).toBe(200)
    const again = await report('ann')
    expect([again.status, codeOf(again)]).toEqual([409, 'FOUR_EYES'])
    expect((await report('bob')).status).toBe(200)
    expect(await callWith(key, 'GET', `/aml/alerts/${id}?min_version=4`)).toMatchObject({
      ...{ alert_status: 'REPORTED', report_reference: 'SAR-7' },
      ...{ report_proposed_by: 'ann', reviewed_by: 'bob' },
      history: [
        { action: 'RAISED' },
        { action: 'INVESTIGATED', actor: 'ann' },
        { action: 'REPORT_PROPOSED', actor: 'ann', to_status: 'INVESTIGATING' },
        { action: 'REPORTED', actor: 'bob', to_status: 'REPORTED' },
      ],
    })
  })

  it('ends for many at once, and for none twice', { timeout: 120_000 }, async () => {
    const players = [newPlayer(), newPlayer()]
    for (const player of players) await play(player, [{ type: 'DEPOSIT', amount: 15_000 }])
    const ids = await Promise.all(players.map((player) => alertOf(player, 'THRESHOLD')))
    const close = { action: 'close', alert_ids: ids, resolution_code: 'EXPLAINED', note: 'Seen.' }
    expect((await callApi('POST', '/aml/alerts/bulk', close)).body).toEqual({
      results: ids.map((id) => ({ id, version: 2, code: null })),
    })
    expect((await callApi('POST', '/aml/alerts/bulk', close)).body).toEqual({
      results: ids.map((id) => ({ id, version: null, code: 'ALERT_TRANSITION_ILLEGAL' })),
    })
  })
})

const trail = z.object({
  data: z.array(
    z.object({
      action: z.string(),
      outcome: z.string(),
      before: z.record(z.string(), z.unknown()).nullable(),
      after: z.record(z.string(), z.unknown()).nullable(),
    }),
  ),
})

/** What the audit trail says that officers decided of a player, the last first. */
const auditOf = (player: string, count: number) =>
  waitFor(async () => {
    const { data } = trail.parse((await callApi('GET', `/audit?player_id=${player}`)).body)
    const entries = data.filter(({ action }) => action !== 'PLAYER_UPDATE')
    return entries.length >= count && entries
  })

describe('the queue of alerts', () => {
  it('is filtered by what an officer looks for, and comes in pages', { timeout: 120_000 }, async () => {
    const key = await partnerWith({})
    const raised: string[] = []
    for (const severity of ['HIGH', 'LOW', 'HIGH']) {
      const alert = { player_id: newPlayer(), alert_severity: severity, description: 'A call from the bank.' }
      const { status, text } = await request('POST', '/aml/alerts', alert, key)
      expect([status, text]).toEqual([201, text])
      raised.push(z.object({ id: z.string() }).loose().parse(JSON.parse(text)).id)
    }
    const [first = '', second = '', third = ''] = raised
    await callWith(key, 'POST', `/aml/alerts/${first}/assign`, { assignee_id: 'ann' })
    await callWith(key, 'POST', `/aml/alerts/${second}/investigate`, {})
    await callWith(key, 'GET', `/aml/alerts/${second}?min_version=2`)
    const page = z.object({
      data: z.array(z.object({ id: z.string(), created_at: z.string() }).loose()),
      next_cursor: z.string().nullable(),
    })
    const asked = async (query: string) => page.parse(await callWith(key, 'GET', `/aml/alerts?${query}`))
    const ids = async (query: string): Promise<string[]> => (await asked(query)).data.map(({ id }) => id)
    await waitFor(async () => (await ids('assignee_id=ann')).length > 0 && (await ids('')).length === 3)
    const newest = await asked('limit=2')
    expect(newest.data.map(({ id }) => id)).toEqual([third, second])
    expect(await ids(`limit=2&cursor=${newest.next_cursor}`)).toEqual([first])
    expect(await ids('alert_severity=HIGH')).toEqual([third, first])
    expect(await ids('alert_status=INVESTIGATING')).toEqual([second])
    expect(await ids('alert_severity=HIGH&assignee_id=ann&alert_type=MANUAL')).toEqual([first])
    const thirdFrom = newest.data[0]?.created_at ?? ''
    expect(await ids(`from=${thirdFrom}`)).toEqual([third])
    expect(await ids(`to=${thirdFrom}&alert_status=NEW`)).toEqual([first])
  })
})

describe('a name that is screened on demand', () => {
  it('is answered with the entries that it is like, and why', async () => {
    const asked = { name: 'Zoltraf Kendrymoff', date_of_birth: '1961' }
    expect(await callApi('POST', '/aml/screening', asked)).toMatchObject({
      status: 200,
      body: {
        matches: [
          {
            ...{
              list: 'sample',
              list_version: expect.stringMatching(/^[0-9a-f]{12}$/),
              list_kind: 'SANCTION',
            },
            ...{ entry_id: 'sample-1', entry_name: 'Zoltrav Kendrimov', matched_name: 'Zoltraf Kendrymoff' },
            sub_scores: { name: 100 },
          },
        ],
      },
    })
    expect((await callApi('POST', '/aml/screening', { name: 'Ann Honest' })).body).toMatchObject({
      matches: [],
    })
  })
})

describe('what officers decide of a player', () => {
  it(
    'ends a snooze before its time, and all of it stands in the audit trail',
    { timeout: 120_000 },
    async () => {
      const player = newPlayer()
      const until = new Date(Date.now() + DAY_MS).toISOString()
      const snooze = { alert_type: 'THRESHOLD', until, note: 'Known high roller.', officer: 'ann' }
      expect(await callApi('POST', `/aml/players/${player}/snoozes`, snooze)).toMatchObject({ status: 200 })
      const path = `/aml/players/${player}/snoozes/THRESHOLD?officer=bob`
      expect(await request('DELETE', path, undefined, asAdmin)).toMatchObject({ status: 200 })
      expect(codeOf(await request('DELETE', path, undefined, asAdmin))).toBe('SNOOZE_NOT_FOUND')
      await play(player, [{ type: 'DEPOSIT', amount: 20_000 }])
      await alertOf(player, 'THRESHOLD')
      expect(await auditOf(player, 3)).toMatchObject([
        { action: 'END_SNOOZE', outcome: 'REFUSED', after: null },
        { action: 'END_SNOOZE', outcome: 'APPLIED', before: { until }, after: { officer: 'bob' } },
        { action: 'SNOOZE', outcome: 'APPLIED', before: null, after: { until, officer: 'ann' } },
      ])
    },
  )

  it(
    'clears a match, which stays cleared when the player is screened again',
    { timeout: 120_000 },
    async () => {
      const player = newPlayer()
      const person = { name: 'Mirelda Quastanova', date_of_birth: '1974-06-01', country: 'SE' }
      expect(await request('PUT', `/players/${player}`, person)).toMatchObject({ status: 200 })
      const id = await alertOf(player, 'WATCHLIST')
      const clearing = { list: 'sample', entry_id: 'sample-2', note: 'Another person.', officer: 'ann' }
      const cleared = await callApi('POST', `/aml/players/${player}/cleared-matches`, clearing)
      expect(cleared).toMatchObject({ status: 200 })
      const standing = async () => (await callApi('GET', `/aml/profiles/${player}`)).body
      const before = await waitFor(async () => {
        const body = await standing()
        return body['is_sanctioned'] === false && body
      })
      expect(await request('PUT', `/players/${player}`, { ...person, country: 'NO' })).toMatchObject({
        status: 200,
      })
      const after = await waitFor(async () => {
        const body = await standing()
        return body['screened_at'] !== before['screened_at'] && body
      })
      expect(after).toMatchObject({
        is_sanctioned: false,
        matches: [{ entry_id: 'sample-2', cleared: true }],
      })
      expect((await listed(player, 'WATCHLIST')).map((alert) => alert.id)).toEqual([id])
      expect(await auditOf(player, 1)).toMatchObject([
        { action: 'CLEAR_MATCH', before: { cleared: false }, after: { cleared: true, cleared_by: 'ann' } },
      ])
    },
  )
})

/** Players' profiles and self-exclusion on the running system: API, Kafka, the wallet and PostgreSQL. */
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { waitFor } from '../tests/support/wait.ts'
import { commandAnswer } from './schemas/answers.ts'
import { playerAnswer } from './schemas/players.ts'
import { asAdmin, bet, bodyOf, codeOf, get, newId, playerWith, post, request } from './testing/live.ts'
import type { Answer } from './testing/live.ts'

type Player = z.output<typeof playerAnswer>

const PROFILE = {
  country: 'MT',
  name: 'Ann Ö’Hara',
  date_of_birth: '1990-02-28',
  limits: [{ kind: 'LOSS', period: 'WEEK', currency: 'EUR', amount: '200.5' }],
}
const DAY_MS = 86_400_000
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()

/** Asks again after 202 and 503, as a caller would. */
async function put(player: string, body: object, headers: object = {}): Promise<Answer> {
  for (let left = 5; ; left--) {
    const answer = await request('PUT', `/players/${player}`, body, headers)
    if (left === 0 || (answer.status !== 202 && answer.status !== 503)) return answer
  }
}

async function putOk(player: string, body: object): Promise<Player> {
  const answer = await put(player, body)
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  return bodyOf(playerAnswer, answer)
}

/** The profile as the read side has it, once it has this version. */
async function read(player: string, version: number): Promise<Player> {
  const answer = await waitFor(
    async () => {
      const found = await get(`/players/${player}?min_version=${version}`)
      return found.status === 200 ? found : undefined
    },
    { timeoutMs: 30_000, what: `version ${version} of the player` },
  )
  return bodyOf(playerAnswer, answer)
}

const deposit = (): object => ({ amount: 5, currency: 'USD', transaction_id_partner: newId('dep') })
const refused = async (answer: Promise<Answer>): Promise<[number, string]> => {
  const { status } = await answer
  return [status, codeOf(await answer)]
}

describe('a profile', () => {
  it('is put, read, and replaced as a whole', async () => {
    const player = newId('player')
    expect(await refused(get(`/players/${player}`))).toEqual([404, 'PLAYER_NOT_FOUND'])
    const first = await putOk(player, PROFILE)
    expect(first).toMatchObject({ ...PROFILE, limits: [{ amount: 200.5 }], self_exclusion: null, version: 1 })
    expect(await read(player, 1)).toEqual(first)

    const second = await putOk(player, { country: 'SE' })
    expect(second).toMatchObject({ country: 'SE', name: null, date_of_birth: null, limits: [], version: 2 })
    expect(await read(player, 2)).toEqual(second)
  })

  it('opens no wallet; a deposit does', async () => {
    const player = newId('player')
    await putOk(player, PROFILE)
    expect(await refused(post(`/wallet/${player}/bet`, bet(1)))).toEqual([404, 'WALLET_NOT_FOUND'])
    expect((await post(`/wallet/${player}/deposit`, deposit())).status).toBe(200)
    expect((await post(`/wallet/${player}/bet`, bet(1))).status).toBe(200)
  })

  it('of many at once is the last one, and no version is left out', async () => {
    const player = newId('player')
    const codes = ['MT', 'SE', 'DK', 'FI', 'NO', 'EE']
    const answers = await Promise.all(codes.map((country) => put(player, { country })))
    const taken = answers.filter(({ status }) => status === 200).map((answer) => bodyOf(playerAnswer, answer))
    expect(new Set(taken.map(({ version }) => version))).toEqual(new Set(taken.map((_, at) => at + 1)))
    for (const answer of answers.filter(({ status }) => status !== 200))
      expect(codeOf(answer)).toBe('PLAYER_CHANGED_SINCE')
    expect(await read(player, taken.length)).toEqual(taken.find(({ version }) => version === taken.length))
  })

  it('is not what it can not be', async () => {
    const player = newId('player')
    const answer = await put(player, { ...PROFILE, date_of_birth: '1990-02-30' })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'VALIDATION_FAILED'])
    expect(await refused(get(`/players/${player}`))).toEqual([404, 'PLAYER_NOT_FOUND'])
  })
})

describe('a self-exclusion', () => {
  it('refuses bets and deposits, and lets wins, rollbacks, withdrawals and corrections land', async () => {
    const player = await playerWith(100)
    const path = `/wallet/${player}`
    const first = bet(10, { transaction_id_partner: newId('bet') })
    const second = bet(10, { transaction_id_partner: newId('bet') })
    for (const each of [first, second]) expect((await post(`${path}/bet`, each)).status).toBe(200)
    await putOk(player, { ...PROFILE, self_exclusion: { until: inMs(DAY_MS) } })

    expect(await refused(post(`${path}/bet`, bet(1)))).toEqual([403, 'PLAYER_SELF_EXCLUDED'])
    expect(await refused(post(`${path}/deposit`, deposit()))).toEqual([403, 'PLAYER_SELF_EXCLUDED'])

    const win = { ...first, amount: 7, transaction_id_partner: newId('win') }
    expect((await post(`${path}/win`, win)).status).toBe(200)
    const back = Object.entries(second).find(([name]) => name === 'transaction_id_partner')?.[1]
    const rollback = { currency: 'USD', reference_transaction_id_partner: back }
    expect((await post(`${path}/rollback`, rollback)).status).toBe(200)
    const asked = await post(`${path}/withdrawal`, { ...deposit(), transaction_id_partner: newId('wd') })
    expect(asked.status).toBe(200)
    const id = bodyOf(commandAnswer, asked).transaction_id
    const adjustment = { amount: 1, currency: 'USD', direction: 'CREDIT', reason: 'goodwill' }
    const adjusted = await post(`${path}/adjustment`, adjustment, asAdmin)
    expect([adjusted.status, adjusted.text]).toEqual([
      200,
      expect.stringContaining('"balance":93.00,"held":5.00'),
    ])
    const declined = await post(`/withdrawals/${id}/decline`, {}, asAdmin)
    expect([declined.status, declined.text]).toEqual([200, expect.stringContaining('"balance":98.00')])
  })

  it('is neither lifted nor shortened before its end, by the platform’s operator neither; it may be prolonged', async () => {
    const player = newId('player')
    const until = inMs(DAY_MS)
    const first = await putOk(player, { self_exclusion: { until } })
    const held = [409, 'SELF_EXCLUSION_IN_FORCE']
    const shorter = { self_exclusion: { ...first.self_exclusion, until: inMs(DAY_MS / 2) } }
    for (const body of [{}, { self_exclusion: null }, shorter]) {
      expect(await refused(put(player, body))).toEqual(held)
      expect(await refused(put(player, body, asAdmin))).toEqual(held)
    }
    const later = inMs(2 * DAY_MS)
    const prolonged = await putOk(player, { name: 'Ann', self_exclusion: { until: later } })
    const { from } = first.self_exclusion ?? { from: '' }
    expect(prolonged).toMatchObject({ name: 'Ann', self_exclusion: { from, until: later }, version: 2 })
    expect(await read(player, 2)).toEqual(prolonged)
    const forEver = await putOk(player, { self_exclusion: { from, until: null } })
    expect(forEver.self_exclusion).toEqual({ from, until: null })
    expect(await refused(put(player, { self_exclusion: { from, until: later } }))).toEqual(held)
  })

  it('of a second ends by itself; what it has refused stays refused', async () => {
    const player = await playerWith(100)
    const path = `/wallet/${player}/bet`
    const until = inMs(1_000)
    await putOk(player, { self_exclusion: { until } })
    const placed = bet(1)
    const answer = await post(path, placed)
    expect([answer.status, codeOf(answer)]).toEqual([403, 'PLAYER_SELF_EXCLUDED'])
    expect(answer.headers.get('idempotent-replayed')).toBeNull()
    const again = await post(path, placed)
    expect([codeOf(again), again.headers.get('idempotent-replayed')]).toEqual([
      'PLAYER_SELF_EXCLUDED',
      'true',
    ])
    await pause(Math.max(0, Date.parse(until) - Date.now()) + 50)
    const late = await post(path, placed)
    expect([codeOf(late), late.headers.get('idempotent-replayed')]).toEqual(['PLAYER_SELF_EXCLUDED', 'true'])
    expect((await post(path, bet(1))).status).toBe(200)
    expect((await post(`/wallet/${player}/deposit`, deposit())).status).toBe(200)
    expect((await putOk(player, {})).self_exclusion).toBeNull()
  })

  it('that lies ahead lets bets land until it begins', async () => {
    const player = await playerWith(100)
    await putOk(player, { self_exclusion: { from: inMs(DAY_MS), until: inMs(2 * DAY_MS) } })
    expect((await post(`/wallet/${player}/bet`, bet(1))).status).toBe(200)
  })

  it('is known to every bet that is sent after its answer', async () => {
    const player = await playerWith(100)
    await putOk(player, { self_exclusion: {} })
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(`/wallet/${player}/bet`, bet(1))))
    expect(new Set(answers.map(codeOf))).toEqual(new Set(['PLAYER_SELF_EXCLUDED']))
  })
})

/** What the end-to-end tests of AML share: play, partners with rules of their own, alerts as the API lists them. */
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { z } from 'zod'
import { asAdmin, bodyOf, eventually, request } from '../../api/testing/live.ts'
import type { AmlRules } from '../../domain/aml/rules.ts'
import { DEFAULT_RULES } from '../../domain/aml/rules.ts'
import { callApi as callApiWith } from './e2e.ts'
import type { ApiAnswer } from './e2e.ts'
import { waitFor } from './wait.ts'

/** With the platform's key, which may do what officers do and back-date. */
export const callApi = (method: 'GET' | 'POST', path: string, body?: object): Promise<ApiAnswer> =>
  callApiWith(method, path, body, 'STAKESTREAM_ADMIN_KEY')

export const newPlayer = (): string => `aml-${randomUUID()}`

export interface Move {
  type: string
  amount: number
  atMs?: number
  country?: string
}

/** Plays through the batch endpoint; back-dated where a time is given. */
export async function play(player: string, moves: readonly Move[]): Promise<void> {
  const commands = moves.map(({ type, amount, atMs, country }) => ({
    player_id: player,
    type,
    amount,
    currency: 'USD',
    transaction_id_partner: randomUUID(),
    ...(type === 'BET' ? { game_id: 'slots_game_001', round_id: randomUUID() } : {}),
    ...(atMs === undefined ? {} : { created_at: new Date(atMs).toISOString() }),
    ...(country === undefined ? {} : { country }),
  }))
  const answer = await callApi('POST', '/wallet/batch', { commands })
  expect(answer.status).toBe(200)
}

export const alertsPage = z.object({
  data: z.array(z.object({ id: z.string(), alert_type: z.string() }).loose()),
})

/** A player's alerts of a type, as the API lists them. */
export async function listed(player: string, type: string) {
  const { body } = await callApi('GET', `/aml/alerts?player_id=${player}&alert_type=${type}`)
  return alertsPage.parse(body).data
}

/** Waits until the API lists an alert, and answers its id. */
export const alertOf = async (player: string, type: string): Promise<string> =>
  waitFor(async () => (await listed(player, type))[0]?.id, { what: `an alert ${type} of ${player}` })

const made = z.object({ id: z.string() }).loose()
const inForceFrom = z.object({ effective_at: z.string() }).loose()
const issued = z.object({ key: z.string() }).loose()

/** A key of a new partner whose withdrawals are approved at once and whose rules say this of alerts. */
export async function partnerWith(alerts: Partial<AmlRules['alerts']>): Promise<{ 'x-api-key': string }> {
  const fields = { name: `Ruled ${randomUUID()}`, type: 'operator', auto_approvals: { USD: 1_000 } }
  const { id } = bodyOf(made, await request('POST', '/partners', fields, asAdmin))
  const scopes = ['wallet:read', 'wallet:write', 'aml:read', 'aml:write']
  const answer = await request('POST', `/partners/${id}/api-keys`, { scopes }, asAdmin)
  const key = { 'x-api-key': bodyOf(issued, answer).key }
  const rules = { ...DEFAULT_RULES, alerts: { ...DEFAULT_RULES.alerts, ...alerts } }
  const version = await eventually(async () => {
    const published = await request('PUT', '/aml/rules', { rules, expected_version: 0, note: 'a test' }, key)
    return published.status < 300 ? bodyOf(inForceFrom, published) : undefined
  })
  await waitFor(() => Date.now() > Date.parse(version.effective_at))
  return key
}

const anyBody = z.record(z.string(), z.unknown())

/** Calls with a key, and expects to be answered 200. */
export async function callWith(
  key: object,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const { status, text } = await request(method, path, body, key)
  expect([status, text]).toEqual([200, text])
  return anyBody.parse(JSON.parse(text))
}

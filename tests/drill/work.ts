/** A day's work on a stack: what fills the tables that a replay of play alone leaves empty. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { eventually, tell } from './operator.ts'
import type { Api } from './operator.ts'

const anything = z.unknown()
const made = z.looseObject({ id: z.string() })
const issued = z.looseObject({ key: z.string() })
const decided = z.looseObject({ transaction_id: z.string() })
const alerts = z.looseObject({ data: z.array(made) })
const run = z.looseObject({ status: z.string() })
const wallet = z.looseObject({ held: z.number() })

const GAME = 'drill-starlight'
const ROUNDS = 12
const LAUNDERED = 15_000
const DAY_MS = 86_400_000

export interface Workplace {
  operator: Api
  partner: Api
  partnerId: string
  sandboxUrl: string
  /** Where webhooks are sent. */
  receiverUrl: string
  /** Dates that the replayed play lies in. */
  period: { from: string; to: string }
}

/** A bet that was answered, to be asked again. */
export interface KnownBet {
  path: string
  body: object
  transactionId: string
}

const newId = (prefix: string): string => `${prefix}-${randomUUID()}`
const money = (amount: number, change: object = {}): object => ({
  amount,
  currency: 'USD',
  transaction_id_partner: newId('tx'),
  ...change,
})

/** Partners come, change, hand over their address and go; keys are issued, rotated and revoked. */
async function managePartners({ operator, partnerId }: Workplace): Promise<void> {
  const create = async (name: string, fields: object): Promise<{ id: string }> => {
    const id = randomUUID()
    await tell(operator, 'POST', '/partners', { id, name, type: 'operator', ...fields }, anything)
    return { id }
  }
  const change = (id: string, fields: object) => tell(operator, 'PATCH', `/partners/${id}`, fields, anything)
  const contact = `${newId('ops')}@partner.example`
  const networks = ['198.51.100.0/24', '203.0.113.7']
  const first = await create('First', {
    contact_email: contact,
    commission_rate: 0.15,
    allowed_ips: networks,
  })
  const second = await create('Second', { commission_rate: 0.2, address: '1 High Street' })
  await change(first.id, { contact_email: null, allowed_ips: networks.slice(0, 1) })
  await change(first.id, { name: 'First, renamed', commission_rate: 0.175 })
  await change(second.id, { contact_email: contact, auto_approvals: { USD: 100 } })
  const keys = `/partners/${first.id}/api-keys`
  const key = await tell(operator, 'POST', keys, { name: 'backend', scopes: ['wallet:read'] }, made)
  await tell(operator, 'POST', `${keys}/${key.id}/rotate`, { overlap_seconds: 3_600 }, anything)
  const revoked = await tell(operator, 'POST', keys, { scopes: ['wallet:write'] }, made)
  await tell(operator, 'DELETE', `${keys}/${revoked.id}`, undefined, anything)
  await tell(operator, 'DELETE', `/partners/${second.id}`, undefined, anything)
  const read = { scopes: ['wallet:read'] }
  const { key: used } = await tell(operator, 'POST', `/partners/${partnerId}/api-keys`, read, issued)
  await tell({ url: operator.url, apiKey: used }, 'GET', '/events?limit=1', undefined, anything)
}

/** Alerts are worked, a rule is made quiet, a match is cleared. */
async function workAlerts({ operator }: Workplace): Promise<void> {
  const alertOf = (player: string, type: string): Promise<string> =>
    eventually(`an alert ${type}`, async () => {
      const path = `/aml/alerts?player_id=${player}&alert_type=${type}`
      return (await tell(operator, 'GET', path, undefined, alerts)).data[0]?.id
    })
  const step = (id: string, name: string, body: object) =>
    tell(operator, 'POST', `/aml/alerts/${id}/${name}`, { officer: 'ann', ...body }, anything)
  const players = [newId('aml'), newId('aml')]
  for (const player of players)
    await tell(operator, 'POST', `/wallet/${player}/deposit`, money(LAUNDERED), anything)
  const [closed, reported] = await Promise.all(players.map((player) => alertOf(player, 'THRESHOLD')))
  await step(closed ?? '', 'assign', { assignee_id: 'ann' })
  await step(closed ?? '', 'investigate', {})
  await step(closed ?? '', 'close', { resolution_code: 'EXPLAINED', note: 'Sold a house.' })
  await step(reported ?? '', 'investigate', {})
  await step(reported ?? '', 'report', { report_reference: 'SAR-1' })
  const quiet = {
    alert_type: 'THRESHOLD',
    until: new Date(Date.now() + DAY_MS).toISOString(),
    note: 'Known.',
  }
  const quietPath = `/aml/players/${players[0]}/snoozes`
  await tell(operator, 'POST', quietPath, { ...quiet, officer: 'ann' }, anything)
  await tell(operator, 'POST', `/wallet/${players[0]}/deposit`, money(LAUNDERED), anything)
  const listed = newId('aml')
  const person = { name: 'Mirelda Quastanova', date_of_birth: '1974-06-01', country: 'SE' }
  await tell(operator, 'PUT', `/players/${listed}`, person, anything)
  await alertOf(listed, 'WATCHLIST')
  const cleared = { list: 'sample', entry_id: 'sample-2', note: 'Another person.', officer: 'ann' }
  await tell(operator, 'POST', `/aml/players/${listed}/cleared-matches`, cleared, anything)
  const manual = { player_id: newId('aml'), alert_severity: 'HIGH', description: 'A call from the bank.' }
  await tell(operator, 'POST', '/aml/alerts', manual, anything)
}

/** A wallet is frozen; a withdrawal is paid, one is declined, one stays open. */
async function workWallets({ operator, partner, partnerId, receiverUrl }: Workplace): Promise<void> {
  const hook = { url: receiverUrl, event_types: ['transaction.updated'], description: 'Of the drill' }
  await tell(operator, 'POST', `/partners/${partnerId}/webhooks`, hook, anything)
  const player = newId('player')
  await tell(partner, 'POST', `/wallet/${player}/deposit`, money(500), anything)
  const withdraw = async (): Promise<string> =>
    (await tell(partner, 'POST', `/wallet/${player}/withdrawal`, money(50), decided)).transaction_id
  const step = (id: string, name: string) =>
    tell(operator, 'POST', `/withdrawals/${id}/${name}`, { reason: 'as asked' }, anything)
  const paid = await withdraw()
  await step(paid, 'approve')
  await step(paid, 'complete')
  await step(await withdraw(), 'decline')
  await withdraw()
  const standing = { currency: 'USD', reason: 'disputed account' }
  await tell(operator, 'POST', `/wallet/${player}/freeze`, standing, anything)
  const excluded = newId('player')
  await tell(partner, 'POST', `/wallet/${excluded}/deposit`, money(20), anything)
  const until = new Date(Date.now() + 30 * DAY_MS).toISOString()
  await tell(partner, 'PUT', `/players/${excluded}`, { country: 'DE', self_exclusion: { until } }, anything)
}

/** The month that was replayed is settled, and the run confirmed. */
async function settle({ operator, partnerId, period }: Workplace): Promise<string> {
  const terms = {
    time_zone: 'Europe/Berlin',
    schedule: 'NONE',
    currencies: ['EUR'],
    fees: [{ code: 'TAX', label: 'Gaming tax', basis: 'GGR', rate: 0.05 }],
  }
  await tell(operator, 'PUT', `/partners/${partnerId}/settlement-terms`, terms, anything)
  const asked = { partner_id: partnerId, currency: 'EUR', ...period }
  const { id } = await tell(operator, 'POST', '/settlements', asked, made)
  const draft = async (): Promise<true | undefined> => {
    const { status } = await tell(operator, 'GET', `/settlements/${id}`, undefined, run)
    return status === 'DRAFT' ? true : undefined
  }
  await eventually('the draft of a settlement', draft)
  await tell(operator, 'POST', `/settlements/${id}/confirm`, {}, anything)
  return id
}

/** Rounds at a provider that has to confirm each bet and calls back with what was won. */
async function playAtProvider({ operator, partner, sandboxUrl }: Workplace): Promise<KnownBet> {
  const game = { provider_id: 'ocasino', game_code: 'oc-starlight-reels', name: 'Starlight Reels' }
  await tell(operator, 'PUT', `/games/${GAME}`, { ...game, category: 'slots', rtp: 0.96 }, anything)
  await tell({ url: sandboxUrl, apiKey: '' }, 'PUT', '/admin/settings', { result_delay_ms: 50 }, anything)
  const player = newId('player')
  await tell(partner, 'POST', `/wallet/${player}/deposit`, money(200), anything)
  const path = `/wallet/${player}/bet`
  let known: KnownBet | undefined
  for (let left = ROUNDS; left > 0; left--) {
    const body = money(2, { game_id: GAME, round_id: newId('round') })
    const { transaction_id: transactionId } = await tell(partner, 'POST', path, body, decided)
    known = { path, body, transactionId }
  }
  await eventually('the end of all holds', async () => {
    const { held } = await tell(partner, 'GET', `/wallet/${player}?currency=USD`, undefined, wallet)
    return held === 0 ? true : undefined
  })
  if (known === undefined) throw new Error('no round was played')
  return known
}

export interface Work {
  settlementId: string
  bet: KnownBet
}

/** Does all of it, one thing after the other. Throws at the first answer that is not as it should be. */
export async function workADay(place: Workplace): Promise<Work> {
  await managePartners(place)
  await workWallets(place)
  await workAlerts(place)
  const bet = await playAtProvider(place)
  return { settlementId: await settle(place), bet }
}

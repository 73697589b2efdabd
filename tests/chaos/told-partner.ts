/**
 * A partner of its own that plays at a low rate and is told of everything by webhooks: afterwards its record is held against
 * the log like the others', and what its endpoint was sent against the same log.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { deliveryId } from '../../sinks/webhooks/payload.ts'
import { answerOk, startReceiver } from '../../sinks/webhooks/testing/receiver.ts'
import type { Receiver } from '../../sinks/webhooks/testing/receiver.ts'
import { check, mergedVerdict } from './checker.ts'
import type { Verdict } from './checker.ts'
import { Clients } from './clients.ts'
import type { ClientOptions } from './clients.ts'
import { checkDeliveries } from './deliveries.ts'
import { readLog } from './log.ts'
import { NotAnsweredError, untilAnswered } from './not-answered.ts'
import { send } from './partner-api.ts'
import type { PartnerApi } from './partner-api.ts'

const PER_SECOND = 5
/** How long deliveries may still be under way, in milliseconds: a try that failed is made again after 5 seconds. */
const DELIVERY_MS = 90_000
const POLL_MS = 500

const issued = z.object({ key: z.string() })
const created = z.object({ id: z.string() })

export class ToldPartner {
  readonly #api: PartnerApi
  readonly #clients: Omit<ClientOptions, 'send' | 'partnerId' | 'perSecond'>
  #receiver: Receiver | undefined
  #playing: Clients | undefined
  #webhookId = ''

  /** @param api with the operator's key */
  constructor(api: PartnerApi, clients: Omit<ClientOptions, 'send' | 'partnerId' | 'perSecond'>) {
    this.#api = api
    this.#clients = clients
  }

  async start(): Promise<void> {
    this.#receiver = await startReceiver(answerOk)
    const { url } = this.#receiver
    const { partnerId, apiKey, webhookId } = await untilAnswered(() => this.#introduce(url))
    this.#webhookId = webhookId
    const api = { url: this.#api.url, apiKey }
    this.#playing = new Clients({
      ...this.#clients,
      send: (movement) => send(api, movement),
      partnerId,
      perSecond: PER_SECOND,
    })
    await this.#playing.start()
  }

  /** A new partner with a key and an endpoint. Throws `NotAnsweredError` where nobody knows whether there is one. */
  async #introduce(url: string): Promise<{ partnerId: string; apiKey: string; webhookId: string }> {
    const partnerId = randomUUID()
    await this.#post('/partners', { id: partnerId, name: 'Told', type: 'operator' })
    const scopes = ['wallet:read', 'wallet:write', 'wallet:admin']
    const { key: apiKey } = issued.parse(await this.#post(`/partners/${partnerId}/api-keys`, { scopes }))
    const { id: webhookId } = created.parse(await this.#post(`/partners/${partnerId}/webhooks`, { url }))
    return { partnerId, apiKey, webhookId }
  }

  /** Ends the play; the endpoint goes on listening. */
  async stop(): Promise<void> {
    await this.#playing?.stop()
  }

  /** Waits for what is still under way, and closes the endpoint. */
  async check(): Promise<Verdict> {
    const log = await readLog(this.#clients.prefix)
    const wanted = log.map(({ command_id: eventId, player_id: playerId }) => ({
      id: deliveryId(this.#webhookId, eventId),
      playerId,
    }))
    const arrived = this.#receiver?.received ?? []
    const giveUpMs = performance.now() + DELIVERY_MS
    let told = checkDeliveries(wanted, arrived)
    while (told.lost.length > 0 && performance.now() < giveUpMs) {
      await sleep(POLL_MS)
      told = checkDeliveries(wanted, arrived)
    }
    await this.#receiver?.close()
    const played = check(this.#playing?.operations ?? [], log)
    const violations = this.#playing?.contradictions ?? []
    return mergedVerdict([played, told, { acknowledged: 0, lost: [], doubled: [], violations }])
  }

  async #post(path: string, body: object): Promise<unknown> {
    const response = await fetch(this.#api.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': this.#api.apiKey },
      body: JSON.stringify(body),
    })
    if (response.status === 503) throw new NotAnsweredError(`POST ${path}`)
    if (response.status !== 201)
      throw new Error(`POST ${path} was answered with ${response.status}: ${await response.text()}`)
    return response.json()
  }
}

/**
 * An operator who issues keys of a partner and revokes them, one after the other, whatever breaks; afterwards each answer is
 * held against the audit trail and the keys.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Verdict } from './checker.ts'
import { checkChanges } from './changes.ts'
import type { Change, KeyState, TrailEntry } from './changes.ts'
import { NotAnsweredError, untilAnswered } from './not-answered.ts'
import type { PartnerApi } from './partner-api.ts'

/** Pause between two changes, in milliseconds. */
const PAUSE_MS = 200
/** An operator gives up on an answer after this, in milliseconds: longer than the API's own time limit. */
const ANSWER_LIMIT_MS = 10_000
/** How long the read side may take to show what was acknowledged, in milliseconds. */
const READ_SIDE_MS = 60_000
const POLL_MS = 500
const PAGE_ROWS = 500

const issued = z.object({ id: z.string() })
const trail = z.object({
  data: z.array(z.object({ request_id: z.string().nullable(), outcome: z.string(), action: z.string() })),
  next_cursor: z.string().nullable(),
})
const keyList = z.object({ data: z.array(z.object({ id: z.string(), status: z.string() })) })

export class Administration {
  readonly changes: Change[] = []
  #partnerId = ''
  readonly #api: PartnerApi
  readonly #failures: unknown[] = []
  #stopped = false
  #loop: Promise<void> | undefined

  /** @param api with the operator's key */
  constructor(api: PartnerApi) {
    this.#api = api
  }

  async start(): Promise<void> {
    this.#partnerId = await untilAnswered(() => this.#introduce())
    this.#loop = this.#run().catch((error: unknown) => void this.#failures.push(error))
  }

  async #introduce(): Promise<string> {
    const id = randomUUID()
    const body = { id, name: 'Chaos', type: 'operator' }
    const answer = await this.#exchange('POST', '/partners', body, randomUUID())
    if (answer === undefined || answer.status === 503) throw new NotAnsweredError('POST /partners')
    if (answer.status !== 201) throw new Error(`the partner was answered with ${answer.status}`)
    return id
  }

  /** Ends after the change in progress. Throws where the operator itself failed. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#loop
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, 'the operator failed')
  }

  /** Waits until the read side shows what was acknowledged, or has had its time. */
  async check(): Promise<Verdict> {
    const giveUpMs = performance.now() + READ_SIDE_MS
    for (;;) {
      const verdict = checkChanges(this.changes, await this.#trail(), await this.#keys())
      if (verdict.lost.length === 0 || performance.now() > giveUpMs) return verdict
      await sleep(POLL_MS)
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const keyId = await this.#issue()
      await sleep(PAUSE_MS)
      if (keyId !== undefined) await this.#revoke(keyId)
      await sleep(PAUSE_MS)
    }
  }

  async #issue(): Promise<string | undefined> {
    const requestId = randomUUID()
    const body = { scopes: ['wallet:read'] }
    const answer = await this.#exchange('POST', this.#keysPath, body, requestId)
    const keyId = answer?.status === 201 ? issued.parse(JSON.parse(answer.text)).id : undefined
    this.changes.push({ action: 'ISSUE_KEY', requestId, keyId, outcome: outcomeOf(answer?.status) })
    return keyId
  }

  async #revoke(keyId: string): Promise<void> {
    const requestId = randomUUID()
    const answer = await this.#exchange('DELETE', `${this.#keysPath}/${keyId}`, undefined, requestId)
    this.changes.push({ action: 'DEACTIVATE_KEY', requestId, keyId, outcome: outcomeOf(answer?.status) })
  }

  get #keysPath(): string {
    return `/partners/${this.#partnerId}/api-keys`
  }

  async #trail(): Promise<TrailEntry[]> {
    const entries: TrailEntry[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: string = cursor === '' ? '' : `&cursor=${cursor}`
      const answer = await this.#read(`/audit?partner_id=${this.#partnerId}&limit=${PAGE_ROWS}${page}`)
      const { data, next_cursor } = trail.parse(answer)
      for (const { request_id, outcome, action } of data)
        entries.push({ requestId: request_id, outcome, action })
      cursor = next_cursor
    }
    return entries
  }

  async #keys(): Promise<KeyState[]> {
    return keyList.parse(await this.#read(this.#keysPath)).data
  }

  async #read(path: string): Promise<unknown> {
    const answer = await this.#exchange('GET', path, undefined, randomUUID())
    if (answer?.status !== 200) throw new Error(`GET ${path} was answered with ${answer?.status}`)
    return JSON.parse(answer.text)
  }

  /** Undefined where nothing was answered. */
  async #exchange(method: string, path: string, body: object | undefined, requestId: string) {
    try {
      const response = await fetch(this.#api.url + path, {
        method,
        headers: {
          'content-type': 'application/json',
          'x-api-key': this.#api.apiKey,
          'x-request-id': requestId,
        },
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(ANSWER_LIMIT_MS),
      })
      return { status: response.status, text: await response.text() }
    } catch (error) {
      if (error instanceof TypeError || error instanceof DOMException) return undefined
      throw error
    }
  }
}

function outcomeOf(status: number | undefined): Change['outcome'] {
  if (status === 201 || status === 204) return 'acknowledged'
  // OUTCOME_UNKNOWN, and what no answer was given to.
  if (status === undefined || status >= 500) return 'unknown'
  return 'rejected'
}

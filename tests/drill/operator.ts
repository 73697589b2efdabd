/** The platform's operator at work over REST. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { z } from 'zod'

export interface Api {
  url: string
  apiKey: string
}

/** How long an answer that comes later (a read side, an alert) is asked for, in milliseconds. */
const EVENTUALLY_MS = 60_000
const LOOK_MS = 200
/** 202 and 503 say that the outcome isn't known yet: the same is asked again, under the same ids. */
const UNDECIDED: ReadonlySet<number> = new Set([202, 503])
const TRIES_MAX = 10

export interface ApiAnswer {
  status: number
  replayed: boolean
  body: unknown
}

/** Asks once. */
export async function ask(
  { url, apiKey }: Api,
  method: string,
  path: string,
  body?: object,
): Promise<ApiAnswer> {
  const response = await fetch(new URL(path, url), {
    method,
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  const replayed = response.headers.get('idempotent-replayed') === 'true'
  return { status: response.status, replayed, body: text === '' ? undefined : JSON.parse(text) }
}

/** Asked again, what has been done meanwhile is a conflict with itself. */
const CONFLICT = 409

/** Asks, and parses what is answered. Throws where that is no success. */
export async function tell<T extends z.ZodType>(
  api: Api,
  method: string,
  path: string,
  body: object | undefined,
  answer: T,
): Promise<z.output<T>> {
  for (let left = TRIES_MAX; ; left--) {
    const { status, body: found } = await ask(api, method, path, body)
    if (status >= 200 && status < 300 && status !== 202) return answer.parse(found)
    if (status === CONFLICT && left < TRIES_MAX) return answer.parse(undefined)
    if (left === 0 || !UNDECIDED.has(status))
      throw new Error(`${method} ${path} was answered with ${status}: ${JSON.stringify(found)}`)
    await sleep(LOOK_MS)
  }
}

/** Looks until there is something. Throws with the last error where nothing comes. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const giveUpMs = performance.now() + EVENTUALLY_MS
  let cause: unknown
  while (performance.now() < giveUpMs) {
    try {
      const found = await look()
      if (found !== undefined) return found
    } catch (error) {
      cause = error
    }
    await sleep(LOOK_MS)
  }
  throw new Error(`${what} did not come about within ${EVENTUALLY_MS / 1_000} s`, { cause })
}

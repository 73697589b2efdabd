/** Calls to the API as a partner makes them. */
import { z } from 'zod'

export interface Caller {
  /** Where the API is; without a slash at its end. */
  url: string
  key: string
  currency: string
}

export interface Call {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  body?: object
}

/** Something that a partner would not have expected; the message names no key. */
export class UnexpectedError extends Error {
  override name = 'UnexpectedError'
}

const problem = z.object({ code: z.string(), detail: z.string(), request_id: z.string() })

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function send(caller: Caller, { method, path, body }: Call, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(caller.url + path, {
      method,
      headers: { 'x-api-key': caller.key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    })
  } catch (error) {
    const late = signal.aborted ? 'has no answer in time' : 'has no answer'
    throw new UnexpectedError(`${method} ${path} ${late}`, { cause: error })
  }
}

/** Throws `UnexpectedError` for all but a 200 of the expected form: a 202 is no answer either. */
export async function ask<T extends z.ZodType>(
  caller: Caller,
  call: Call,
  answer: T,
  signal: AbortSignal,
): Promise<z.output<T>> {
  const response = await send(caller, call, signal)
  const body = parsed(await response.text().catch(() => ''))
  const asked = `${call.method} ${call.path}`
  if (response.status !== 200) {
    const said = problem.safeParse(body)
    const why = said.success
      ? ` ${said.data.code} (${said.data.detail}; request ${said.data.request_id})`
      : ''
    throw new UnexpectedError(`${asked} was answered ${response.status}${why}`)
  }
  const known = answer.safeParse(body)
  if (known.success) return known.data
  const where = known.error.issues[0]?.path.join('.') ?? ''
  throw new UnexpectedError(`${asked} was answered in another form (${where})`)
}

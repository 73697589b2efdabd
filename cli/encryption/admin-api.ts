/** Calls to the API in the operator's name. */
import { parse, stringify } from 'lossless-json'
import { CliError, EXIT } from '../errors.ts'

export interface AdminApi {
  url: string
  adminKey: string
}

export interface AdminAnswer {
  status: number
  /** Parsed JSON; its numbers keep their digits, and go back as they came. */
  body: unknown
}

/**
 * Calls the API for a partner. Answers what was said where its status is 200 or among those that are expected. Throws
 * `CliError` at any other.
 */
export async function callApi(
  { url, adminKey }: AdminApi,
  request: {
    method: string
    path: string
    body?: Record<string, unknown>
    partnerId?: string
    expects?: readonly number[]
  },
): Promise<AdminAnswer> {
  const { method, path, body, partnerId, expects = [] } = request
  const response = await fetch(url + path, {
    method,
    headers: {
      'x-api-key': adminKey,
      'content-type': 'application/json',
      ...(partnerId === undefined ? {} : { 'x-partner-id': partnerId }),
    },
    body: body === undefined ? null : (stringify(body) ?? null),
  })
  const text = await response.text()
  if (!response.ok && !expects.includes(response.status))
    throw new CliError(
      EXIT.failed,
      'RESEAL_REFUSED',
      `${method} ${path} was answered with ${response.status}: ${text}`,
      'start it again: what is sealed already is passed over',
    )
  return { status: response.status, body: parse(text) }
}

/** A small HTTP client over kept-alive connections: JSON out, status, headers and text back. */
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface HttpClient {
  /** Rejects when there is no whole answer within the time limit. */
  send(method: 'GET' | 'POST', path: string, body?: string): Promise<HttpAnswer>
  close(): void
}

export interface HttpClientOptions {
  /** Scheme, host and port, e.g. http://127.0.0.1:8080. */
  baseUrl: string
  headers: Readonly<Record<string, string>>
  connectionsMax: number
  timeoutMs: number
}

export function createHttpClient({
  baseUrl,
  headers,
  connectionsMax,
  timeoutMs,
}: HttpClientOptions): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connectionsMax })
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const options = {
          method,
          agent,
          timeout: timeoutMs,
          headers: {
            ...headers,
            ...(body === undefined
              ? {}
              : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          },
        }
        const call = request(new URL(path, baseUrl), options, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.once('error', reject)
          response.once('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          )
        })
        call.once('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs} ms`)))
        call.once('error', reject)
        call.end(body)
      }),
    close: () => agent.destroy(),
  }
}

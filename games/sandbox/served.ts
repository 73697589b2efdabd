/** A request to the sandbox, and how it is answered. */

export interface SandboxRequest {
  method: string
  /** Below the part of the sandbox that serves it. */
  path: string
  query: URLSearchParams
  /** Names in lower case. */
  headers: Readonly<Record<string, string | undefined>>
  body: Buffer
  /** The body as JSON, undefined where it is none. */
  json(): unknown
}

export interface Served {
  status: number
  body: object
  /**
   * `hang`: no answer, and after a time the end of the connection. `reset`: its end at once. `garbage`: half of the answer. `error`: a
   * status of 500 in its place. `slow`: the answer after a while.
   */
  manner: 'plain' | 'hang' | 'reset' | 'garbage' | 'error' | 'slow'
}

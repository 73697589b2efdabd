/** HTTP as a badly behaved client speaks it. */
import { request } from 'node:http'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { z } from 'zod'

export interface HttpAnswer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
}

export interface HttpCall {
  port: number
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

/** One request, with path and headers exactly as given. */
export function call({ port, method = 'POST', path, headers = {}, body }: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Bytes as they are, and all that comes back until the connection ends. */
export function rawExchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
}

/** A connection that is opened and left as it is: what comes on it, and when it ends. */
export interface OpenConnection {
  socket: Socket
  /** All that was answered, once the connection has ended. */
  ended: Promise<string>
}

/** Opens a connection and sends these bytes, which need not be a whole request. */
export function openConnection(port: number, bytes = ''): OpenConnection {
  const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString()))
  const ended = new Promise<string>((resolve) => {
    // Cut, as a flood is answered, is ended too.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
  return { socket, ended }
}

export const problemBody = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string(),
  code: z.string(),
  help: z.string().min(1),
  request_id: z.string().min(1),
  errors: z.array(z.object({ path: z.string(), message: z.string(), code: z.string() })).optional(),
})
export type ProblemBody = z.output<typeof problemBody>

/** The problem document of an answer; fails where it is none. */
export function problemOf(answer: HttpAnswer): ProblemBody {
  if (answer.headers['content-type'] !== 'application/problem+json')
    throw new Error(`not a problem document: ${answer.status} ${answer.text}`)
  return problemBody.parse(JSON.parse(answer.text))
}

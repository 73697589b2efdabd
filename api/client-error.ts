/** Answers to what never became a request: broken HTTP, headers too large, a client that is too slow. */
import type { Duplex } from 'node:stream'
import { randomUUID } from 'node:crypto'
import { STATUS_CODES } from 'node:http'
import { ERRORS } from '../domain/errors.ts'
import type { RequestErrorCode } from '../domain/errors.ts'
import { PROBLEM_CONTENT_TYPE, problemDocument } from './problem.ts'

function codeOf(error: Error & { code?: string }): RequestErrorCode {
  if (error.code === 'HPE_HEADER_OVERFLOW') return 'HEADERS_TOO_LARGE'
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'REQUEST_TIMEOUT'
  return 'VALIDATION_FAILED'
}

/**
 * Node has no request to hang an answer on here, so it is written by hand, and the connection ends. In the middle of
 * another answer nothing can be said.
 */
export function onClientError(
  error: Error & { code?: string },
  socket: Duplex,
  isAnswering: (socket: Duplex) => boolean,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) {
    socket.destroy()
    return
  }
  const code = codeOf(error)
  const requestId = randomUUID()
  const errors = [{ path: '', message: 'is not a valid HTTP request', code: 'MALFORMED_REQUEST' }]
  const details = code === 'VALIDATION_FAILED' ? { errors } : {}
  const body = JSON.stringify(problemDocument(code, requestId, details))
  const { httpStatus } = ERRORS[code]
  socket.end(
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus]}\r\n` +
      `Content-Type: ${PROBLEM_CONTENT_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${requestId}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  )
}

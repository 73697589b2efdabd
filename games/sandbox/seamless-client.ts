/** Calls a seamless wallet as a provider does: signed, with whole amounts at the profile's exponent, within a provider's patience. */
import { isLosslessNumber, parse, stringify } from 'lossless-json'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { SIGNATURE_HEADER } from '../seamless/signature.ts'
import type { Signer } from '../seamless/signature.ts'
import type { Operation } from '../seamless/wire.ts'
import { CALLBACKS_AT_ONCE_MAX, PLATFORM_TIMEOUT_MS } from './limits.ts'

export interface WalletAnswer {
  kind: 'ANSWERED'
  httpStatus: number
  /** `OK`, `ERROR_…`; empty where the answer is not of the contract. */
  status: string
  /** At the profile's exponent. */
  balance: bigint | undefined
  fields: Readonly<Record<string, string>>
}

export type CallResult = WalletAnswer | { kind: 'FAILED'; code: string }

export interface SeamlessClient {
  /** Never rejects. */
  call(operation: Operation, body: object): Promise<CallResult>
  /** The same with a body and a signature of one's own, to see them refused. */
  raw(operation: string, body: Buffer, signature: string | undefined): Promise<CallResult>
  sign: Signer
  close(): Promise<void>
}

const WHOLE = /^(0|[1-9]\d*)$/

const whole = z.unknown().transform((value, context) => {
  const digits = isLosslessNumber(value) ? value.toString() : ''
  if (WHOLE.test(digits)) return BigInt(digits)
  context.addIssue({ code: 'custom', message: 'is no whole number' })
  return z.NEVER
})
const answer = z.object({ status: z.string(), balance: whole.optional() })

function read(httpStatus: number, text: string): WalletAnswer {
  const fields: Record<string, string> = {}
  let value: unknown
  try {
    value = parse(text)
    const parsed = answer.safeParse(value)
    if (!parsed.success) return { kind: 'ANSWERED', httpStatus, status: '', balance: undefined, fields }
    if (typeof value === 'object' && value !== null)
      for (const [name, field] of Object.entries(value)) if (typeof field === 'string') fields[name] = field
    return { kind: 'ANSWERED', httpStatus, ...parsed.data, balance: parsed.data.balance, fields }
  } catch {
    return { kind: 'ANSWERED', httpStatus, status: '', balance: undefined, fields }
  }
}

/** @param url asked at each call; the operation is appended as a path */
export function createSeamlessClient(url: () => string, sign: Signer): SeamlessClient {
  const dispatcher = new Agent({ connections: CALLBACKS_AT_ONCE_MAX, pipelining: 1 })

  async function raw(operation: string, body: Buffer, signature: string | undefined): Promise<CallResult> {
    try {
      const response = await request(`${url().replace(/\/+$/, '')}/${operation}`, {
        method: 'POST',
        dispatcher,
        headers: {
          'content-type': 'application/json',
          ...(signature === undefined ? {} : { [SIGNATURE_HEADER]: signature }),
        },
        body,
        signal: AbortSignal.timeout(PLATFORM_TIMEOUT_MS),
      })
      return read(response.statusCode, await response.body.text())
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'NETWORK'
      return {
        kind: 'FAILED',
        code: error instanceof Error && error.name === 'TimeoutError' ? 'TIMEOUT' : code,
      }
    }
  }

  return {
    call: (operation, fields) => {
      const body = Buffer.from(stringify(fields) ?? '')
      return raw(operation, body, sign(body))
    },
    raw,
    sign,
    close: () => dispatcher.destroy(),
  }
}

/** A final word of the wallet: the provider stops asking. */
export const isFinal = (result: CallResult): result is WalletAnswer =>
  result.kind === 'ANSWERED' && result.httpStatus === 200 && result.status !== ''

/** A platform of a few lines on real HTTP: it verifies OCasino's callbacks by the adapter, and serves a wallet to seamless providers. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {
  GameAdapter,
  HttpAnswer,
  ProviderCallback,
  RawRequest,
  SeamlessGameAdapter,
  WalletPort,
} from '../../adapter.ts'

export interface TestPlatform {
  readonly url: string
  readonly callbacks: ProviderCallback[]
  /** Refusals of callbacks that were not believed. */
  readonly refused: string[]
  /** What the next callbacks are answered, in turn; ACCEPTED where there is nothing. */
  readonly answers: HttpAnswer[]
  close(): Promise<void>
}

export interface TestPlatformParts {
  ocasino?: Pick<GameAdapter, 'verifyCallback' | 'answerCallback'>
  seamless?: { adapter: Pick<SeamlessGameAdapter, 'answerCall'>; wallet: WalletPort }
}

const OCASINO = '/ocasino'
const SEAMLESS = '/seamless'

const NOT_FOUND: HttpAnswer = { status: 404, headers: {}, body: '' }

export async function startTestPlatform(parts: () => TestPlatformParts): Promise<TestPlatform> {
  const callbacks: ProviderCallback[] = []
  const refused: string[] = []
  const answers: HttpAnswer[] = []

  async function answer(request: RawRequest): Promise<HttpAnswer> {
    const { ocasino, seamless } = parts()
    if (request.path.startsWith(OCASINO) && ocasino !== undefined) {
      const verified = ocasino.verifyCallback({ ...request, path: request.path.slice(OCASINO.length) })
      if (!verified.ok) {
        refused.push(verified.refusal)
        return verified.answer
      }
      callbacks.push(verified.callback)
      return answers.shift() ?? ocasino.answerCallback({ took: 'ACCEPTED' })
    }
    if (request.path.startsWith(SEAMLESS) && seamless !== undefined) {
      const path = request.path.slice(SEAMLESS.length)
      return seamless.adapter.answerCall({ ...request, path }, seamless.wallet)
    }
    return NOT_FOUND
  }

  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const request: RawRequest = {
        body: Buffer.concat(chunks),
        headers: incoming.headers as RawRequest['headers'],
        path: incoming.url ?? '',
        receivedAtMs: Date.now(),
      }
      answer(request).then(
        ({ status, headers, body }) => void response.writeHead(status, headers).end(body),
        () => void response.writeHead(500).end(),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    callbacks,
    refused,
    answers,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * What every adapter has to do: pass its recorded examples, and take the faults of the network for what they are. An adapter's spec
 * calls `describeContract` with what was recorded of its provider.
 */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Call, GameAdapter, Outcome } from '../adapter.ts'
import { createProviderHttp } from '../http.ts'
import type { ProviderHttp } from '../http.ts'
import { givenOf, revived } from './recorded.ts'
import type { Given, Recorded, RecordedExchange } from './recorded.ts'
import { answerJson, startScriptedProvider } from './scripted-provider.ts'
import type { ScriptedProvider } from './scripted-provider.ts'

/** Longer than any answer in these tests takes on a busy machine, in milliseconds. */
const PATIENCE_MS = 10_000
/** For calls that are to run out of time, in milliseconds. */
const SHORT_MS = 60

export interface Contract {
  recorded: Recorded
  make(http: ProviderHttp, credentials: Readonly<Record<string, string>>): GameAdapter
}

const within = (ms: number): Call => ({ deadlineAtMs: Date.now() + ms })

function run(
  adapter: GameAdapter,
  operation: RecordedExchange['operation'],
  given: Given,
  call: Call,
): Promise<Outcome<unknown>> {
  switch (operation) {
    case 'listGames':
      return adapter.listGames(call)
    case 'launch':
      return adapter.launch(given, call)
    case 'placeBet':
      return adapter.placeBet(given, call)
    case 'roundResult':
      return adapter.roundResult(given, call)
    case 'cancelBet':
      return adapter.cancelBet(given, call)
  }
}

/** A port that nothing listens on any more. */
async function deadEndpoint(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

/** The first exchange of each operation that puts something on the wire. */
const oneOfEach = ({ exchanges }: Recorded): RecordedExchange[] => [
  ...new Map(
    exchanges
      .filter(({ answer }) => answer !== undefined)
      .toReversed()
      .map((exchange) => [exchange.operation, exchange]),
  ).values(),
]

export function describeContract(name: string, { recorded, make }: Contract): void {
  const { credentials, exchanges, callbacks } = recorded
  let provider: ScriptedProvider
  let http: ProviderHttp
  let adapter: GameAdapter

  beforeAll(async () => {
    provider = await startScriptedProvider()
    http = createProviderHttp({ endpoint: provider.endpoint, timeoutMs: PATIENCE_MS })
    adapter = make(http, credentials)
  })
  afterAll(async () => {
    await http.close()
    await provider.close()
  })
  beforeEach(() => void provider.asked.splice(0))

  describe(`${name}: recorded exchanges`, () => {
    it.each(exchanges)('$operation: $name', async (exchange) => {
      const { operation, request, answer, outcome } = exchange
      if (answer !== undefined) provider.answer = answerJson(answer.status, answer.body)
      const got = await run(adapter, operation, givenOf(exchange), within(PATIENCE_MS))
      expect(got).toEqual(revived(outcome))
      expect(provider.asked).toHaveLength(answer === undefined ? 0 : 1)
      const [asked] = provider.asked
      if (request === undefined || asked === undefined) return
      expect(asked).toMatchObject({ method: request.method, path: request.path, headers: request.headers })
      expect(asked.body === '' ? undefined : JSON.parse(asked.body)).toEqual(request.body)
    })
  })

  describe.each(oneOfEach(recorded))(`${name}: $operation under faults`, (exchange) => {
    const attempt = (call: Call = within(PATIENCE_MS), by: GameAdapter = adapter) =>
      run(by, exchange.operation, givenOf(exchange), call)

    it.each([500, 502, 503, 504, 404, 302])('a status of %d leaves the matter open', async (status) => {
      provider.answer = answerJson(status, '<html>sorry</html>')
      expect(await attempt()).toMatchObject({ class: 'UNCERTAIN', sent: true, code: `HTTP_${status}` })
    })

    it('too many requests: it was turned away, and can be sent again', async () => {
      provider.answer = answerJson(429, '')
      expect(await attempt()).toMatchObject({ class: 'UNCERTAIN', sent: false })
    })

    it('refused credentials need a person', async () => {
      provider.answer = answerJson(403, '')
      expect(await attempt()).toMatchObject({ class: 'FATAL' })
    })

    it('half of an answer leaves the matter open', async () => {
      provider.answer = answerJson(200, '{"state":"ACC')
      expect(await attempt()).toMatchObject({ class: 'UNCERTAIN', sent: true, code: 'MALFORMED_ANSWER' })
    })

    it('an answer without end leaves the matter open', async () => {
      provider.answer = (response) => {
        const chunk = Buffer.alloc(1024 * 1024, ' ')
        const more = (): void => void response.write(chunk, (error) => (error ? undefined : more()))
        more()
      }
      expect(await attempt()).toMatchObject({ class: 'UNCERTAIN', sent: true, code: 'ANSWER_TOO_LARGE' })
    })

    it('a connection that is cut leaves the matter open', async () => {
      provider.answer = (response) => void response.destroy()
      expect(await attempt()).toMatchObject({ class: 'UNCERTAIN', sent: true })
    })

    it('no answer before the deadline leaves the matter open', async () => {
      provider.answer = () => undefined
      expect(await attempt(within(SHORT_MS))).toMatchObject({
        class: 'UNCERTAIN',
        sent: true,
        code: 'TIMEOUT',
      })
    })

    it('called off while it waits, the matter is open', async () => {
      const controller = new AbortController()
      provider.answer = () => controller.abort()
      const call = { ...within(PATIENCE_MS), signal: controller.signal }
      expect(await attempt(call)).toMatchObject({ class: 'UNCERTAIN', sent: true, code: 'CALLED_OFF' })
    })

    it('after the deadline nothing is sent', async () => {
      expect(await attempt(within(-1))).toMatchObject({ class: 'UNCERTAIN', sent: false, code: 'DEADLINE' })
      expect(provider.asked).toEqual([])
    })

    it('where nobody listens, nothing was sent', async () => {
      const dead = createProviderHttp({ endpoint: await deadEndpoint(), timeoutMs: PATIENCE_MS })
      const outcome = await attempt(within(PATIENCE_MS), make(dead, credentials))
      await dead.close()
      expect(outcome).toMatchObject({ class: 'UNCERTAIN', sent: false, code: 'ECONNREFUSED' })
    })

    it('without credentials nothing is sent', async () => {
      expect(await attempt(within(PATIENCE_MS), make(http, {}))).toMatchObject({ class: 'FATAL' })
      expect(provider.asked).toEqual([])
    })

    it('no outcome holds a credential', async () => {
      provider.answer = answerJson(500, JSON.stringify(credentials))
      const said = JSON.stringify(await attempt())
      for (const secret of Object.values(credentials)) expect(said).not.toContain(secret)
    })
  })

  describe(`${name}: recorded callbacks`, () => {
    it.each(callbacks)('$name', ({ path, receivedAtMs, headers, body, verified }) => {
      const got = adapter.verifyCallback({ path, receivedAtMs, headers, body: Buffer.from(body) })
      expect(got).toMatchObject(revived(verified) as object)
      // A refusal carries nothing of what was refused.
      if (!got.ok) expect(Object.keys(got).sort()).toEqual(['answer', 'ok', 'refusal'])
    })
  })
}

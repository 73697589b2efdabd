/** OCasino: a provider over REST that holds rounds itself and calls back with their results. */
import type { Call, GameAdapter, Outcome, ProviderAccount } from '../adapter.ts'
import { fatal, failed } from '../outcome.ts'
import type { HttpAnswered, ProviderHttp } from '../http.ts'
import { answerCallback, verifyCallback } from './callback.ts'
import * as requests from './requests.ts'

export const API_KEY_HEADER = 'x-ocasino-key'

export interface OcasinoOptions {
  account: Pick<ProviderAccount, 'providerId' | 'credentials'>
  http: Pick<ProviderHttp, 'send'>
}

export function createOcasinoAdapter({ account, http }: OcasinoOptions): GameAdapter {
  const { providerId, credentials } = account
  const apiKey = credentials['api_key']

  async function exchange<T>(
    expressed: requests.Expressed,
    call: Call,
    read: (answer: HttpAnswered) => Outcome<T>,
  ): Promise<Outcome<T>> {
    if (!expressed.ok) return expressed.outcome
    if (apiKey === undefined) return fatal('NO_CREDENTIALS', 'the provider has no credential "api_key"')
    const { request } = expressed
    const headers = {
      accept: 'application/json',
      [API_KEY_HEADER]: apiKey,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    }
    const result = await http.send({ ...request, headers }, call)
    return result.kind === 'FAILED' ? failed(result) : read(result)
  }

  return {
    providerId,
    listGames: (call) => exchange({ ok: true, request: requests.gamesRequest }, call, requests.readGames),
    launch: (request, call) => exchange(requests.launchRequest(request), call, requests.readLaunch),
    placeBet: (request, call) => exchange(requests.betRequest(request), call, requests.readBet),
    roundResult: (query, call) =>
      exchange(requests.roundRequest(query), call, (answer) => requests.readRound(answer, query)),
    cancelBet: (request, call) => exchange(requests.voidRequest(request), call, requests.readVoid),
    verifyCallback: (request) => verifyCallback(request, credentials),
    answerCallback,
  }
}

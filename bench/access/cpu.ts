/**
 * `node bench/access/cpu.ts`, with REDIS_URL and REDIS_PID: prints the CPU time that access and validation add to a bet.
 *
 * The same bet is carried out in two ways, without HTTP and with a gateway that answers at once: as the API does (the caller's
 * address, key, partner's standing and allow list, scope, two sliding windows in Redis, then the body read as JSON and held
 * against its schema), and from a principal and fields that are known already. The difference of this process's user and system
 * time is the figure; Redis's own time comes beside it. 64 requests are under way at a time; a million keys of a thousand
 * partners are known, and 20,000 of them call.
 */
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { createCallerAddress } from '../../api/access/addresses.ts'
import { authenticate } from '../../api/access/authenticate.ts'
import type { Access } from '../../api/access/authenticate.ts'
import { createKeyStore } from '../../api/access/key-store.ts'
import type { Principal } from '../../api/access/principal.ts'
import { createRateLimits } from '../../api/access/rate-limits.ts'
import { openRedisWindows } from '../../api/access/redis-windows.ts'
import { answerOf, outcomeOf } from '../../api/answers.ts'
import { buildCommand } from '../../api/commands/command.ts'
import { parseJson } from '../../api/json.ts'
import type { Answer, KeyRoute } from '../../api/route.ts'
import { movementBodies } from '../../api/schemas/commands.ts'
import { fakeGateway, testRoutes } from '../../api/testing/app.ts'
import { createLogger } from '../../service/logger.ts'
import { cpuMicroseconds } from '../process-cost.ts'
import { filledDirectory, HASHER, keyTextOf, partnerIdOf } from './keys.ts'

const REQUESTS = 100_000
const WARM_UP_REQUESTS = 50_000
const IN_FLIGHT = 64
const CALLERS = 20_000
const ADDRESS = '203.0.113.7'
const NO_LIMITS = { autoApproveUnits: new Map<string, bigint>(), rateLimits: {} }

const variable = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

const bodyOf = (index: number): Buffer =>
  Buffer.from(
    `{"amount":10.5,"currency":"USD","game_id":"slots_game_001","round_id":"round-${index}",` +
      `"transaction_id_partner":"bet-${index}","metadata":{"session":"abc"}}`,
  )

type Request = (index: number) => Promise<Answer>

/** Carries requests out, so many at a time, and answers the CPU time of one, in microseconds. */
async function cpuOf(request: Request, count: number): Promise<{ own: number; redis: number }> {
  const redisPid = Number(variable('REDIS_PID'))
  const redisBefore = cpuMicroseconds(redisPid)
  const before = process.cpuUsage()
  let next = 0
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) {
      const { status } = await request(index)
      if (status !== 200) throw new Error(`a bet was answered with ${status}`)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  const { user, system } = process.cpuUsage(before)
  return { own: (user + system) / count, redis: (cpuMicroseconds(redisPid) - redisBefore) / count }
}

const directory = await filledDirectory(CALLERS)
const access: Access = {
  keys: createKeyStore({ hasher: HASHER, configured: new Map(), directory }),
  directory,
  defaultLimits: NO_LIMITS,
  noteUse: () => undefined,
}
const windows = openRedisWindows(variable('REDIS_URL'), createLogger('bench', 'silent'))
let uncounted = 0
const rateLimits = createRateLimits({
  counter: windows,
  defaults: {},
  unauthenticatedPerMinute: 300,
  withoutCounter: 'serve',
  uncounted: () => uncounted++,
})
const gateway = fakeGateway()
const callerAddress = createCallerAddress([])
const defaults = {
  withdrawalHoldMs: 1_000,
  isWithheld: () => false,
  betHoldMs: 1_000,
  confirmingProvider: () => undefined,
}

const betRoute = testRoutes({ gateway }).find(
  (route): route is KeyRoute => route.operationId === 'bet' && route.scopes !== null,
)
if (betRoute === undefined) throw new Error('there is no route for bets')
const { scopes, run } = betRoute

const socket = new Socket()
Object.defineProperty(socket, 'remoteAddress', { value: ADDRESS })
const incoming = new IncomingMessage(socket)

/** What an answer costs is in both ways. */
function forget(): void {
  gateway.submitted.length = 0
}

const checked: Request = async (index) => {
  const address = callerAddress(incoming)
  const call = { key: keyTextOf(index % CALLERS), address, partnerId: undefined }
  const principal = authenticate(access, call, scopes)
  await rateLimits.check(principal, 'wallet', address)
  const answer = await run(
    {
      requestId: 'bench',
      address,
      params: { player_id: `player-${index}` },
      query: {},
      header: () => undefined,
      readBody: () => Promise.resolve(bodyOf(index)),
    },
    principal,
  )
  forget()
  return answer
}

const fields = movementBodies.BET.parse(parseJson(bodyOf(0)))

const known: Request = async (index) => {
  const principal: Principal = {
    keyId: keyTextOf(index % CALLERS),
    partnerId: partnerIdOf(index),
    scopes: new Set(),
    limits: NO_LIMITS,
  }
  // Made here too, since it is the caller's work and not the API's.
  const size = bodyOf(index).length
  const request = {
    principal,
    origin: { requestId: 'bench', address: '127.0.0.1' },
    playerId: `player-${index}-${size}`,
    type: 'BET',
    fields,
  } as const
  const command = buildCommand(request, defaults, Date.now())
  const [result] = gateway.submit([command], true)
  if (result === undefined) throw new Error('the gateway answered nothing')
  const answer = answerOf(outcomeOf(command, await result), 'bench')
  forget()
  return answer
}

for (const request of [checked, known]) await cpuOf(request, WARM_UP_REQUESTS)
const withChecks = await cpuOf(checked, REQUESTS)
const without = await cpuOf(known, REQUESTS)
windows.close()
// A call that Redis didn't count in time cost less than it should have.
if (uncounted > REQUESTS / 100) throw new Error(`${uncounted} calls were not counted`)
console.log(JSON.stringify({ own: withChecks.own - without.own, redis: withChecks.redis, uncounted }))

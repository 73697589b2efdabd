/**
 * Game sessions in Redis: a token stands for a player, a game and a currency. A player who comes back to a game before his session
 * has ended goes on with it. An ended session is remembered for as long again, so that what comes late is told from what was never
 * given out.
 */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { ApiError } from '../problem.ts'

const sessionShape = z.strictObject({
  partnerId: z.string(),
  playerId: z.string(),
  currency: z.string(),
  gameId: z.string(),
  providerId: z.string(),
  startedAtMs: z.number(),
  expiresAtMs: z.number(),
})
export type GameSession = z.output<typeof sessionShape> & { token: string }

export type SessionOwner = Pick<GameSession, 'partnerId' | 'playerId' | 'currency' | 'gameId' | 'providerId'>

const TOKEN_BYTES = 24
const KEPT_TIMES = 2

export interface GameSessions {
  /** Begins a session, or goes on with the one that is open. Throws SERVICE_UNAVAILABLE where Redis does not answer. */
  open(owner: SessionOwner, nowMs: number): Promise<{ session: GameSession; resumed: boolean }>
  /** Undefined for a token that was never given out; ended sessions are told by their time. */
  find(token: string): Promise<GameSession | undefined>
  /** Ends a session now: no bet is taken in it any more, and the next launch begins another. */
  end(session: GameSession, nowMs: number): Promise<void>
}

const tokenKey = (token: string): string => `game:session:${token}`
/** JSON, since none of the parts is free of every separator. */
const ownerKey = ({ partnerId, playerId, currency, gameId }: SessionOwner): string =>
  `game:session-of:${JSON.stringify([partnerId, playerId, currency, gameId])}`

/** What is asked of Redis. */
interface Store {
  get(key: string): Promise<string | null>
  set(key: string, value: string, unit: 'PX', lastsMs: number): Promise<unknown>
  del(key: string): Promise<unknown>
}

/** @param sessionMs how long a session lasts from its last launch on */
export function createGameSessions(redis: Store, sessionMs: number): GameSessions {
  const reached = async <T>(asked: Promise<T>): Promise<T> => {
    try {
      return await asked
    } catch {
      throw new ApiError('SERVICE_UNAVAILABLE')
    }
  }

  const find = async (token: string): Promise<GameSession | undefined> => {
    const text = await reached(redis.get(tokenKey(token)))
    return text === null ? undefined : { ...sessionShape.parse(JSON.parse(text)), token }
  }

  const openOf = async (owner: SessionOwner, nowMs: number): Promise<GameSession | undefined> => {
    const token = await reached(redis.get(ownerKey(owner)))
    const session = token === null ? undefined : await find(token)
    return session !== undefined && session.expiresAtMs > nowMs ? session : undefined
  }

  const keep = ({ token, ...kept }: GameSession): Promise<unknown> =>
    reached(redis.set(tokenKey(token), JSON.stringify(kept), 'PX', sessionMs * KEPT_TIMES))

  return {
    find,
    end: async (session, nowMs) => {
      // Should the process die between the two, the session has ended, and the next launch finds it so.
      await keep({ ...session, expiresAtMs: nowMs })
      await reached(redis.del(ownerKey(session)))
    },
    open: async (owner, nowMs) => {
      const before = await openOf(owner, nowMs)
      const session: GameSession = {
        ...owner,
        token: before?.token ?? randomBytes(TOKEN_BYTES).toString('base64url'),
        startedAtMs: before?.startedAtMs ?? nowMs,
        expiresAtMs: nowMs + sessionMs,
      }
      // Should the process die between the two, the session is there and nobody goes on with it: the next launch begins another.
      await keep(session)
      await reached(redis.set(ownerKey(owner), session.token, 'PX', sessionMs))
      return { session, resumed: before !== undefined }
    },
  }
}

/** What the platform asks of the sandbox's seamless side: its games, and the start of one. */
import { z } from 'zod'
import { SIGNATURE_HEADER } from '../seamless/signature.ts'
import type { Verifier } from '../seamless/signature.ts'
import { SEAMLESS_GAMES } from './games.ts'
import type { SandboxRequest, Served } from './served.ts'

const launchBody = z.object({
  player: z.string().min(1),
  game: z.string().min(1),
  currency: z.string().min(1),
  token: z.string().min(1),
})

const plain = (status: number, body: object): Served => ({ status, body, manner: 'plain' })

const LAUNCH_VALID_MS = 600_000

export interface SeamlessApiParts {
  /** Of the platform's requests. */
  verify: Verifier
  publicUrl: () => string
}

export function createSeamlessApi({ verify, publicUrl }: SeamlessApiParts): {
  serve(request: SandboxRequest): Served
} {
  function launch(request: SandboxRequest): Served {
    const parsed = launchBody.safeParse(request.json())
    if (!parsed.success) return plain(400, { status: 'ERROR_REQUEST' })
    const { game, token } = parsed.data
    if (!SEAMLESS_GAMES.some(({ code, status }) => code === game && status === 'active'))
      return plain(200, { status: 'ERROR_GAME' })
    return plain(200, {
      url: `${publicUrl()}/play?${new URLSearchParams({ token, game }).toString()}`,
      expires_at: new Date(Date.now() + LAUNCH_VALID_MS).toISOString(),
    })
  }

  return {
    serve: (request) => {
      const signed = request.body.length > 0 ? request.body : Buffer.from(request.path)
      if (!verify(signed, request.headers[SIGNATURE_HEADER] ?? ''))
        return plain(401, { status: 'ERROR_SIGNATURE' })
      if (request.method === 'GET' && request.path === '/games') return plain(200, { games: SEAMLESS_GAMES })
      if (request.method === 'POST' && request.path === '/launch') return launch(request)
      return plain(404, { status: 'ERROR_REQUEST' })
    },
  }
}

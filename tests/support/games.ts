/** The sandbox provider in tests: put into the platform's catalogue, told to misbehave, and its books. */
import { pino } from 'pino'
import { z } from 'zod'
import { playerKey } from '../../domain/ids.ts'
import { parseAmount } from '../../domain/money.ts'
import { encryptionConfig, openCipher } from '../../service/key-ring.ts'
import { openRounds } from '../../sinks/games/open-rounds.ts'
import { createCodec } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { registrySource } from '../../topics/registry.ts'
import { asAdmin, get, newId, request } from '../../api/testing/live.ts'
import { brokersFromEnvironment, required } from './environment.ts'
import { waitFor } from './wait.ts'

export const SANDBOX_GAME = 'sandbox_starlight'
const GAME_CODE = 'oc-starlight-reels'
/** How long one call to the sandbox may take, in milliseconds. */
const TIMEOUT_MS = 1_000

const amountText = z.string().transform((text) => {
  const parsed = parseAmount(text)
  if (!parsed.ok) throw new Error(`${text} is no amount`)
  return parsed.units
})
const booksPage = z.object({
  data: z.array(
    z.object({
      round_id: z.string(),
      player_id: z.string(),
      bets: amountText,
      wins: amountText,
      rollbacks: amountText,
    }),
  ),
  next_cursor: z.string().optional(),
})
const sandboxState = z.object({
  books: z.object({ ocasino: z.object({ rounds: z.number(), open: z.number() }) }),
  results_due: z.number(),
  callbacks: z.record(z.string(), z.number()),
  faults: z.record(z.string(), z.number()),
})

async function sandbox(method: string, path: string, body?: object | readonly object[]): Promise<unknown> {
  const response = await fetch(required('SANDBOX_URL') + path, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** Makes the sandbox a provider of the platform, and one of its games a game. Repeatable. */
export async function putSandbox(): Promise<void> {
  const provider = {
    name: 'Sandbox OCasino',
    api_endpoint: `${required('SANDBOX_URL')}/ocasino/v1`,
    integration_type: 'rest',
    supported_currencies: ['USD', 'EUR'],
    settings: { timeout_ms: TIMEOUT_MS },
    api_credentials: {
      api_key: required('SANDBOX_API_KEY'),
      webhook_secret: required('SANDBOX_WEBHOOK_SECRET'),
    },
  }
  const game = { provider_id: 'ocasino', game_code: GAME_CODE, name: 'Starlight Reels', category: 'slots' }
  const puts = [
    await request('PUT', '/games/providers/ocasino', provider, asAdmin),
    await request('PUT', `/games/${SANDBOX_GAME}`, game, asAdmin),
  ]
  for (const { status, text } of puts) if (status !== 200) throw new Error(`${status} ${text}`)
}

export const setFaults = (rules: readonly object[]): Promise<unknown> =>
  sandbox('PUT', '/admin/faults', rules)
export const setSettings = (settings: object): Promise<unknown> => sandbox('PUT', '/admin/settings', settings)
export const sandboxNow = async () => sandboxState.parse(await sandbox('GET', '/admin/state'))

export interface RoundNet {
  /** Stakes that were not given back, in units of 1/10000. */
  stakes: bigint
  wins: bigint
}

const lay = (nets: Map<string, RoundNet>, roundId: string, net: RoundNet): void => {
  const before = nets.get(roundId) ?? { stakes: 0n, wins: 0n }
  nets.set(roundId, { stakes: before.stakes + net.stakes, wins: before.wins + net.wins })
}

/** Rounds that came to nothing are left out: a bet that was cancelled is in the books of who had heard of it alone. */
const real = (nets: Map<string, RoundNet>): Map<string, RoundNet> =>
  new Map([...nets].filter(([, { stakes, wins }]) => stakes !== 0n || wins !== 0n))

/** Rounds of these players in the sandbox's books. */
export async function sandboxRounds(players: ReadonlySet<string>): Promise<Map<string, RoundNet>> {
  const nets = new Map<string, RoundNet>()
  const partner = required('STAKESTREAM_PARTNER_ID')
  for (let cursor: string | undefined = '0'; cursor !== undefined;) {
    const path = `/books/ocasino/rounds?partner_id=${partner}&cursor=${cursor}`
    const page = booksPage.parse(await sandbox('GET', path))
    for (const row of page.data)
      if (players.has(row.player_id))
        lay(nets, row.round_id, { stakes: row.bets - row.rollbacks, wins: row.wins })
    cursor = page.next_cursor
  }
  return real(nets)
}

const historyPage = z.object({
  data: z.array(
    z.object({ type: z.string(), status: z.string(), amount: z.number(), round_id: z.string().nullable() }),
  ),
  next_cursor: z.string().optional(),
})
const UNITS = 10_000

/** Rounds of these players as the platform has them. */
export async function platformRounds(players: ReadonlySet<string>): Promise<Map<string, RoundNet>> {
  const nets = new Map<string, RoundNet>()
  for (const player of players)
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const answer = await get(`/wallet/${player}/transactions?limit=500${query}`)
      const page = historyPage.parse(JSON.parse(answer.text))
      for (const { type, status, amount, round_id: round } of page.data) {
        const units = BigInt(Math.round(amount * UNITS))
        if (status !== 'COMPLETED' || round === null) continue
        if (type === 'BET') lay(nets, round, { stakes: units, wins: 0n })
        if (type === 'ROLLBACK') lay(nets, round, { stakes: -units, wins: 0n })
        if (type === 'WIN') lay(nets, round, { stakes: 0n, wins: units })
      }
      cursor = page.next_cursor
    }
  return real(nets)
}

const walletAnswer = z.object({ balance: z.number(), held: z.number() })

/** How a player's wallet stands on the read side. */
export async function walletOf(player: string): Promise<z.output<typeof walletAnswer>> {
  return walletAnswer.parse(JSON.parse((await get(`/wallet/${player}?currency=USD`)).text))
}

/** Resolves when no bet of these players is open any more and no callback is on its way. */
export async function settled(players: ReadonlySet<string>, timeoutMs: number): Promise<void> {
  const isQuiet = async (): Promise<boolean> => {
    const wallets = await Promise.all([...players].map(walletOf))
    const { results_due: due, callbacks } = await sandboxNow()
    return wallets.every(({ held }) => held === 0) && due === 0 && (callbacks['pending'] ?? 0) === 0
  }
  await waitFor(isQuiet, { timeoutMs, intervalMs: 500, what: 'the end of all bets' })
}

/** Has the rounds that are open resolved, as the worker does with those that have been open for two days. Answers how many. */
export async function resolveOpenRounds(): Promise<number> {
  const logger = pino({ level: 'silent' })
  const kafka = createKafka({ brokers: brokersFromEnvironment(), clientId: newId('rounds'), log: logger })
  const producer = kafka.producer()
  const codec = await createCodec('game.command', registrySource({ url: required('SCHEMA_REGISTRY_URL') }))
  const cipher = await openCipher(encryptionConfig.parse(process.env), logger)
  const rounds = openRounds({
    databaseUrl: required('DATABASE_URL'),
    openAmount: cipher.decryptAmount,
    openMs: 0,
    send: async (command) => {
      const key = playerKey(command.data.partner_id, command.data.player_id)
      await producer.send({ topic: 'game.command', messages: [{ key, value: codec.encode(command) }] })
    },
    logger,
  })
  try {
    await producer.connect()
    return await rounds.look(Date.now())
  } finally {
    await Promise.all([producer.disconnect(), rounds.close()])
    cipher.close()
  }
}

/** A bet in the sandbox's game. */
export const sandboxBet = (amount: number, change: object = {}): object => ({
  amount,
  currency: 'USD',
  game_id: SANDBOX_GAME,
  round_id: newId('round'),
  transaction_id_partner: newId('bet'),
  ...change,
})

/** The command as it is run: its lines, its JSON and its exit codes, against a wallet over real HTTP and against the platform. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { asAdmin, request } from '../api/testing/live.ts'
import type { PartnerId, PlayerId } from '../domain/ids.ts'
import type { SeamlessGameAdapter, WalletOrder, WalletOrderResult } from '../games/adapter.ts'
import { CALLBACK_CASES } from '../games/certification/callback-cases.ts'
import { WALLET_CASES } from '../games/certification/wallet-cases.ts'
import { createOcasinoAdapter } from '../games/ocasino/adapter.ts'
import { startTestPlatform } from '../games/sandbox/testing/platform.ts'
import type { TestPlatform } from '../games/sandbox/testing/platform.ts'
import { createSeamlessAdapter } from '../games/seamless/adapter.ts'
import { PROFILES } from '../games/seamless/profile.ts'
import { MemoryWallet } from '../games/testing/memory-wallet.ts'
import { required } from '../tests/support/environment.ts'

/** The sandbox once more, as a provider of another manner. */
const STUDIO = 'sandbox-studio'
const STUDIO_GAME = 'sw-harbour-gold'

const ROOT = join(import.meta.dirname, '..')
const SECRET = 'secret-of-the-calls'
const PLAYER = {
  partnerId: '0198c2a0-0000-7000-8000-000000000001' as PartnerId,
  playerId: 'certified' as PlayerId,
}

const account = { providerId: 'demo', credentials: { webhook_secret: SECRET } }
const http = { send: () => Promise.reject(new Error('nothing is sent')) }
const adapter: SeamlessGameAdapter = createSeamlessAdapter({ account, profile: PROFILES.standard, http })
const ocasino = createOcasinoAdapter({ account, http })

let platform: TestPlatform
let wallet: MemoryWallet

beforeAll(async () => {
  platform = await startTestPlatform(() => ({ ocasino, seamless: { adapter, wallet } }))
})
afterAll(() => platform.close())

function seat(made: MemoryWallet): void {
  wallet = made
  wallet.balances.set(MemoryWallet.key(PLAYER, 'EUR'), 10_000_000n)
  wallet.sessions.set('token-1', { ...PLAYER, currency: 'EUR', gameCode: 'g', expired: false })
}
beforeEach(() => seat(new MemoryWallet()))

interface Ended {
  code: number
  out: string
  err: string
}

const run = (args: readonly string[], secret = SECRET): Promise<Ended> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['cli/main.ts', 'certify', ...args],
      { cwd: ROOT, env: { ...process.env, CERTIFY_SECRET: secret } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })

const walletArgs = () => ['--url', `${platform.url}/seamless`, '--token', 'token-1']
const callbackArgs = () => ['--callback-url', `${platform.url}/ocasino/round-result`]

/** Pays each win twice. */
class GenerousWallet extends MemoryWallet {
  override decide(order: WalletOrder): WalletOrderResult {
    const result = super.decide(order)
    if (order.type === 'WIN' && result.kind === 'APPLIED' && !result.replayed)
      this.move(MemoryWallet.key(order, order.currency), order.amount ?? 0n)
    return result
  }
}

it('says PASS for each case of a wallet that keeps the contract, and ends with 0', async () => {
  const { code, out, err } = await run([...walletArgs(), ...callbackArgs()])
  const lines = out.trimEnd().split('\n')
  expect(lines.filter((line) => line.startsWith('PASS'))).toHaveLength(
    WALLET_CASES.length + CALLBACK_CASES.length,
  )
  expect(err).toContain(`${lines.length} passed, 0 failed`)
  expect(code).toBe(0)
})

it('passes on the platform itself, with a player and a session of its own', async () => {
  const { code, out, err } = await run([], required('SANDBOX_WEBHOOK_SECRET'))
  expect(out).not.toContain('FAIL')
  expect(err).toContain(`${WALLET_CASES.length + CALLBACK_CASES.length} passed, 0 failed`)
  expect(code).toBe(0)
})

it('passes on the platform for a provider that wants every oddity named', async () => {
  const provider = {
    name: `Studio ${randomUUID()}`,
    api_endpoint: `${required('SANDBOX_URL')}/seamless/v1`,
    integration_type: 'seamless',
    supported_currencies: ['EUR'],
    settings: { profile: 'studio' },
    api_credentials: {
      api_secret: required('SANDBOX_API_KEY'),
      webhook_secret: required('SANDBOX_WEBHOOK_SECRET'),
    },
  }
  const made = await request('PUT', `/games/providers/${STUDIO}`, provider, asAdmin)
  expect([made.status, made.text]).toEqual([200, expect.stringContaining('"profile":"studio"')])
  const asStudio = ['--profile', 'studio', '--provider', STUDIO, '--game', STUDIO_GAME, '--only', 'wallet']
  const { code, out, err } = await run(asStudio, required('SANDBOX_WEBHOOK_SECRET'))
  expect(out).not.toContain('FAIL')
  expect(err).toContain(`${WALLET_CASES.length} passed, 0 failed`)
  expect(code).toBe(0)
})

it('says FAIL and why for a wallet that does not, and ends with 1', async () => {
  seat(new GenerousWallet())
  const { code, out } = await run(walletArgs())
  expect(out).toMatch(/FAIL {2}win: .*\n\s+win: the answer says a balance of \d+, and it is \d+/)
  expect(out).toMatch(/^PASS {2}bet: /m)
  expect(code).toBe(1)
})

it('--json prints one document', async () => {
  const { code, out } = await run([...callbackArgs(), '--only', 'callbacks', '--json'])
  expect(JSON.parse(out)).toEqual({
    passed: CALLBACK_CASES.length,
    failed: 0,
    cases: CALLBACK_CASES.map(({ id, title }) => ({ id, title, passed: true, detail: null })),
  })
  expect(code).toBe(0)
})

it.each([
  [
    'a token that opens nothing',
    ['--token', 'token-2'],
    SECRET,
    3,
    /SEAT_UNUSABLE: the token opens no session/,
  ],
  ['another secret', [], 'another secret', 3, /SEAT_UNUSABLE: .*401 ERROR_SIGNATURE/],
  ['a profile that there is not', ['--profile', 'none'], SECRET, 2, /USAGE: --profile is not valid/],
  ['a profile of RSA without a key', ['--profile', 'aggregator'], SECRET, 2, /USAGE: .*--private-key FILE/],
] as const)('with %s it says so', async (_, args, secret, expected, said) => {
  const { code, err } = await run([...walletArgs(), ...args], secret)
  expect(err).toMatch(said)
  expect(code).toBe(expected)
})

/** `certify`: plays the cases of the wallet's contract from a provider's side, and prints pass or fail for each. */
import { createPrivateKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { z } from 'zod'
import { CALLBACK_CASES } from '../games/certification/callback-cases.ts'
import { certify, takeSeat } from '../games/certification/certify.ts'
import type { CaseResult } from '../games/certification/certify.ts'
import { SeatUnusableError } from '../games/certification/errors.ts'
import { Seat } from '../games/certification/seat.ts'
import { WALLET_CASES } from '../games/certification/wallet-cases.ts'
import { createSeamlessClient } from '../games/sandbox/seamless-client.ts'
import { PROFILES } from '../games/seamless/profile.ts'
import { hmacSigner, rsaSigner } from '../games/seamless/signature.ts'
import type { Signer } from '../games/seamless/signature.ts'
import { openCertifiedSession } from './certify/session.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { note, printJson, printLine } from './output.ts'

/** What a bet stakes, in whole units of the currency. */
const STAKE_WHOLE = 1n

const flagsSchema = z.object({
  url: z.url({ protocol: /^https?$/ }).optional(),
  callbackUrl: z.url({ protocol: /^https?$/ }).optional(),
  token: z.string().min(1).optional(),
  profile: z.enum(['standard', 'aggregator', 'studio']),
  privateKey: z.string().min(1).optional(),
  game: z.string().min(1),
  provider: z.string().min(1),
  only: z.enum(['wallet', 'callbacks']).optional(),
  json: z.boolean(),
})
type Flags = z.output<typeof flagsSchema>

const usage = (what: string): CliError => new CliError(EXIT.usage, 'USAGE', what, 'see certify --help')

const platformUrl = (): string => process.env['STAKESTREAM_URL'] ?? 'http://127.0.0.1:8080'

/** The secret that the wallet knows; in the environment, so that no list of processes shows it. */
function sharedSecret(): string {
  const secret = process.env['CERTIFY_SECRET'] ?? process.env['SANDBOX_WEBHOOK_SECRET']
  if (secret === undefined || secret === '')
    throw usage('there is no secret to sign with: set CERTIFY_SECRET')
  return secret
}

function signerFor({ profile, privateKey }: Flags): Signer {
  if (PROFILES[profile].signature === 'HMAC_SHA256') return hmacSigner(sharedSecret())
  if (privateKey === undefined) throw usage(`the profile ${profile} signs with --private-key FILE`)
  try {
    return rsaSigner(createPrivateKey(readFileSync(privateKey)))
  } catch {
    throw usage(`${privateKey} holds no private key in PEM`)
  }
}

/** A line per case while they are played; with --json all of them at the end. */
const tell =
  ({ json }: Flags) =>
  ({ id, title, passed, detail }: CaseResult): void => {
    if (!json)
      printLine(`${passed ? 'PASS' : 'FAIL'}  ${id}: ${title}${detail === null ? '' : `\n      ${detail}`}`)
  }

async function certifyWallet(flags: Flags, player: PlayerSeat): Promise<CaseResult[]> {
  const { profile: name, provider, game } = flags
  const profile = PROFILES[name]
  const url = flags.url ?? `${platformUrl()}/games/callbacks/${provider}`
  const client = createSeamlessClient(() => url, signerFor(flags))
  const stake = STAKE_WHOLE * 10n ** BigInt(profile.exponent)
  const seat = new Seat({ client, profile, token: player.token, game, stake, run: randomUUID() })
  try {
    await takeSeat(seat)
    player.name = seat.player
    player.currency = seat.currency
    return await certify(WALLET_CASES, seat, tell(flags))
  } finally {
    await client.close()
  }
}

/** Who the cases are played with; name and currency are what the wallet says of the token. */
interface PlayerSeat {
  token: string
  name: string
  currency: string
}

function certifyCallbacks(flags: Flags, { name: player, currency }: PlayerSeat): Promise<CaseResult[]> {
  const url = flags.callbackUrl ?? `${platformUrl()}/games/callbacks/ocasino/round-result`
  return certify(
    CALLBACK_CASES,
    { url, secret: sharedSecret(), player, currency, game: flags.game },
    tell(flags),
  )
}

/** A player that no wallet knows: enough for callbacks that must be turned away. */
const NOBODY: PlayerSeat = {
  token: '',
  name: '0198c2a0000070008000000000000001:certify',
  currency: 'EUR',
}

async function run(flags: Flags): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  const player = { ...NOBODY }
  if (flags.only !== 'callbacks') {
    player.token = flags.token ?? (await openCertifiedSession(flags.provider, flags.game))
    results.push(...(await certifyWallet(flags, player)))
  }
  // Partners have a wallet alone; callbacks are the platform's.
  const hasCallbacks = flags.callbackUrl !== undefined || flags.url === undefined
  if (flags.only !== 'wallet' && hasCallbacks) results.push(...(await certifyCallbacks(flags, player)))
  return results
}

export function register(program: Command): void {
  program
    .command('certify')
    .description('play the cases of the wallet contract as a game provider; pass or fail for each')
    .option('--url <url>', 'the wallet that is called: the operation is appended (default: the platform)')
    .option(
      '--token <token>',
      'a session of a player with 20 stakes (default: one is opened on the platform)',
    )
    .option(
      '--profile <name>',
      `how it signs, counts and answers: ${Object.keys(PROFILES).join(', ')}`,
      'standard',
    )
    .option('--private-key <file>', 'PEM; for a profile that signs with RSA (HMAC: CERTIFY_SECRET)')
    .option('--provider <id>', 'the provider that is played, as the platform knows it', 'sandbox-seamless')
    .option('--game <code>', 'a game of that provider', 'sw-starlight-reels')
    .option('--callback-url <url>', 'where callbacks of rounds go (default: the platform)')
    .option('--only <part>', 'wallet or callbacks')
    .option('--json', 'print the results as JSON', false)
    .action(async (given: unknown) => {
      loadLocalEnv()
      const flags = flagsSchema.safeParse(given)
      if (!flags.success) throw usage(`--${flags.error.issues[0]?.path.join('.') ?? ''} is not valid`)
      const results = await run(flags.data).catch((error: unknown) => {
        if (error instanceof SeatUnusableError)
          throw new CliError(
            EXIT.environment,
            'SEAT_UNUSABLE',
            error.message,
            'check --url, --token and the secret',
          )
        throw error
      })
      const failed = results.filter(({ passed }) => !passed).length
      if (flags.data.json) printJson({ passed: results.length - failed, failed, cases: results })
      else note(`${results.length - failed} passed, ${failed} failed`)
      if (failed > 0) process.exitCode = EXIT.failed
    })
}

/** The sandbox as a process: `node games/sandbox/main.ts`. */
import { z } from 'zod'
import { portNumber, readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { onShutdown, runMain } from '../../service/shutdown.ts'
import { hmacSigner, hmacVerifier } from '../seamless/signature.ts'
import { startSandbox } from './server.ts'
import { defaultSettings } from './settings.ts'

const DEFAULT_PORT = 8095
const SECRET_CHARS_MIN = 16

const config = readConfig(
  z.object({
    LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
    PORT: portNumber.default(DEFAULT_PORT),
    HOST: z.string().default('127.0.0.1'),
    /** The platform, or a partner's system, that is played with. */
    STAKESTREAM_URL: z.url().default('http://127.0.0.1:8080'),
    /** The same seed gives each bet the same result and each request the same fault. */
    SANDBOX_SEED: z.string().default('stakestream'),
    /** Of the platform towards the sandbox: api_key of OCasino, api_secret of the seamless side. */
    SANDBOX_API_KEY: z.string().min(SECRET_CHARS_MIN),
    /** Of the sandbox towards the platform: webhook_secret of both. */
    SANDBOX_WEBHOOK_SECRET: z.string().min(SECRET_CHARS_MIN),
  }),
)
const logger = createLogger('game-sandbox', config.LOG_LEVEL)

runMain(logger, async () => {
  const sandbox = await startSandbox(
    {
      seed: config.SANDBOX_SEED,
      apiKey: config.SANDBOX_API_KEY,
      webhookSecret: config.SANDBOX_WEBHOOK_SECRET,
      seamless: {
        profile: 'standard',
        sign: hmacSigner(config.SANDBOX_WEBHOOK_SECRET),
        verify: hmacVerifier([config.SANDBOX_API_KEY]),
      },
      settings: defaultSettings({
        callback_url: `${config.STAKESTREAM_URL}/games/callbacks/ocasino/round-result`,
        wallet_url: `${config.STAKESTREAM_URL}/games/callbacks/sandbox-seamless`,
      }),
    },
    config.PORT,
    config.HOST,
  )
  logger.info({ url: sandbox.url }, 'sandbox started')
  onShutdown(logger, () => sandbox.close())
})

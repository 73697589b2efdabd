/** The process of bets at game providers: `node streams/games/main.ts`. */
import { readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { processorConfig, runProcessor } from '../runtime/process.ts'
import type { ProcessorDefinition } from '../runtime/processor.ts'
import { gamesProcessor } from './logic.ts'
import { storeCodec } from './state.ts'

const DEFAULT_ADMIN_PORT = 8184

const config = readConfig(processorConfig)
const logger = createLogger('games', config.LOG_LEVEL)

async function define(source: SchemaSource): Promise<ProcessorDefinition> {
  const [command, bet, call, walletCommand, position, deadLetter, store] = await Promise.all([
    createCodec('game.command', source),
    createCodec('game.bet.updated', source),
    createCodec('game.call', source),
    createCodec('wallet.command', source),
    createCodec('game.position', source),
    createCodec('game.command.dlq', source),
    storeCodec(),
  ])
  return gamesProcessor({ command, bet, call, walletCommand, position, deadLetter, store })
}

runMain(logger, () =>
  runProcessor({
    name: 'games',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    logger,
    define,
  }),
)

/** The wallet processor's process: `node streams/wallet/main.ts`. */
import { readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import type { StreamsBroker } from '../runtime/port.ts'
import { processorConfig, runProcessor } from '../runtime/process.ts'
import type { ProcessorDefinition } from '../runtime/processor.ts'
import { walletProcessor } from './logic.ts'

const DEFAULT_ADMIN_PORT = 8171

const config = readConfig(processorConfig)
const logger = createLogger('wallet', config.LOG_LEVEL)

async function define(source: SchemaSource, broker: StreamsBroker): Promise<ProcessorDefinition> {
  const [command, transaction, balance, profile, audit, reply, position, deadLetter, game] =
    await Promise.all([
      createCodec('wallet.command', source),
      createCodec('wallet.transaction.created', source),
      createCodec('wallet.balance', source),
      createCodec('player.profile.updated', source),
      createCodec('audit.wallet-entry.recorded', source),
      createCodec('wallet.reply', source),
      createCodec('wallet.position', source),
      createCodec('wallet.command.dlq', source),
      createCodec('game.command', source),
    ])
  return walletProcessor(
    { command, transaction, balance, profile, audit, reply, position, deadLetter, game },
    { replyPartitions: await broker.partitionCount('wallet.reply') },
  )
}

runMain(logger, () =>
  runProcessor({
    name: 'wallet',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    logger,
    define,
  }),
)

/** The process of partner management: `node streams/partners/main.ts`. */
import { readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { processorConfig, runProcessor } from '../runtime/process.ts'
import type { ProcessorDefinition } from '../runtime/processor.ts'
import { partnersProcessor } from './logic.ts'
import { storeCodecs } from './state.ts'

const DEFAULT_ADMIN_PORT = 8175

const config = readConfig(processorConfig)
const logger = createLogger('partners', config.LOG_LEVEL)

async function define(source: SchemaSource): Promise<ProcessorDefinition> {
  const [command, partner, key, webhook, amlRules, gameProvider, game, audit, position, deadLetter, store] =
    await Promise.all([
      createCodec('partner.command', source),
      createCodec('partner.profile.updated', source),
      createCodec('partner.api-key.updated', source),
      createCodec('partner.webhook.updated', source),
      createCodec('aml.rules.updated', source),
      createCodec('game.provider.updated', source),
      createCodec('game.updated', source),
      createCodec('audit.entry.recorded', source),
      createCodec('partner.position', source),
      createCodec('partner.command.dlq', source),
      storeCodecs(),
    ])
  return partnersProcessor({
    command,
    partner,
    key,
    webhook,
    amlRules,
    gameProvider,
    game,
    audit,
    position,
    deadLetter,
    store,
  })
}

runMain(logger, () =>
  runProcessor({
    name: 'partners',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    logger,
    define,
  }),
)

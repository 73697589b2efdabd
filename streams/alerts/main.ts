/** The process of the alerts: `node streams/alerts/main.ts`. */
import { readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { processorConfig, runProcessor } from '../runtime/process.ts'
import type { ProcessorDefinition } from '../runtime/processor.ts'
import { alertsProcessor } from './logic.ts'
import { storeCodecs } from './state.ts'

const DEFAULT_ADMIN_PORT = 8178

const config = readConfig(processorConfig)
const logger = createLogger('aml-alerts', config.LOG_LEVEL)

async function define(source: SchemaSource): Promise<ProcessorDefinition> {
  const [command, created, updated, player, reply, audit, position, deadLetter, store] = await Promise.all([
    createCodec('aml.command', source),
    createCodec('aml.alert.created', source),
    createCodec('aml.alert.updated', source),
    createCodec('aml.player.updated', source),
    createCodec('aml.reply', source),
    createCodec('audit.aml-entry.recorded', source),
    createCodec('aml.alert-position', source),
    createCodec('aml.command.dlq', source),
    storeCodecs(),
  ])
  return alertsProcessor({ command, created, updated, player, reply, audit, position, deadLetter, store })
}

runMain(logger, () =>
  runProcessor({
    name: 'aml-alerts',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    logger,
    define,
  }),
)

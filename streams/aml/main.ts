/** The process of the AML rules: `node streams/aml/main.ts`. */
import { readConfig } from '../../service/config.ts'
import { kafkaConnection } from '../../service/kafka.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { followRules } from '../../topics/aml-rules.ts'
import type { KafkaRules } from '../../topics/aml-rules.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { createKafka } from '../../topics/kafka.ts'
import { processorConfig, runProcessor } from '../runtime/process.ts'
import type { ProcessorDefinition } from '../runtime/processor.ts'
import { amlProcessor } from './logic.ts'

const DEFAULT_ADMIN_PORT = 8177

const config = readConfig(processorConfig)
const logger = createLogger('aml', config.LOG_LEVEL)
let rules: KafkaRules | undefined

async function define(source: SchemaSource): Promise<ProcessorDefinition> {
  const [transaction, assessed, profile, command, position, deadLetter, rulesCodec] = await Promise.all([
    createCodec('wallet.transaction.created', source),
    createCodec('aml.transaction.assessed', source),
    createCodec('aml.risk-profile.updated', source),
    createCodec('aml.command', source),
    createCodec('aml.position', source),
    createCodec('wallet.transaction.created.dlq', source),
    createCodec('aml.rules.updated', source),
  ])
  const clientId = `aml-rules-${config.INSTANCE_ID}`
  rules = await followRules({
    kafka: createKafka({ ...kafkaConnection(config), clientId, log: logger }),
    groupId: `${config.APP_NAME}.aml.rules.${config.INSTANCE_ID}`,
    sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
    log: logger,
    codec: rulesCodec,
  })
  return amlProcessor({ transaction, assessed, profile, command, position, deadLetter }, rules)
}

runMain(logger, () =>
  runProcessor({
    name: 'aml',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    logger,
    define,
    close: async () => rules?.stop(),
  }),
)

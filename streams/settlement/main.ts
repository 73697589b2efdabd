/** The process of settlement: `node streams/settlement/main.ts`. */
import { createHash } from 'node:crypto'
import { readConfig } from '../../service/config.ts'
import { createLogger } from '../../service/logger.ts'
import { runMain } from '../../service/shutdown.ts'
import { createCodec } from '../../topics/codec.ts'
import type { SchemaSource } from '../../topics/codec.ts'
import { partitionOfKey } from '../../topics/partitioner.ts'
import type { StreamsBroker } from '../runtime/port.ts'
import { processorConfig, runProcessor } from '../runtime/process.ts'
import type { ProcessorDefinition } from '../runtime/processor.ts'
import { settlementProcessor } from './logic.ts'
import { storeCodecs } from './state.ts'

const DEFAULT_ADMIN_PORT = 8181

const config = readConfig(processorConfig)
const logger = createLogger('settlement', config.LOG_LEVEL)

async function define(source: SchemaSource, broker: StreamsBroker): Promise<ProcessorDefinition> {
  const [command, run, terms, reply, walletCommand, position, deadLetter, store] = await Promise.all([
    createCodec('settlement.command', source),
    createCodec('settlement.updated', source),
    createCodec('settlement.terms.updated', source),
    createCodec('settlement.reply', source),
    createCodec('wallet.command', source),
    createCodec('settlement.position', source),
    createCodec('settlement.command.dlq', source),
    storeCodecs(),
  ])
  const walletPartitions = await broker.partitionCount('wallet.command')
  return settlementProcessor(
    { command, run, terms, reply, walletCommand, position, deadLetter, store },
    {
      sha256: (text) => createHash('sha256').update(text).digest('hex'),
      walletPartitionOf: (key) => partitionOfKey(key, walletPartitions),
    },
  )
}

runMain(logger, () =>
  runProcessor({
    name: 'settlement',
    config,
    adminPort: config.ADMIN_PORT ?? DEFAULT_ADMIN_PORT,
    logger,
    define,
  }),
)

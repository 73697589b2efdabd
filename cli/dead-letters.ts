/** `dead-letters`: records that were put aside are listed, shown, sent again or given up. */
import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { z } from 'zod'
import type { DeadLetter } from '../avro/types.ts'
import { commonConfig, readConfig } from '../service/config.ts'
import { kafkaConnection } from '../service/kafka.ts'
import type { KafkaConnection } from '../service/kafka.ts'
import { createLogger } from '../service/logger.ts'
import { connectKafkajs } from '../streams/runtime/kafkajs-port.ts'
import type { StreamsBroker } from '../streams/runtime/port.ts'
import { TOPIC_NAMES } from '../topics/catalogue.ts'
import { createCodec } from '../topics/codec.ts'
import type { SchemaSource } from '../topics/codec.ts'
import { createKafka } from '../topics/kafka.ts'
import { registrySource } from '../topics/registry.ts'
import { handleLetter, letterIdOf } from './dead-letters/handle.ts'
import {
  chosenTopics,
  parsePlace,
  placeText,
  readHandlings,
  readLetter,
  readLetters,
} from './dead-letters/letters.ts'
import type { Handling, Letter } from './dead-letters/letters.ts'
import { loadLocalEnv } from './local-env.ts'
import { printJson, printLine, printTable } from './output.ts'

const CLIENT_ID = 'cli-dead-letters'
const REASON_CHARS_MAX = 500

interface Connected {
  broker: StreamsBroker
  source: SchemaSource
  connection: KafkaConnection
}

async function connected<T>(use: (parts: Connected) => Promise<T>): Promise<T> {
  loadLocalEnv()
  const config = readConfig(commonConfig)
  const log = createLogger('cli', 'silent')
  const connection = kafkaConnection(config)
  const broker = await connectKafkajs({ ...connection, clientId: CLIENT_ID, log })
  try {
    return await use({ broker, source: registrySource({ url: config.SCHEMA_REGISTRY_URL }), connection })
  } finally {
    await broker.close()
  }
}

const summaryOf = ({ place, letter }: Letter, handling: Handling | undefined) => ({
  place: placeText(place),
  at: new Date(letter.source_timestamp).toISOString(),
  processor: letter.processor,
  error_code: letter.error_code,
  reason: letter.reason,
  source: `${letter.source_topic}/${letter.source_partition}/${letter.source_offset}`,
  handling: handling ?? 'OPEN',
})

const LIST_OPTIONS = z.object({ topic: z.string().optional(), all: z.boolean(), json: z.boolean() })

async function list(flags: unknown): Promise<void> {
  const { topic, all, json } = LIST_OPTIONS.parse(flags)
  const topics = chosenTopics(topic)
  const rows = await connected(async ({ broker, source }) => {
    const handlings = await readHandlings(broker, source)
    const letters = await Promise.all(topics.map((each) => readLetters(broker, source, each)))
    return letters
      .flat()
      .map((letter) => summaryOf(letter, handlings.get(letterIdOf(letter.place))))
      .filter(({ handling }) => all || handling === 'OPEN')
  })
  if (json) return printJson(rows)
  printTable(
    ['place', 'at', 'by', 'code', 'what is done', 'reason'],
    rows.map((row) => [row.place, row.at, row.processor, row.error_code, row.handling, row.reason]),
  )
}

/** Numbers that JSON has not become texts, bytes become base64. */
const plain = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value
}

/** The value of the record, where it can be read by its topic's schema; else why it can't. */
async function decodedValue(source: SchemaSource, letter: DeadLetter): Promise<unknown> {
  const topic = TOPIC_NAMES.find((name) => name === letter.source_topic)
  if (topic === undefined || letter.record_value === null) return null
  try {
    const codec = await createCodec(topic, source)
    const unknown = codec.unknownSchemaId(letter.record_value)
    if (unknown !== undefined) await codec.learn(unknown)
    return codec.decode(letter.record_value)
  } catch (error) {
    return { undecodable: error instanceof Error ? error.message : String(error) }
  }
}

async function show(text: string): Promise<void> {
  const place = parsePlace(text)
  await connected(async ({ broker, source }) => {
    const found = await readLetter(broker, source, place)
    const handling = (await readHandlings(broker, source)).get(letterIdOf(place))
    const { record_key, record_value, record_headers } = found.letter
    const shown = {
      ...summaryOf(found, handling),
      key: record_key?.toString() ?? null,
      headers: record_headers,
      value: await decodedValue(source, found.letter),
      value_base64: record_value,
    }
    printLine(JSON.stringify(shown, plain, 2))
  })
}

const HANDLE_OPTIONS = z.object({ reason: z.string().trim().min(1).max(REASON_CHARS_MAX) })

const handle =
  (handling: Handling) =>
  async (text: string, flags: unknown): Promise<void> => {
    const place = parsePlace(text)
    const { reason } = HANDLE_OPTIONS.parse(flags)
    await connected(async ({ broker, source, connection }) => {
      const kafka = createKafka({ ...connection, clientId: CLIENT_ID, log: createLogger('cli', 'silent') })
      const operator = userInfo().username
      const { letter } = await handleLetter({ broker, kafka, source, place, handling, reason, operator })
      printLine(
        handling === 'REPLAYED'
          ? `${placeText(place)} went back to ${letter.source_topic}, partition ${letter.source_partition}`
          : `${placeText(place)} was given up`,
      )
    })
  }

export function register(program: Command): void {
  const letters = program.command('dead-letters').description('records that were put aside')
  letters
    .command('list')
    .description('what was put aside and not dealt with yet')
    .option('--topic <name>', 'of one topic (default: of all)')
    .option('--all', 'those that were dealt with too', false)
    .option('--json', 'print them as JSON', false)
    .action(list)
  const places = 'topic/partition/offset, as list shows it'
  letters.command('show').description('one of them, decoded').argument('<place>', places).action(show)
  letters
    .command('replay')
    .description('send the record of a command to its topic again, and say so in the audit trail')
    .argument('<place>', places)
    .requiredOption('--reason <text>', 'why')
    .action(handle('REPLAYED'))
  letters
    .command('discard')
    .description('give a record up, and say so in the audit trail')
    .argument('<place>', places)
    .requiredOption('--reason <text>', 'why')
    .action(handle('DISCARDED'))
}

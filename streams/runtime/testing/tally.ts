/**
 * A processor for the runtime's own tests: it adds up numbers by key. Each input "id amount" yields one event with the
 * sum before and after; "bad" is poison. Simple enough that what must come out is known without running it.
 */
import { createCodec } from '../../../topics/codec.ts'
import type { SchemaSource } from '../../../topics/codec.ts'
import { PoisonError } from '../processor.ts'
import type { LogRecord, Output, Owing, ProcessorDefinition, StoreWriter, TaskLogic } from '../processor.ts'

/** Topics of a tally; with a prefix, several stand side by side on one broker. */
export const tallyTopics = (prefix = 'tally') => ({
  input: `${prefix}.input`,
  events: `${prefix}.events`,
  snapshots: `${prefix}.snapshots`,
  positions: `${prefix}.positions`,
  deadLetters: `${prefix}.dlq`,
})
export type TallyTopics = ReturnType<typeof tallyTopics>

export interface TallyEvent {
  id: string
  before: number
  after: number
  version: number
}

interface Tally {
  sum: number
  version: number
}

const text = (bytes: Buffer | null): string => bytes?.toString() ?? ''
export const parseEvent = (record: LogRecord): TallyEvent => {
  const [id = '', before, after, version] = text(record.value).split(' ')
  return { id, before: Number(before), after: Number(after), version: Number(version) }
}

const readTally = (store: StoreWriter, key: string): Tally => {
  const [sum = '0', version = '0'] = text(store.get(`tally|${key}`) ?? Buffer.from('0 0')).split(' ')
  return { sum: Number(sum), version: Number(version) }
}
const writeTally = (store: StoreWriter, key: string, { sum, version }: Tally): void =>
  store.put(`tally|${key}`, Buffer.from(`${sum} ${version}`))

class TallyLogic implements TaskLogic {
  readonly #topics: TallyTopics
  readonly #changed = new Set<string>()

  constructor(topics: TallyTopics) {
    this.#topics = topics
  }

  process(record: LogRecord, store: StoreWriter, output: Output): void {
    const key = text(record.key)
    const [id, amountText] = text(record.value).split(' ')
    const amount = Number(amountText)
    if (id === undefined || !Number.isSafeInteger(amount))
      throw new PoisonError('RECORD_INVALID', 'not "id amount"')
    const isKnown = store.get(`seen|${id}`) !== undefined
    output.count(isKnown ? 'known' : 'added')
    if (isKnown) return
    const tally = readTally(store, key)
    const after = { sum: tally.sum + amount, version: tally.version + 1 }
    store.put(`seen|${id}`, Buffer.from('1'))
    writeTally(store, key, after)
    this.#changed.add(key)
    output.send(this.#topics.events, key, Buffer.from(`${id} ${tally.sum} ${after.sum} ${after.version}`))
  }
  endBatch(store: StoreWriter, output: Output, pressing: boolean): Owing {
    if (!pressing) return this.#changed.size > 0 ? 'records and entries' : 'nothing'
    for (const key of this.#changed) {
      if (output.isFull(this.#topics.snapshots)) return 'records'
      output.send(this.#topics.snapshots, key, store.get(`tally|${key}`) ?? Buffer.alloc(0))
      this.#changed.delete(key)
    }
    return 'nothing'
  }
  recall(record: LogRecord): void {
    this.#changed.add(text(record.key))
  }
  restore(topic: string, records: readonly LogRecord[], store: StoreWriter): void {
    if (topic !== this.#topics.events) return
    for (const record of records) {
      const key = text(record.key)
      const event = parseEvent(record)
      store.put(`seen|${event.id}`, Buffer.from('1'))
      if (event.version > readTally(store, key).version)
        writeTally(store, key, { sum: event.after, version: event.version })
    }
  }
  housekeep(): readonly { key: string; value: Buffer }[] {
    return []
  }
}

/** Schema ids without a registry. */
export function memorySchemas(): SchemaSource {
  const texts: string[] = []
  return {
    idOf: (_topic, schemaText) => Promise.resolve(texts.push(schemaText)),
    textOf: (id) => Promise.resolve(texts[id - 1]),
  }
}

export async function tallyProcessor(topics = tallyTopics()): Promise<ProcessorDefinition> {
  const schemas = memorySchemas()
  return {
    name: 'tally',
    inputTopic: topics.input,
    deadLetterTopic: topics.deadLetters,
    deadLetterCodec: await createCodec('wallet.command.dlq', schemas),
    positionTopic: topics.positions,
    positionCodec: await createCodec('wallet.position', schemas),
    changelogTopics: [topics.events, topics.snapshots],
    storeVersion: 1,
    createLogic: () => new TallyLogic(topics),
    prepare: () => Promise.resolve(),
  }
}

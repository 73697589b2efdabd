/**
 * Values in Confluent wire format: a zero byte, the schema's id (4 bytes, big endian), the Avro body.
 *
 * Encoding and decoding are synchronous, since they stand on the path of every bet. Schema ids are learned before:
 * the writer's at start, a reader's when a record first shows an id that is not yet known.
 */
import type { Type } from 'avsc'
import { avroTypeOf, readsAlike, readSchemaText } from './avro.ts'
import { withSymbolsOf } from './avro-symbols.ts'
import { topicDefinition } from './catalogue.ts'
import type { TopicName, TopicValues } from './catalogue.ts'

const MAGIC_BYTE = 0
/** Bytes of a value before its Avro body. */
export const PREFIX_BYTES = 5
const SLAB_BYTES = 64 * 1024

/** Where schemas are looked up; the registry in production, a map in unit tests. */
export interface SchemaSource {
  /** The id under which the schema is registered for the topic's values; registers it where it is new. */
  idOf(topic: TopicName, schemaText: string): Promise<number>
  /** The text of the schema with this id, or undefined where the registry has no such id. */
  textOf(id: number): Promise<string | undefined>
}

/** A value that is not in wire format, or whose body does not fit its schema. */
export class UndecodableError extends Error {
  override name = 'UndecodableError'
}

export interface TopicCodec<T> {
  readonly schemaId: number
  encode(value: T): Buffer
  /** Throws `UndecodableError`. The writer's schema must have been learned. */
  decode(bytes: Buffer): T
  /** The id of a value whose schema is not yet known here, or undefined. Never throws. */
  unknownSchemaId(bytes: Buffer): number | undefined
  /** Fetches a writer's schema; an id that the registry doesn't know is remembered as undecodable. */
  learn(schemaId: number): Promise<void>
}

/** True for a value that was written by the schema with this id. */
export const isOfSchema = (bytes: Buffer, schemaId: number): boolean =>
  bytes.length > PREFIX_BYTES && bytes[0] === MAGIC_BYTE && bytes.readInt32BE(1) === schemaId

type Decoder = (bytes: Buffer) => unknown

/** Values are written one behind the other, and each is handed out as its part of the slab: nothing is copied. */
let slab = Buffer.allocUnsafe(SLAB_BYTES)
let used = 0

/** Writes a value behind what is used. Answers its end, or by how many bytes it doesn't fit, as a negative number. */
const writeBody = (type: Type, value: unknown): number => type.encode(value, slab, used + PREFIX_BYTES)

function encodeWith(type: Type, schemaId: number, value: unknown): Buffer {
  let end = writeBody(type, value)
  if (end < 0) {
    const missing = -end
    const taken = slab.length - used
    slab = Buffer.allocUnsafe(Math.max(SLAB_BYTES, taken + missing))
    used = 0
    end = writeBody(type, value)
  }
  const start = used
  used = end
  slab[start] = MAGIC_BYTE
  slab.writeInt32BE(schemaId, start + 1)
  return slab.subarray(start, end)
}

function decoderOf(writer: Type, reader: Type): Decoder {
  const resolver = readsAlike(writer, reader) ? undefined : reader.createResolver(writer)
  return (bytes) => {
    const decoded = reader.decode(bytes, PREFIX_BYTES, resolver)
    if (decoded.offset !== bytes.length)
      throw new UndecodableError(`body of ${bytes.length} bytes does not fit its schema`)
    const value: unknown = decoded.value
    return value
  }
}

/** The codec of a topic's values; asks the source for the writer's schema id once. */
export async function createCodec<N extends TopicName>(
  topic: N,
  source: SchemaSource,
): Promise<TopicCodec<TopicValues[N]>> {
  const text = readSchemaText(topicDefinition(topic).schema)
  const type = avroTypeOf(text)
  const schemaId = await source.idOf(topic, text)
  const decoders = new Map<number, Decoder>([[schemaId, decoderOf(type, type)]])

  const decode = (bytes: Buffer): TopicValues[N] => {
    if (bytes.length <= PREFIX_BYTES || bytes[0] !== MAGIC_BYTE)
      throw new UndecodableError('not in wire format')
    const id = bytes.readInt32BE(1)
    const decoder = decoders.get(id)
    if (decoder === undefined) throw new UndecodableError(`schema id ${id} has not been learned`)
    try {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type is generated from the schema that was read.
      return decoder(bytes) as TopicValues[N]
    } catch (error) {
      throw new UndecodableError(`schema id ${id}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return {
    schemaId,
    encode: (value) => encodeWith(type, schemaId, value),
    decode,
    unknownSchemaId: (bytes) => {
      if (bytes.length <= PREFIX_BYTES || bytes[0] !== MAGIC_BYTE) return undefined
      const id = bytes.readInt32BE(1)
      return decoders.has(id) ? undefined : id
    },
    learn: async (id) => {
      const writerText = await source.textOf(id)
      decoders.set(
        id,
        writerText === undefined
          ? refusing('is not known to the registry')
          : learnedDecoder(writerText, text, type),
      )
    },
  }
}

/** A writer's schema that can't be read as ours makes its records undecodable, not the reader fail. */
function learnedDecoder(writerText: string, readerText: string, reader: Type): Decoder {
  try {
    const wide = withSymbolsOf(writerText, readerText)
    if (wide === undefined) return decoderOf(avroTypeOf(writerText), reader)
    return onlyKnown(decoderOf(avroTypeOf(writerText), avroTypeOf(wide)), reader)
  } catch (error) {
    return refusing(`can't be read as ours: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Of a writer whose enumerations have grown: its records are read, but those with a symbol that the reader doesn't know. */
const onlyKnown =
  (decode: Decoder, reader: Type): Decoder =>
  (bytes) => {
    const value = decode(bytes)
    if (!reader.isValid(value)) throw new UndecodableError('holds a symbol that this version does not know')
    return value
  }

const refusing =
  (why: string): Decoder =>
  () => {
    throw new UndecodableError(why)
  }

/** Every topic's samples as they lie in Kafka: in wire format, under the ids of the running registry. */
import { avroTypeOf, readSchemaText } from '../../topics/avro.ts'
import { topicDefinition } from '../../topics/catalogue.ts'
import type { TopicName } from '../../topics/catalogue.ts'
import { createCodec } from '../../topics/codec.ts'
import { registrySource } from '../../topics/registry.ts'
import { required } from '../support/environment.ts'
import { parseAvroSchema, plainOf, sampleOf, VARIANTS } from './samples.ts'
import type { AvroSchema } from './samples.ts'

export interface Encoded {
  schema: AvroSchema
  /** What another client should read, in the plain form. */
  expected: unknown[]
  /** In wire format. */
  values: Buffer[]
  /** Reads what another client has written, into the plain form. */
  read(value: Buffer): unknown
}

/** The samples of a topic. Its schema is registered where that is still to be done. */
export async function encodeSamples(topic: TopicName): Promise<Encoded> {
  const text = readSchemaText(topicDefinition(topic).schema)
  const schema = parseAvroSchema(text)
  const codec = await createCodec(
    topic,
    registrySource({ url: required('SCHEMA_REGISTRY_URL'), register: true }),
  )
  const type = avroTypeOf(text)
  const samples = Array.from({ length: VARIANTS }, (_, variant) => sampleOf(schema, variant))
  const values = samples.map((sample) => {
    const prefix = Buffer.alloc(5)
    prefix.writeInt32BE(codec.schemaId, 1)
    return codec.encode(codec.decode(Buffer.concat([prefix, type.toBuffer(sample)])))
  })
  return { schema, expected: samples.map(plainOf), values, read: (value) => plainOf(codec.decode(value)) }
}

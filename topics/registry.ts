/** Where codecs learn schema ids and schemas: the schema registry, over `@kafkajs/confluent-schema-registry`. */
import { COMPATIBILITY, SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry'
import { subjectOf } from './catalogue.ts'
import type { SchemaSource } from './codec.ts'
import { OperationalError } from './errors.ts'
import { registryAddress } from './registry-address.ts'
import { REGISTRY_REQUEST_TIMEOUT_MS, registryApi } from './registry-api.ts'
import type { RegistryOptions } from './registry-api.ts'

/** The rule that every subject follows: a new schema reads what the older ones wrote. */
export const SUBJECT_COMPATIBILITY = COMPATIBILITY.BACKWARD

export interface RegistrySourceOptions extends RegistryOptions {
  /**
   * False (the default, for services): `idOf` only looks up what `topics apply` has registered, so that a service can't
   * bring a schema into the world that nobody checked. True: `idOf` registers what is new.
   */
  register?: boolean
}

/**
 * A schema source over the registry. Ids and texts are asked once and kept.
 *
 * Throws `OperationalError`: `REGISTRY_UNREACHABLE` (after retries of a few seconds), `SCHEMA_NOT_REGISTERED` (when
 * looking up), `SCHEMA_REFUSED` (when registering what is not compatible). `textOf` answers undefined only where the
 * registry itself says that it has no such id; that answer is not kept, since the id may be given out later.
 */
export function registrySource({ register = false, ...options }: RegistrySourceOptions): SchemaSource {
  const api = registryApi(options)
  const { base, credentials } = registryAddress(options.url)
  const client = new SchemaRegistry({
    host: base,
    ...(credentials === undefined ? {} : { auth: credentials }),
    retry: { retries: 0 },
    middlewares: [
      () => ({
        prepareRequest: async (next) => (await next()).enhance({ timeout: REGISTRY_REQUEST_TIMEOUT_MS }),
      }),
    ],
  })
  const ids = new Map<string, Promise<number>>()
  const texts = new Map<number, Promise<string | undefined>>()

  const ask = async (subject: string, schema: string): Promise<number> => {
    const avro = { type: SchemaType.AVRO as const, schema }
    try {
      if (!register) return await api.guard(() => client.getRegistryIdBySchema(subject, avro))
      const settings = { subject, compatibility: SUBJECT_COMPATIBILITY }
      return (await api.guard(() => client.register(avro, settings))).id
    } catch (error) {
      throw refusalOf(error, subject)
    }
  }

  return {
    idOf: (topic, schemaText) => {
      const subject = subjectOf(topic)
      return keep(ids, `${subject}\n${schemaText}`, () => ask(subject, schemaText))
    },
    textOf: async (id) => {
      const text = await keep(texts, id, () => api.textOf(id))
      if (text === undefined) texts.delete(id)
      return text
    },
  }
}

/** Shares one request between callers and keeps its answer; a failure is not kept. */
function keep<K, V>(cache: Map<K, Promise<V>>, key: K, fetchValue: () => Promise<V>): Promise<V> {
  const known = cache.get(key)
  if (known !== undefined) return known
  const asked = fetchValue()
  cache.set(key, asked)
  asked.catch(() => cache.delete(key))
  return asked
}

function refusalOf(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || error instanceof OperationalError) return error
  const refused = (what: string, help: string): OperationalError =>
    new OperationalError('refused', 'SCHEMA_REFUSED', `${subject}: ${what}`, help, error)
  // The names are the client's contract: it exports no classes of its errors.
  switch (error.name) {
    case 'ConfluentSchemaRegistryError':
      return new OperationalError(
        'missing',
        'SCHEMA_NOT_REGISTERED',
        `the schema of this version is not registered under ${subject}`,
        'run `topics apply` with this version first',
        error,
      )
    case 'ConfluentSchemaRegistryCompatibilityError':
      return refused(error.message, 'run `topics apply`, which sets the compatibility of the subjects')
    default:
      return 'status' in error
        ? refused(error.message, 'add fields with a default, remove or rename none')
        : error
  }
}

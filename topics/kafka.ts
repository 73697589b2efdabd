/** The one place where a Kafka client is made. */
import { Kafka, logLevel } from 'kafkajs'
import type { logCreator } from 'kafkajs'
import Cluster from 'kafkajs/src/cluster/index.js'
import loggers from 'kafkajs/src/loggers/index.js'
import createSocketFactory from 'kafkajs/src/network/socketFactory.js'

/** Where kafkajs's own log lines go: the shape of pino's logger, so that nothing else is imported here. */
export interface LogSink {
  debug(detail: object, message: string): void
  info(detail: object, message: string): void
  warn(detail: object, message: string): void
  error(detail: object, message: string): void
}

/** PEM texts: the authorities to trust in place of Node's own, and the client's own certificate and key. */
export interface TlsOptions {
  ca?: string
  cert?: string
  key?: string
}

interface Login<M extends string> {
  mechanism: M
  username: string
  password: string
}
export type SaslOptions = Login<'scram-sha-512'> | Login<'scram-sha-256'> | Login<'plain'>

export interface KafkaOptions {
  brokers: readonly string[]
  /** Absent: in clear. */
  ssl?: TlsOptions
  /** Absent: the client doesn't say who it is. */
  sasl?: SaslOptions
  /** Names this client in the broker's logs and quotas. */
  clientId: string
  log: LogSink
}

/**
 * First pause before a retry inside kafkajs, in milliseconds. Two back-to-back transactions of one producer meet
 * CONCURRENT_TRANSACTIONS as a matter of course, so the default of 300 ms would be the latency of a bet.
 */
const INITIAL_RETRY_MS = 2
const MAX_RETRY_MS = 1_000
/** How long one request may take before it is given up, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000
const CONNECTION_TIMEOUT_MS = 3_000
/** How old a list of brokers and leaders may be, in milliseconds. */
const METADATA_MAX_AGE_MS = 300_000

/** kafkajs is chatty at info and logs retried errors as errors; both are one step down here. */
const toSink =
  (sink: LogSink): logCreator =>
  () =>
  ({ level, log, namespace }) => {
    const { message, timestamp: _, logger: __, ...detail } = log
    if (level === logLevel.ERROR || level === logLevel.WARN) sink.warn({ namespace, ...detail }, message)
    else sink.debug({ namespace, ...detail }, message)
  }

const RETRY = { initialRetryTime: INITIAL_RETRY_MS, maxRetryTime: MAX_RETRY_MS, retries: 10, multiplier: 2 }

/** kafkajs keeps the mechanism that it has chosen in these options: each client gets its own. */
const securityOf = ({ ssl, sasl }: KafkaOptions): Pick<KafkaOptions, 'ssl' | 'sasl'> => ({
  ...(ssl === undefined ? {} : { ssl }),
  ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
})

/** A Kafka client whose retries suit transactions (design: first retry within milliseconds). */
export function createKafka(options: KafkaOptions): Kafka {
  const { brokers, clientId, log } = options
  return new Kafka({
    brokers: [...brokers],
    ...securityOf(options),
    clientId,
    logLevel: logLevel.WARN,
    logCreator: toSink(log),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    retry: RETRY,
  })
}

/** Settings of a cluster's connections, as kafkajs's inner class takes them. */
export const clusterOptions = (options: KafkaOptions): object => ({
  brokers: [...options.brokers],
  ...securityOf(options),
  clientId: options.clientId,
  logger: loggers.createLogger({ level: logLevel.WARN, logCreator: toSink(options.log) }),
  socketFactory: createSocketFactory(),
  connectionTimeout: CONNECTION_TIMEOUT_MS,
  requestTimeout: REQUEST_TIMEOUT_MS,
  enforceRequestTimeout: true,
  metadataMaxAge: METADATA_MAX_AGE_MS,
  allowAutoTopicCreation: false,
  retry: RETRY,
})

/** Connections, metadata and coordinators without kafkajs's producer on top: what the transactional producer needs. */
export const createCluster = (options: KafkaOptions): Cluster => new Cluster(clusterOptions(options))

/** Requests of our own over kafkajs's connections. */
import type { Broker, Call } from 'kafkajs/src/cluster/index.js'
import { BrokerTooOldError } from '../errors.ts'
import type { Api } from './body.ts'

export const send = <T>(broker: Broker, call: Call<T>): Promise<T> => broker.connectionPool.send(call)

export function assertSpeaks({ versions }: Broker, { apiKey, apiName, apiVersion }: Api): void {
  const spoken = versions[apiKey]?.maxVersion ?? -1
  if (spoken < apiVersion)
    throw new BrokerTooOldError(
      `the broker speaks ${apiName} up to version ${spoken}, and ${apiVersion} is needed: ` +
        'use Kafka 4.0 or newer',
    )
}

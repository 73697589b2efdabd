import { StackError } from '../errors.ts'
import type { Stack } from '../stack.ts'
import { appServices } from './app.ts'
import { clickhouseService } from './clickhouse.ts'
import { kafkaServices } from './kafka.ts'
import { postgresService } from './postgres.ts'
import { redisService } from './redis.ts'
import { registryService } from './registry.ts'
import type { Service } from './service.ts'

/** Every process of the stack, in the order in which `status` lists them. */
export function servicesOf(stack: Stack): readonly Service[] {
  return [
    ...kafkaServices(stack),
    registryService(stack),
    postgresService(stack),
    redisService(stack),
    clickhouseService(stack),
    ...appServices(stack),
  ]
}

/**
 * The services that a list of names means; `infra`, `app` and `all` name groups (without what is optional), `kafka` every broker. Throws
 * `StackError` for a name that nothing has.
 */
export function selectServices(services: readonly Service[], names: readonly string[]): readonly Service[] {
  const selected = new Set<Service>()
  for (const name of names) {
    const found = services.filter(
      (service) =>
        service.name === name ||
        ((name === 'all' || service.kind === name) && service.optional !== true) ||
        (name === 'kafka' && service.name.startsWith('kafka-')),
    )
    if (found.length === 0) {
      const known = services.map((service) => service.name).join(', ')
      throw new StackError(`There is no service "${name}": choose from ${known}, infra, app, all.`)
    }
    for (const service of found) selected.add(service)
  }
  return services.filter((service) => selected.has(service))
}

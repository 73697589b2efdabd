/** Addresses of the running stack, as `make test` sets them. */

/** The value of a variable that an integration test can't do without. */
export function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '')
    throw new Error(`${name} is not set: integration tests need a running stack (make test starts one)`)
  return value
}

export const brokersFromEnvironment = (): string[] => required('KAFKA_BROKERS').split(',')

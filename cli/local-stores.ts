/** The stores that the environment names. */
import { storesConfig, withStores } from '../reconciliation/stores.ts'
import type { Stores } from '../reconciliation/stores.ts'
import { readConfig } from '../service/config.ts'
import { createLogger } from '../service/logger.ts'

/** Opens the stores that the environment names for the time of `use`. */
export const withLocalStores = <T>(use: (stores: Stores) => Promise<T>): Promise<T> =>
  withStores(readConfig(storesConfig), createLogger('reconcile', 'silent'), use)

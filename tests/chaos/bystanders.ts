/** Who is there beside the players: an operator, and a partner that is told by webhooks. */
import type { Random } from '../simulator/random.ts'
import { Administration } from './administration.ts'
import type { PartnerApi } from './partner-api.ts'
import type { Bystander } from './run.ts'
import { ToldPartner } from './told-partner.ts'

export interface BystanderOptions {
  /** With the operator's key. */
  api: PartnerApi
  partitions: number
  /** First part of the players' ids of this run. */
  prefix: string
  random: Random
}

export const bystandersOf = ({ api, partitions, prefix, random }: BystanderOptions): Bystander[] => [
  new Administration(api),
  new ToldPartner(api, { partitions, prefix: `told-${prefix}`, random }),
]

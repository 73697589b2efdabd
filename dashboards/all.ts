/** Every dashboard, and the files that hold them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aml } from './business/aml.ts'
import { games } from './business/games.ts'
import { ggr } from './business/ggr.ts'
import { partners } from './business/partners.ts'
import { volume } from './business/volume.ts'
import { textOf } from './kit/dashboard.ts'

export const BUSINESS = [volume, ggr, partners, games, aml]

const DIRECTORY = join(import.meta.dirname, 'grafana')

/** The files as they should be: their names and texts. */
export const dashboardFiles = (): Map<string, string> =>
  new Map(BUSINESS.map((dashboard) => [`${dashboard.uid}.json`, textOf(dashboard)]))

/** The files as they are. */
export const readDashboardFiles = (): Map<string, string> =>
  new Map(readdirSync(DIRECTORY).map((name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')]))

export function writeDashboardFiles(): void {
  for (const [name, text] of dashboardFiles()) writeFileSync(join(DIRECTORY, name), text)
}

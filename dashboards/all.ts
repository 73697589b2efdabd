/** Every dashboard, and the files that hold them. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aml } from './business/aml.ts'
import { games } from './business/games.ts'
import { ggr } from './business/ggr.ts'
import { partners } from './business/partners.ts'
import { volume } from './business/volume.ts'
import { textOf } from './kit/dashboard.ts'
import { instrumentationText } from './metrics/document.ts'
import { errors } from './operations/errors.ts'
import { kafka } from './operations/kafka.ts'
import { perService } from './operations/services.ts'
import { system } from './operations/system.ts'

const DASHBOARDS = [volume, ggr, partners, games, aml, system, perService, errors, kafka]

const DIRECTORY = join(import.meta.dirname, 'grafana')
const DOCUMENT = join(import.meta.dirname, '../docs/instrumentation.md')

/** The files as they should be: their names and texts. */
export const dashboardFiles = (): Map<string, string> =>
  new Map(DASHBOARDS.map((dashboard) => [`${dashboard.uid}.json`, textOf(dashboard)]))

/** The files as they are. */
export const readDashboardFiles = (): Map<string, string> =>
  new Map(readdirSync(DIRECTORY).map((name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')]))

/** The document on metrics, alerts and dashboards as it should be, and as it is. */
export const instrumentation = (): string => instrumentationText(DASHBOARDS)
export const readInstrumentation = (): string => readFileSync(DOCUMENT, 'utf8')

export function writeAll(): void {
  for (const [name, text] of dashboardFiles()) writeFileSync(join(DIRECTORY, name), text)
  writeFileSync(DOCUMENT, instrumentation())
}

/** Figures of an earlier run that are kept in the repository, to compare with. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const BASELINE_PATH = join(import.meta.dirname, 'results', 'baseline.json')

const figuresSchema = z.array(z.object({ name: z.string(), value: z.number() }))

/** Values by name; none where no baseline is kept. */
export function readBaseline(): ReadonlyMap<string, number> {
  if (!existsSync(BASELINE_PATH)) return new Map()
  const figures = figuresSchema.parse(JSON.parse(readFileSync(BASELINE_PATH, 'utf8')))
  return new Map(figures.map(({ name, value }) => [name, value]))
}

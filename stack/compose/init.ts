/** The one-shot container before the product: the registry's compatibility level, then topics, schemas and tables. */
import { resolve } from 'node:path'
import { z } from 'zod'
import { prepareApps } from '../services/app.ts'
import { setCompatibility } from '../services/registry.ts'

const { SCHEMA_REGISTRY_URL } = z.object({ SCHEMA_REGISTRY_URL: z.url() }).parse(process.env)

await setCompatibility(SCHEMA_REGISTRY_URL)
await prepareApps({ rootDir: resolve(import.meta.dirname, '../..') }, {})

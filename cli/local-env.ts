/** The local stack's addresses and keys, for commands that are run beside it. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseEnv } from '../stack/env-file.ts'

const ROOT = resolve(import.meta.dirname, '..')

/** Folder of the local stack; `LOCAL_DIR` moves it. */
export const localFolder = (): string => resolve(ROOT, process.env['LOCAL_DIR'] || '.local')

/** Fills in what the environment lacks from the file that `make up` wrote; without that file nothing changes. */
export function loadLocalEnv(environment: NodeJS.ProcessEnv = process.env): void {
  let text: string
  try {
    text = readFileSync(join(localFolder(), 'env'), 'utf8')
  } catch {
    return
  }
  for (const [name, value] of Object.entries(parseEnv(text))) environment[name] ??= value
}

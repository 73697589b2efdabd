/** What an analyst may do, as the file of the account has it: for the local ClickHouse, which has no accounts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const account = readFileSync(join(import.meta.dirname, '../../stack/compose/analyst.xml'), 'utf8')
const profile =
  /<profiles>\s*<analyst>(?<settings>[\s\S]*?)<constraints>/.exec(account)?.groups?.['settings'] ?? ''

/** The settings of the analysts' profile. */
export const ANALYST_LIMITS: Readonly<Record<string, string>> = Object.fromEntries(
  [...profile.matchAll(/<(\w+)>(\w+)<\/\w+>/g)].map(([, name = '', value = '']) => [name, value]),
)

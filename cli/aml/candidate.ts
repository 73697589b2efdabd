/** The rules that are tried, from a file. */
import { readFile } from 'node:fs/promises'
import { parseRules } from '../../domain/aml/rules.ts'
import type { AmlRules } from '../../domain/aml/rules.ts'
import { CliError, EXIT } from '../errors.ts'
import { note } from '../output.ts'

/** Reads and validates the document. Says every fault of it on stderr, and throws `CliError`. */
export async function readCandidate(file: string): Promise<AmlRules> {
  let document: unknown
  try {
    document = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    const what = `${file} can't be read (${error instanceof Error ? error.message : String(error)})`
    throw new CliError(EXIT.usage, 'UNREADABLE_FILE', what, 'name a JSON file with a set of AML rules')
  }
  const parsed = parseRules(document)
  if (parsed.ok) return parsed.rules
  for (const { path, message } of parsed.faults) note(`${path === '' ? '(document)' : path}: ${message}`)
  const what = `${file} is no set of AML rules (${parsed.faults.length} faults, named above)`
  throw new CliError(
    EXIT.usage,
    'AML_RULES_INVALID',
    what,
    'mend the document; GET /aml/rules answers a valid one',
  )
}

/** Which lists there are: from the configuration, not guessed from what the files look like. */
import { z } from 'zod'
import type { ListKind } from '../types.ts'

/** How many files each form has: OFAC's are the list and its aliases (sdn.csv, alt.csv). */
export const FILES_OF_FORM = { ofac: 2, opensanctions: 1, un: 1 } as const
export type ListForm = keyof typeof FILES_OF_FORM

const KINDS = { sanction: 'SANCTION', pep: 'PEP' } as const satisfies Record<string, ListKind>

/** A list and where it lies. */
export interface WatchlistSource {
  name: string
  form: ListForm
  /** Of its entries, where they don't say it themselves. */
  kind: ListKind
  paths: readonly string[]
}

const SOURCE = /^([\w.-]{1,64}):(ofac|opensanctions|un):(sanction|pep):(.+)$/

const form = z.enum(['ofac', 'opensanctions', 'un'])
const kind = z.enum(['sanction', 'pep'])

function parseSource(text: string): WatchlistSource | string {
  const [, name, formText, kindText, pathsText] = SOURCE.exec(text) ?? []
  const parsed = z.tuple([form, kind]).safeParse([formText, kindText])
  if (name === undefined || pathsText === undefined || !parsed.success)
    return `"${text}" is not NAME:ofac|opensanctions|un:sanction|pep:PATH[,PATH]`
  const [formOf, kindOf] = parsed.data
  const paths = pathsText.split(',').map((path) => path.trim())
  if (paths.length !== FILES_OF_FORM[formOf] || paths.includes(''))
    return `${name}: the form ${formOf} has ${FILES_OF_FORM[formOf]} file(s), not ${paths.length}`
  return { name, form: formOf, kind: KINDS[kindOf], paths }
}

/**
 * For a configuration: lists by semicolon, each NAME:FORM:KIND:PATH[,PATH], as in
 * `ofac:ofac:sanction:/lists/sdn.csv,/lists/alt.csv;peps:opensanctions:pep:/lists/peps.csv`.
 */
export const watchlistSources = z.string().transform((text, context) => {
  const sources: WatchlistSource[] = []
  for (const part of text.split(';').map((item) => item.trim())) {
    if (part === '') continue
    const source = parseSource(part)
    if (typeof source === 'string') context.addIssue({ code: 'custom', message: source })
    else if (sources.some(({ name }) => name === source.name))
      context.addIssue({ code: 'custom', message: `two lists are named ${source.name}` })
    else sources.push(source)
  }
  return sources
})

/** The static scan finds what it is there for: faults are planted in a folder of their own and looked for. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const ROOT = resolve(import.meta.dirname, '../..')
const CONFIG = '.oxlint-security.json'

const report = z.object({
  diagnostics: z.array(z.object({ code: z.string().optional(), filename: z.string() })),
})

const FAULTS: readonly [name: string, text: string, rule: string][] = [
  ['eval', 'export const run = (text: string): unknown => eval(text)', 'eslint(no-eval)'],
  ['function', 'export const run = (text: string): unknown => new Function(text)', 'eslint(no-new-func)'],
  [
    'command',
    "import { exec } from 'node:child_process'\nexport const run = (name: string) => exec('ls ' + name)",
    'security(detect-child-process)',
  ],
  [
    'file',
    "import { readFile } from 'node:fs/promises'\nexport const run = (name: string) => readFile('/srv/' + name)",
    'security(detect-non-literal-fs-filename)',
  ],
  ['slow-pattern', 'export const slow = /^(a+)+$/', 'security(detect-unsafe-regex)'],
  [
    'caller-pattern',
    'export const run = (text: string) => new RegExp(text)',
    'security(detect-non-literal-regexp)',
  ],
  [
    'timing',
    'export const run = (secret: string, given: string) => { if (secret === given) return 1; return 0 }',
    'security(detect-possible-timing-attacks)',
  ],
  [
    'sql-template',
    "export const run = (id: string) => `SELECT * FROM wallets WHERE id = '${id}'`",
    'sql(no-text-from-values)',
  ],
  [
    'sql-sum',
    "export const run = (id: string) => 'DELETE FROM wallets WHERE id = ' + id",
    'sql(no-text-from-values)',
  ],
  ['bidi', 'export const hidden = "a\u202e b"', 'security(detect-bidi-characters)'],
]

const HARMLESS = `const COLUMNS = 'id, balance'
export const run = (bind: (value: string) => string, conditions: string[]) =>
  \`SELECT \${COLUMNS} FROM wallets WHERE id = \${bind('x')} AND \${conditions.join(' AND ')}\`
`

let folder: string
let found: Map<string, string[]>

const fileOf = (name: string): string => `api/${name}.ts`

function lay(name: string, text: string): void {
  const path = join(folder, fileOf(name))
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${text}\n`)
}

function scan(): Promise<Map<string, string[]>> {
  return new Promise((done, failed) => {
    const args = ['--config', CONFIG, '--format', 'json', 'api']
    execFile(join(ROOT, 'node_modules/.bin/oxlint'), args, { cwd: folder }, (_, stdout, stderr) => {
      try {
        const { diagnostics } = report.parse(JSON.parse(stdout))
        const byFile = Map.groupBy(diagnostics, ({ filename }) => filename)
        done(new Map([...byFile].map(([file, said]) => [file, said.map(({ code = '' }) => code)])))
      } catch (error) {
        failed(new Error(`the linter did not report: ${stdout}${stderr}`, { cause: error }))
      }
    })
  })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'static-scan-'))
  // The rules are laid out by folders beside the configuration, which also says where its plugins are.
  copyFileSync(join(ROOT, CONFIG), join(folder, CONFIG))
  for (const name of ['node_modules', 'tests']) symlinkSync(join(ROOT, name), join(folder, name))
  for (const [name, text] of FAULTS) lay(name, text)
  lay('harmless', HARMLESS)
  found = await scan()
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the static scan', () => {
  it.each(FAULTS)('finds a planted fault: %s', (name, _, rule) => {
    expect(found.get(fileOf(name))).toContain(rule)
  })

  it('lets pass SQL that binds its values', () => {
    expect(found.get(fileOf('harmless'))).toBeUndefined()
  })
})

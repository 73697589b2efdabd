/**
 * The layout is enforced by the linter. This test shows that the rules fire: it lays out small files in a folder of
 * their own, under the project's lint configuration, and looks at what the linter says of each.
 */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const ROOT = new URL('..', import.meta.url).pathname

const report = z.object({
  diagnostics: z.array(z.object({ code: z.string().optional(), filename: z.string() })),
})

const RESTRICTED = 'eslint(no-restricted-imports)'

/** File, and what it imports. */
const FORBIDDEN: readonly [file: string, imported: string][] = [
  ['avro/one.ts', '../domain/money.ts'],
  ['domain/one.ts', '../topics/catalogue.ts'],
  ['domain/one.ts', '../service/logger.ts'],
  ['domain/one.ts', 'node:crypto'],
  ['domain/one.ts', 'kafkajs'],
  ['domain/one.ts', '../screening/screen.ts'],
  ['screening/one.ts', '../topics/catalogue.ts'],
  ['screening/one.ts', '../service/config.ts'],
  ['screening/one.ts', '../streams/runtime/processor.ts'],
  ['screening/one.ts', './lists/load.ts'],
  ['screening/one.ts', 'node:fs'],
  ['screening/lists/one.ts', '../../service/config.ts'],
  ['screening/lists/one.ts', 'kafkajs'],
  ['service/one.ts', '../topics/catalogue.ts'],
  ['games/one.ts', '../topics/catalogue.ts'],
  ['games/one.ts', '../api/http.ts'],
  ['games/one.ts', 'kafkajs'],
  ['games/one.ts', './sandbox/main.ts'],
  ['games/sandbox/one.ts', '../../topics/catalogue.ts'],
  ['domain/one.ts', '../games/adapter.ts'],
  ['streams/wallet/one.ts', '../../games/adapter.ts'],
  ['sinks/postgres/one.ts', '../../games/adapter.ts'],
  ['topics/one.ts', '../service/logger.ts'],
  ['topics/one.ts', '../screening/screen.ts'],
  ['streams/runtime/one.ts', '../../screening/screen.ts'],
  ['topics/one.ts', '../streams/runtime/processor.ts'],
  ['streams/runtime/one.ts', '../wallet/decide.ts'],
  ['streams/runtime/one.ts', '../../sinks/postgres/store.ts'],
  ['streams/runtime/one.ts', '../../api/http.ts'],
  ['streams/wallet/one.ts', 'kafkajs'],
  ['streams/wallet/one.ts', 'node:crypto'],
  ['streams/wallet/one.ts', '../../service/logger.ts'],
  ['streams/wallet/one.ts', '../../topics/kafka.ts'],
  ['streams/wallet/one.ts', '../aml/rules.ts'],
  ['streams/wallet/deep/one.ts', '../../../sinks/postgres/store.ts'],
  ['streams/wallet/main.ts', 'kafkajs'],
  ['streams/wallet/main.ts', '../../sinks/postgres/store.ts'],
  ['streams/aml/one.ts', 'kafkajs'],
  ['streams/aml/one.ts', '../wallet/state.ts'],
  ['streams/aml/one.ts', '../../screening/lists/watchlists.ts'],
  ['streams/wallet/one.ts', '../partners/decide.ts'],
  ['streams/runtime/one.ts', '../partners/decide.ts'],
  ['streams/partners/one.ts', 'kafkajs'],
  ['streams/partners/one.ts', 'node:crypto'],
  ['streams/partners/one.ts', '../../service/logger.ts'],
  ['streams/partners/one.ts', '../../topics/registry.ts'],
  ['streams/partners/one.ts', '../../api/http.ts'],
  ['streams/partners/one.ts', '../wallet/state.ts'],
  ['streams/partners/main.ts', 'kafkajs'],
  ['streams/partners/one.ts', '../alerts/decide.ts'],
  ['streams/runtime/one.ts', '../alerts/decide.ts'],
  ['streams/aml/one.ts', '../alerts/decide.ts'],
  ['streams/alerts/one.ts', 'kafkajs'],
  ['streams/alerts/one.ts', 'node:crypto'],
  ['streams/alerts/one.ts', '../../service/logger.ts'],
  ['streams/alerts/one.ts', '../../topics/registry.ts'],
  ['streams/alerts/one.ts', '../aml/assess.ts'],
  ['streams/alerts/main.ts', 'kafkajs'],
  ['sinks/postgres/one.ts', '../clickhouse/store.ts'],
  ['sinks/postgres/one.ts', '../../streams/runtime/processor.ts'],
  ['sinks/postgres/one.ts', 'kafkajs'],
  ['sinks/clickhouse/one.ts', '../../api/http.ts'],
  ['sinks/postgres/one.ts', '../screening/service.ts'],
  ['sinks/screening/one.ts', '../webhooks/sender.ts'],
  ['sinks/screening/one.ts', '../../streams/alerts/decide.ts'],
  ['sinks/screening/one.ts', 'kafkajs'],
  ['sinks/runtime/one.ts', '../postgres/store.ts'],
  ['reconciliation/one.ts', '../sinks/clickhouse/store.ts'],
  ['reconciliation/one.ts', '../cli/output.ts'],
  ['reconciliation/rounds/one.ts', '../../streams/wallet/decide.ts'],
  ['reconciliation/one.ts', 'kafkajs'],
  ['synthetic/one.ts', '../api/schemas/answers.ts'],
  ['synthetic/one.ts', '../topics/catalogue.ts'],
  ['synthetic/one.ts', '../cli/output.ts'],
  ['synthetic/one.ts', 'kafkajs'],
  ['service/one.ts', '../synthetic/pass.ts'],
  ['api/one.ts', '../synthetic/pass.ts'],
  ['streams/runtime/one.ts', '../../reconciliation/kafka.ts'],
  ['sinks/clickhouse/one.ts', '../../reconciliation/view.ts'],
  ['api/one.ts', '../reconciliation/view.ts'],
  ['api/one.ts', '../streams/wallet/decide.ts'],
  ['api/routes/one.ts', '../../sinks/postgres/store.ts'],
  ['api/routes/one.ts', 'kafkajs'],
  ['cli/one.ts', 'kafkajs'],
  ['cli/one.ts', '../tests/support/wait.ts'],
  ['dashboards/one.ts', '../tests/support/wait.ts'],
  ['dashboards/one.ts', 'kafkajs'],
  ['sinks/clickhouse/one.ts', '../../dashboards/all.ts'],
  ['deploy/one.ts', '../streams/wallet/limits.ts'],
]

const ALLOWED: readonly [file: string, imported: string][] = [
  ['service/two.ts', '../domain/errors.ts'],
  ['screening/two.ts', '../domain/errors.ts'],
  ['screening/lists/two.ts', '../screen.ts'],
  ['screening/lists/two.ts', 'node:fs'],
  ['games/two.ts', '../domain/money.ts'],
  ['games/two.ts', '../service/logger.ts'],
  ['games/sandbox/two.ts', '../ocasino/wire.ts'],
  ['api/routes/two.ts', '../../games/adapter.ts'],
  ['streams/games/main.ts', '../../games/adapter.ts'],
  ['cli/two.ts', '../games/sandbox/app.ts'],
  ['deploy/two.ts', '../stack/ports.ts'],
  ['deploy/three.ts', '../topics/acls.ts'],
  ['topics/two.ts', '../avro/types.ts'],
  ['topics/two.ts', 'kafkajs'],
  ['streams/runtime/two.ts', '../../topics/catalogue.ts'],
  ['streams/runtime/two.ts', 'kafkajs'],
  ['streams/wallet/two.ts', '../runtime/processor.ts'],
  ['streams/wallet/two.ts', '../../domain/money.ts'],
  ['streams/wallet/processor.ts', '../../service/logger.ts'],
  ['streams/wallet/processor.ts', 'node:os'],
  ['streams/wallet/two.unit.spec.ts', 'node:crypto'],
  ['streams/aml/two.ts', '../../screening/screen.ts'],
  ['streams/partners/two.ts', '../runtime/processor.ts'],
  ['streams/partners/two.ts', '../../domain/money.ts'],
  ['streams/partners/processor.ts', '../../service/logger.ts'],
  ['streams/alerts/two.ts', '../runtime/processor.ts'],
  ['streams/alerts/processor.ts', '../../service/logger.ts'],
  ['sinks/postgres/two.ts', '../runtime/writer.ts'],
  ['sinks/postgres/two.ts', '../../topics/catalogue.ts'],
  ['sinks/postgres/two.ts', '../../screening/screen.ts'],
  ['sinks/screening/two.ts', '../../screening/lists/screener.ts'],
  ['sinks/screening/two.ts', '../runtime/reader.ts'],
  ['reconciliation/rounds/two.ts', '../../streams/runtime/read-log.ts'],
  ['reconciliation/two.ts', '../service/clickhouse.ts'],
  ['synthetic/two.ts', '../service/config.ts'],
  ['synthetic/two.ts', '../domain/currencies.ts'],
  ['cli/two.ts', '../synthetic/pass.ts'],
  ['api/routes/two.ts', '../problem.ts'],
  ['api/routes/two.ts', '../../screening/lists/watchlists.ts'],
  ['api/commands/two.ts', 'kafkajs'],
  ['cli/two.ts', '../sinks/postgres/migrate.ts'],
  ['cli/two.ts', '../screening/lists/load.ts'],
  ['cli/two.ts', '../reconciliation/reconcile.ts'],
  ['dashboards/two.ts', '../api/metrics.ts'],
]

const TIMER = ['set', 'Timeout'].join('')

/** Text, and the rule that it breaks. */
const FAULTS: readonly [file: string, text: string, rule: string][] = [
  ['streams/wallet/clock.ts', 'export const now = () => Date.now()', 'eslint(no-restricted-properties)'],
  [
    'streams/wallet/chance.ts',
    'export const chance = () => Math.random()',
    'eslint(no-restricted-properties)',
  ],
  ['streams/wallet/env.ts', 'export const level = () => process.env.LEVEL', 'eslint(no-restricted-globals)'],
  ['streams/partners/clock.ts', 'export const now = () => Date.now()', 'eslint(no-restricted-properties)'],
  [
    'streams/partners/chance.ts',
    'export const chance = () => Math.random()',
    'eslint(no-restricted-properties)',
  ],
  [
    'streams/partners/env.ts',
    'export const level = () => process.env.LEVEL',
    'eslint(no-restricted-globals)',
  ],
  ['screening/clock.ts', 'export const now = () => Date.now()', 'eslint(no-restricted-properties)'],
  ['streams/alerts/clock.ts', 'export const now = () => Date.now()', 'eslint(no-restricted-properties)'],
  ['streams/alerts/env.ts', 'export const level = () => process.env.LEVEL', 'eslint(no-restricted-globals)'],
  ['domain/clock.ts', 'export const now = () => Date.now()', 'eslint(no-restricted-properties)'],
  [
    'sinks/postgres/kafka.ts',
    'export const of = (config: { KAFKA_BROKERS: string }) => config.KAFKA_BROKERS',
    'eslint(no-restricted-properties)',
  ],
  ['api/talk.ts', 'console.log(1)\nexport {}', 'eslint(no-console)'],
  ['api/any.ts', 'export const loose = (value: any) => value', 'typescript(no-explicit-any)'],
  ['api/ignore.ts', '// @ts-ignore\nexport const n: number = 1', 'typescript(ban-ts-comment)'],
  [
    'api/float.ts',
    'const work = async () => 1\nexport const go = () => { work() }',
    'typescript(no-floating-promises)',
  ],
  ['api/cast.ts', 'export const n = JSON.parse("1") as number', 'typescript(no-unsafe-type-assertion)'],
  [
    'api/switch.ts',
    'export const f = (x: "a" | "b") => { switch (x) { case "a": return 1 } return 2 }',
    'typescript(switch-exhaustiveness-check)',
  ],
  ['api/sleepy.unit.spec.ts', `${TIMER}(() => undefined, 1)\nexport {}`, 'eslint(no-restricted-globals)'],
]

const importing = (imported: string): string => `export * from '${imported}'\n`
/** A file for each import, so that what the linter says belongs to one of them. Names that the rules know stay. */
const nameOf = (file: string, at: number): string =>
  file.replace(/(one|two)((?:\.\w+)*\.ts)$/, (_, name: string, ending: string) => `${name}-${at}${ending}`)

let folder: string
let found: Map<string, Set<string>>

function lay(file: string, text: string): void {
  const path = join(folder, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** What the linter says, by file. */
function lint(): Promise<Map<string, Set<string>>> {
  return new Promise((resolve, reject) => {
    const bin = join(ROOT, 'node_modules/.bin')
    const env = { ...process.env, OXLINT_TSGOLINT_PATH: join(bin, 'tsgolint') }
    execFile(join(bin, 'oxlint'), ['--format', 'json'], { cwd: folder, env }, (_, stdout, stderr) => {
      const parsed = report.safeParse(parseJson(stdout))
      if (!parsed.success) return reject(new Error(`the linter did not report: ${stdout}${stderr}`))
      const codes = new Map<string, Set<string>>()
      for (const { code, filename } of parsed.data.diagnostics)
        codes.set(filename, (codes.get(filename) ?? new Set()).add(code ?? ''))
      return resolve(codes)
    })
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layout-'))
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
  lay('tsconfig.json', JSON.stringify({ compilerOptions: { strict: true, noEmit: true, types: [] } }))
  for (const [at, [file, imported]] of FORBIDDEN.entries()) lay(nameOf(file, at), importing(imported))
  for (const [at, [file, imported]] of ALLOWED.entries()) lay(nameOf(file, at), importing(imported))
  for (const [file, text] of FAULTS) lay(file, text)
  lay('api/cycle-a.ts', "import { b } from './cycle-b.ts'\nexport const a = (): number => b()\n")
  lay('api/cycle-b.ts', "import { a } from './cycle-a.ts'\nexport const b = (): number => a()\n")
  found = await lint()
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const saidOf = (file: string): string[] => [...(found.get(file) ?? [])]

describe('the linter', () => {
  it.each(FORBIDDEN.map(([file, imported], at) => ({ file, imported, at })))(
    'refuses that $file imports $imported',
    ({ file, at }) => {
      expect(saidOf(nameOf(file, at))).toContain(RESTRICTED)
    },
  )

  it.each(ALLOWED.map(([file, imported], at) => ({ file, imported, at })))(
    'allows that $file imports $imported',
    ({ file, at }) => {
      expect(saidOf(nameOf(file, at))).not.toContain(RESTRICTED)
    },
  )

  it.each(FAULTS)('finds in %s: %s', (file, _, rule) => {
    expect(saidOf(file)).toContain(rule)
  })

  it('finds an import cycle', () => {
    expect(saidOf('api/cycle-a.ts')).toContain('import(no-cycle)')
  })
})

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, it } from 'vitest'
import { waitFor } from '../tests/support/wait.ts'

const folder = mkdtempSync(join(tmpdir(), 'stakestream-compiled-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const MAIN = `
import { runMain } from '${join(import.meta.dirname, 'shutdown.ts')}'
runMain({ fatal: () => undefined }, () => new Promise(() => setInterval(() => undefined, 1_000)))
`
const LIMIT_MS = 60_000

const filesIn = (path: string): string[] =>
  existsSync(path) ? readdirSync(path, { recursive: true }).map(String) : []

it(
  'a process leaves its compiled code to the next one while it runs, since a kill leaves no time for it',
  async () => {
    const child = spawn(process.execPath, ['--input-type=module', '--eval', MAIN], {
      // Nothing of the test runner's: measuring coverage, it turns the cache off.
      env: { NODE_COMPILE_CACHE: folder },
      stdio: 'ignore',
    })
    try {
      await waitFor(() => filesIn(folder).length > 1, { timeoutMs: LIMIT_MS, what: 'compiled code' })
    } finally {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    }
  },
  LIMIT_MS,
)

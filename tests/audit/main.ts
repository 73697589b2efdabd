/** `npm run audit`: known faults of what the product depends on, then the static scan of its own code. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { readAudit } from './npm-audit.ts'

const ROOT = resolve(import.meta.dirname, '../..')
/** What runs in production, and the command line beside it. */
const SCANNED = ['api', 'avro', 'cli', 'domain', 'service', 'sinks', 'streams', 'topics']

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** What a command wrote to stdout. A finding makes npm exit with 1, so its exit code says nothing by itself. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await once(child, 'close')
  return text
}

async function scanCode(): Promise<boolean> {
  const args = ['--config', '.oxlint-security.json', '--deny-warnings', ...SCANNED]
  const child = spawn(resolve(ROOT, 'node_modules/.bin/oxlint'), args, { cwd: ROOT, stdio: 'inherit' })
  await once(child, 'close')
  return child.exitCode === 0
}

const { lines, failed } = readAudit(await outputOf('npm', ['audit', '--omit=dev', '--json']))
for (const line of lines) say(`npm audit: ${line}`)
say('static scan:')
const clean = await scanCode()
process.exitCode = failed || !clean ? 1 : 0

/** Runs schemathesis against a running API: calls made of its OpenAPI document, and every check on what it answers. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pythonPackages } from '../support/python.ts'
import type { PythonPackages } from '../support/python.ts'

const FOLDER = import.meta.dirname

export const installSchemathesis = (): Promise<PythonPackages> =>
  pythonPackages('schemathesis-4.32.5', 'schemathesis', ['-r', join(FOLDER, 'requirements.txt')])

export interface ContractRun {
  /** PYTHONPATH of schemathesis. */
  packages: string
  url: string
  key: string
  /** For whom the operator acts, and whose resources stand in for the protected ones. */
  partnerId: string
  /** The partner that other tests live on: no call reaches it. */
  protectedPartnerId: string
  /** Random calls per operation. */
  examples: number
  seed: number
  /** `coverage` goes along the bounds of the document, `stateful` from answer to call. */
  phases: readonly ('examples' | 'coverage' | 'fuzzing' | 'stateful')[]
  /** Operations that are left out, by operationId. */
  exclude: readonly string[]
}

export interface ContractResult {
  code: number | null
  /** All that it printed: failures with a command that repeats them, what was let pass, counts. */
  output: string
}

export async function runSchemathesis(run: ContractRun): Promise<ContractResult> {
  const args = [
    ...['-m', 'schemathesis.cli', '--config-file', join(FOLDER, 'schemathesis.toml')],
    ...['run', `${run.url}/openapi.json`, '--no-color', '--checks', 'all'],
    ...['--phases', run.phases.join(',')],
    ...['--seed', String(run.seed), '--max-examples', String(run.examples)],
    ...run.exclude.flatMap((operationId) => ['--exclude-operation-id', operationId]),
  ]
  const child = spawn('python3', args, {
    cwd: FOLDER,
    env: {
      ...process.env,
      PYTHONPATH: `${run.packages}:${FOLDER}`,
      PYTHONDONTWRITEBYTECODE: '1',
      CONTRACT_KEY: run.key,
      CONTRACT_PARTNER_ID: run.partnerId,
      CONTRACT_PROTECTED_PARTNER_ID: run.protectedPartnerId,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return { code: child.exitCode, output }
}

const TOLD = /^(let pass \d|changed \d|\s+\d+ generated|.*(passed|failed|skipped).*)/

/** The lines of the output that say what was done. */
export const summaryOf = (output: string): string[] => output.split('\n').filter((line) => TOLD.test(line))

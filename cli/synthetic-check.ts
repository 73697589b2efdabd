/** `synthetic-check`: one pass of the synthetic check, now. */
import type { Command } from 'commander'
import { z } from 'zod'
import { readConfig } from '../service/config.ts'
import { callerOf, syntheticConfig } from '../synthetic/config.ts'
import { playPass } from '../synthetic/pass.ts'
import type { PassResult } from '../synthetic/pass.ts'
import { EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { printJson, printLine } from './output.ts'

const OPTIONS = z.object({ json: z.boolean() })

function printPass({ playerId, steps, failed }: PassResult): void {
  for (const { step, durationMs } of steps) printLine(`PASS  ${step} ${durationMs.toFixed(1)} ms`)
  if (failed !== null) printLine(`FAIL  ${failed.step}: ${failed.reason} (player ${playerId})`)
}

async function check(flags: unknown): Promise<void> {
  const { json } = OPTIONS.parse(flags)
  loadLocalEnv()
  const result = await playPass(callerOf(readConfig(syntheticConfig)))
  if (json) printJson(result)
  else printPass(result)
  if (result.failed !== null) process.exitCode = EXIT.failed
}

export function register(program: Command): void {
  program
    .command('synthetic-check')
    .description(
      'play the life of one player through the API: register, deposit, bet, win, withdraw; exit code 1 where a step fails',
    )
    .option('--json', 'print the result as JSON', false)
    .action(check)
}

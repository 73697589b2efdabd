/** `settlement verify`: a settlement is what the log says, to the byte, or it isn't. */
import type { Command } from 'commander'
import { z } from 'zod'
import { isUuid } from '../domain/ids.ts'
import { CliError, EXIT } from './errors.ts'
import { loadLocalEnv } from './local-env.ts'
import { printJson, printLine } from './output.ts'
import { formatCount } from './replay/progress.ts'
import { verifySettlement } from './settlement/verify.ts'
import type { Verification } from './settlement/verify.ts'

const OPTIONS = z.object({ progress: z.boolean(), json: z.boolean() })

function printVerification({
  settlement_id: id,
  movements,
  hash,
  differences,
  ...result
}: Verification): void {
  for (const { sealed, recomputed } of differences) {
    if (sealed !== '') printLine(`- ${sealed}`)
    if (recomputed !== '') printLine(`+ ${recomputed}`)
  }
  const counted = `${formatCount(movements)} movements, ${result.status}`
  if (hash === result.recomputed_hash)
    printLine(`settlement ${id} is what the log says: ${counted}, SHA-256 ${hash}`)
  else
    printLine(`settlement ${id} DIFFERS: ${counted}, SHA-256 ${hash}, from the log ${result.recomputed_hash}`)
}

async function verify(id: string, flags: unknown): Promise<void> {
  const { progress, json } = OPTIONS.parse(flags)
  if (!isUuid(id))
    throw new CliError(EXIT.usage, 'USAGE', `${id} is no id of a settlement`, 'GET /settlements lists them')
  loadLocalEnv()
  const result = await verifySettlement(id, progress)
  if (json) printJson(result)
  else printVerification(result)
  if (result.hash !== result.recomputed_hash || result.differences.length > 0) process.exitCode = EXIT.failed
}

export function register(program: Command): void {
  const settlement = program.command('settlement').description('settlements of partners')
  settlement
    .command('verify')
    .description('recompute a settlement from the log alone, and compare it to the byte')
    .argument('<id>', 'the settlement')
    .option('--no-progress', 'no progress on stderr')
    .option('--json', 'print the result as JSON', false)
    .action(verify)
}

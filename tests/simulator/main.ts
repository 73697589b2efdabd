/** `npm run simulate -- [--seeds N] [--from SEED]`: many simulations, or one again by its seed. */
import { Command } from 'commander'
import cliProgress from 'cli-progress'
import { memoryCodecs } from '../../streams/wallet/testing/fixtures.ts'
import { simulate } from './simulation.ts'
import { positive } from '../support/options.ts'

async function run(options: { seeds: number; from: number }): Promise<void> {
  const codecs = await memoryCodecs()
  const bar = new cliProgress.SingleBar({ stream: process.stderr, noTTYOutput: false })
  const startMs = performance.now()
  let events = 0
  let faults = 0
  bar.start(options.seeds, 0)
  for (let count = 0; count < options.seeds; count++) {
    const result = await simulate(options.from + count, codecs)
    events += result.events
    for (const [, times] of result.faults) faults += times
    bar.update(count + 1)
    if (result.violation === undefined) continue
    bar.stop()
    process.stdout.write(
      `${result.trace.join('\n')}\nseed ${result.seed}: ${result.violation}\n` +
        `Again: npm run simulate -- --from ${result.seed} --seeds 1\n`,
    )
    process.exitCode = 1
    return
  }
  bar.stop()
  const minutes = (performance.now() - startMs) / 60_000
  process.stdout.write(
    `simulations ${options.seeds}, events ${events}, faults ${faults}, violations 0; ` +
      `${Math.round(options.seeds / minutes)} simulations a minute\n`,
  )
}

await new Command('simulate')
  .description('Runs the wallet on its runtime in a simulated cluster with faults, and checks every step.')
  .option('--seeds <number>', 'how many simulations', positive, 1_000)
  .option('--from <seed>', 'the first seed', positive, 1)
  .action(run)
  .parseAsync()

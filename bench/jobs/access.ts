/** What access costs: CPU time of authentication, limits and validation per request, and the memory of a million API keys. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Bench, Job } from './job.ts'

const execute = promisify(execFile)
const FOLDER = join(import.meta.dirname, '../access')

const cpu = z.object({ own: z.number(), redis: z.number(), uncounted: z.number() })
const memory = z.object({ megabytes: z.number() })

/** What a script of its own process prints: nothing that ran before has warmed up its code or filled its heap. */
async function measure<T extends z.ZodType>(
  schema: T,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<z.output<T>> {
  const env = { ...process.env, ...environment }
  const { stdout } = await execute(process.execPath, ['--no-warnings', ...args], { env })
  return schema.parse(JSON.parse(stdout))
}

async function run({ ground, recorder, size, say }: Bench): Promise<void> {
  await ground.up('redis')
  const pid = (await ground.pids()).get('redis')
  if (pid === undefined) throw new Error('Redis does not run')
  const redis = { REDIS_URL: ground.value('REDIS_URL'), REDIS_PID: String(pid) }
  for (let index = 0; index < size.runs; index++) {
    const { own, redis: redisCpu, uncounted } = await measure(cpu, [join(FOLDER, 'cpu.ts')], redis)
    recorder.add('access.cpu-per-request', 'µs', own)
    recorder.add('access.redis-cpu-per-request', 'µs', redisCpu)
    say(
      `access and validation: ${Math.round(own)} µs, Redis ${Math.round(redisCpu)} µs, ${uncounted} uncounted`,
    )
    const { megabytes } = await measure(memory, ['--expose-gc', join(FOLDER, 'memory.ts')], {})
    recorder.add('access.memory-1m-keys', 'MB', megabytes)
    say(`1,000,000 keys: ${Math.round(megabytes)} MB`)
  }
  await ground.stop('redis')
}

export const access: Job = {
  name: 'access',
  title: 'CPU of authentication, limits and validation per request, and memory of 1,000,000 API keys',
  run,
}

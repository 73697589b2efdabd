/** Python's fastavro reads every topic as we do, and we read what it writes. */
import { execFile } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { TOPIC_NAMES } from '../../topics/catalogue.ts'
import { required } from '../support/environment.ts'
import { pythonPackages } from '../support/python.ts'
import { unavailable } from '../support/unavailable.ts'
import { encodeSamples } from './encoded.ts'
import { VARIANTS } from './samples.ts'

const FASTAVRO = 'fastavro==1.13.1'
const SCRIPT = new URL('read_and_write_back.py', import.meta.url).pathname
const INSTALL_TIMEOUT_MS = 120_000

const answer = z.object({ read: z.unknown(), written: z.string() })

let packages: string
let reason: string | undefined
beforeAll(async () => {
  const installed = await pythonPackages(FASTAVRO, 'fastavro', [FASTAVRO])
  packages = installed.folder
  reason = installed.missing
}, INSTALL_TIMEOUT_MS)

/** What Python says of each value. */
function askPython(values: readonly Buffer[]): Promise<z.infer<typeof answer>[]> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      'python3',
      [SCRIPT, required('SCHEMA_REGISTRY_URL')],
      { env: { ...process.env, PYTHONPATH: packages } },
      (error, stdout, stderr) => {
        if (error) reject(new Error(stderr, { cause: error }))
        else
          resolve(
            stdout
              .trim()
              .split('\n')
              .map((line) => answer.parse(JSON.parse(line))),
          )
      },
    )
    child.stdin?.end(values.map((value) => `${value.toString('hex')}\n`).join(''))
  })
}

describe('fastavro', () => {
  it.for(TOPIC_NAMES)('reads %s, and we read what it writes', async (topic, context) => {
    if (reason !== undefined) unavailable(context, reason)
    const { values, expected, read } = await encodeSamples(topic)
    const answers = await askPython(values)
    expect(answers.map((one) => one.read)).toEqual(expected)
    expect(answers.map((one) => read(Buffer.from(one.written, 'hex')))).toEqual(expected)
    expect(answers.length).toBe(VARIANTS)
  })
})

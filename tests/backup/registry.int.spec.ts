/** A registry is lost, and comes back under the ids that the records in Kafka name. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { envOf } from '../../stack/env-file.ts'
import { reset, stop, up } from '../../stack/runner.ts'
import { dataDirOf, stackFrom } from '../../stack/stack.ts'
import type { Stack } from '../../stack/stack.ts'
import { freePortBase } from '../support/free-port.ts'
import { unavailable } from '../support/unavailable.ts'
import { isInstalled, runScript } from './script.ts'

const silent = (): void => undefined
const folder = mkdtempSync(join(tmpdir(), 'stakestream-backup-'))
const file = join(folder, 'schemas.zip')
let stack: Stack
let url: string

const start = () => up(stack, ['registry'], silent, { prepare: false })
const schemaOf = (name: string): string =>
  JSON.stringify({ type: 'record', name, fields: [{ name: 'id', type: 'string' }] })
const answered = z.object({ id: z.number() })

async function register(subject: string): Promise<number> {
  const response = await fetch(`${url}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema: schemaOf(subject) }),
  })
  return answered.parse(await response.json()).id
}
const textOf = async (id: number): Promise<unknown> => (await fetch(`${url}/schemas/ids/${id}`)).json()

beforeAll(async () => {
  stack = stackFrom({
    STAKESTREAM_CACHE: process.env['STAKESTREAM_CACHE'],
    LOCAL_DIR: join(folder, 'stack'),
    PORT_BASE: String(await freePortBase(51_000)),
  })
  url = envOf(stack, {})['SCHEMA_REGISTRY_URL'] ?? ''
  await start()
})
afterAll(async () => {
  await reset(stack, silent)
  rmSync(folder, { recursive: true })
})

it('gives each schema its old id, and new ones to those that come', async (context) => {
  if (!isInstalled('curl')) unavailable(context, 'there is no curl on the PATH')
  const env = { SCHEMA_REGISTRY_URL: url }
  const ids = [await register('bets'), await register('wins')]
  runScript('registry-export.sh', [file], env)
  await stop(stack, ['registry'], silent)
  rmSync(dataDirOf(stack, 'registry'), { recursive: true })
  await start()
  runScript('registry-import.sh', [file], env)
  expect(await Promise.all(ids.map(textOf))).toEqual(
    ['bets', 'wins'].map((name) => expect.objectContaining({ schema: schemaOf(name) })),
  )
  expect(ids).not.toContain(await register('rounds'))
  expect(() => runScript('registry-import.sh', [file], env)).toThrow('not empty')
})

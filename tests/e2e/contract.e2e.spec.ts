/**
 * The API keeps to its own OpenAPI document: schemathesis calls every operation with what the document allows and with what it
 * forbids, and holds status, headers and body of each answer against it. `STAKESTREAM_CONTRACT_EXAMPLES` makes it try more.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ISSUABLE_SCOPES } from '../../api/access/principal.ts'
import { asAdmin, bodyOf, newId, request } from '../../api/testing/live.ts'
import { installSchemathesis, runSchemathesis, summaryOf } from '../contract/schemathesis.ts'
import type { ContractRun } from '../contract/schemathesis.ts'
import { required } from '../support/environment.ts'
import { unavailable } from '../support/unavailable.ts'

/** Random calls per operation, besides those that the document's bounds and examples make. */
const EXAMPLES = Number(process.env['STAKESTREAM_CONTRACT_EXAMPLES'] ?? 2)
const SEED = 1
/** Of one run, in milliseconds: two minutes on an idle machine, many more on a busy one, and more for each example. */
const TIMEOUT_MS = 1_800_000 + EXAMPLES * 20_000

/** What a partner's key would cut itself off with. The operator's run calls them. */
const CUTS_ITS_OWN_KEY = ['deactivateApiKey', 'rotateApiKey', 'updatePartner'] as const

/** Answered in the form of each provider, status codes included, of which the document can't speak: `certify` tries it. */
const PROVIDERS_FORM = ['providerCallback'] as const

const created = z.object({ id: z.string() })
const issued = z.object({ id: z.string(), key: z.string() })

type Run = Pick<ContractRun, 'key' | 'partnerId' | 'phases' | 'exclude'>

let missing: string | undefined
let base: Omit<ContractRun, keyof Run>

beforeAll(async () => {
  const installed = await installSchemathesis()
  missing = installed.missing
  base = {
    packages: installed.folder,
    url: required('STAKESTREAM_URL'),
    protectedPartnerId: required('STAKESTREAM_PARTNER_ID'),
    examples: EXAMPLES,
    seed: SEED,
  }
})

/** A partner of the run's own, whose limits nothing reaches: the operator's calls suspend it, and take its keys away. */
async function newPartner(): Promise<string> {
  const fields = { name: newId('Contract'), type: 'operator', rate_limits: { admin: 9_999_999 } }
  return bodyOf(created, await request('POST', '/partners', fields, asAdmin)).id
}

const say = (lines: readonly string[]): void => void process.stdout.write(`${lines.join('\n')}\n`)

async function holds(run: Run): Promise<void> {
  const { key, partnerId, exclude } = run
  const { code, output } = await runSchemathesis({ ...base, ...run })
  say(exclude.map((operationId) => `left out: ${operationId}`))
  say(summaryOf(output))
  expect(code, output).toBe(0)
  const own = await request('GET', `/partners/${partnerId}`, undefined, { 'x-api-key': key })
  expect(own.status, 'the key still works: what was answered was not 401 all along').toBe(200)
}

describe('the OpenAPI document', () => {
  it('is what the operator’s key meets', { timeout: TIMEOUT_MS }, async (context) => {
    if (missing !== undefined) unavailable(context, missing)
    const phases = ['examples', 'coverage', 'fuzzing', 'stateful'] as const
    await holds({
      key: required('STAKESTREAM_ADMIN_KEY'),
      partnerId: await newPartner(),
      phases,
      exclude: PROVIDERS_FORM,
    })
  })

  it('is what a partner’s key meets', { timeout: TIMEOUT_MS }, async (context) => {
    if (missing !== undefined) unavailable(context, missing)
    say(['left out: the phase coverage, whose calls the operator’s run makes'])
    const phases = ['examples', 'fuzzing', 'stateful'] as const
    const partnerId = await newPartner()
    const scopes = { scopes: ISSUABLE_SCOPES }
    const { key } = bodyOf(issued, await request('POST', `/partners/${partnerId}/api-keys`, scopes, asAdmin))
    await holds({ key, partnerId, phases, exclude: [...CUTS_ITS_OWN_KEY, ...PROVIDERS_FORM] })
  })
})

/** The pipeline's files: the order of its stages, and that it runs what there is. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import { ENVIRONMENTS } from './chart.ts'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

const job = z.object({
  if: z.string().default(''),
  needs: z.union([z.string().transform((name) => [name]), z.array(z.string())]).default([]),
  uses: z.string().optional(),
  with: z.record(z.string(), z.string()).default({}),
  environment: z.union([z.string(), z.object({ name: z.string() })]).optional(),
  steps: z.array(z.object({ run: z.string().default('') })).default([]),
})
const workflow = z.object({ jobs: z.record(z.string(), job) })

const { jobs } = workflow.parse(parse(read('.github/workflows/ci.yml')))
const deploying = workflow.parse(parse(read('.github/workflows/deploy.yml'))).jobs['deploy']

/** The jobs that have to have passed before one begins. */
function before(name: string): Set<string> {
  const direct = jobs[name]?.needs ?? []
  return new Set(direct.flatMap((needed) => [needed, ...before(needed)]))
}

const RELEASING = /refs\/heads\/(main|develop)|refs\/tags\/v/

describe('the pipeline', () => {
  test('builds an image of what has passed checks and all tests, and deploys what was scanned', () => {
    expect([...before('image')].sort()).toEqual(['test', 'unit', 'validate'])
    for (const name of ['deploy-staging', 'deploy-production'])
      expect([...before(name)].sort()).toEqual(['image', 'scan', 'test', 'unit', 'validate'])
    expect([...before('e2e-staging')]).toContain('deploy-staging')
  })

  test('builds and deploys from the branches and tags of releases alone', () => {
    expect(jobs['image']?.if).toMatch(/event_name == 'push'/)
    for (const name of ['image', 'deploy-staging', 'deploy-production'])
      expect(jobs[name]?.if).toMatch(RELEASING)
    expect(jobs['deploy-production']?.if).not.toContain('develop')
  })

  test('deploys into an environment that there are values of, whose rules hold before it begins', () => {
    const environments = ['deploy-staging', 'deploy-production'].map(
      (name) => jobs[name]?.with['environment'],
    )
    expect(environments).toEqual(['staging', 'production'])
    for (const environment of environments) expect(ENVIRONMENTS).toContain(environment)
    expect(deploying?.environment).toMatchObject({ name: '${{ inputs.environment }}' })
  })

  test('runs targets and scripts that there are', () => {
    const commands = [...Object.values(jobs), deploying].flatMap(
      (each) => each?.steps.map(({ run }) => run) ?? [],
    )
    const named = (pattern: RegExp): string[] =>
      commands.flatMap((command) => Array.from(command.matchAll(pattern), ([, name = '']) => name))
    const targets = named(/\bmake (\w+)/g)
    expect(targets.sort()).toEqual(['audit', 'charts', 'lint', 'test'])
    for (const target of targets) expect(read('Makefile')).toMatch(new RegExp(`^${target}: `, 'm'))
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')))
    for (const script of named(/\bnpm run (?:-s )?([\w:]+)/g)) expect(scripts).toHaveProperty([script])
  })
})

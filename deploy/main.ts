/** `npm run charts`: the chart with the values of every environment, by helm lint, and what it makes, by kubeconform. */
import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf, StackError } from '../stack/errors.ts'
import { stackFrom } from '../stack/stack.ts'
import { CHART, ENVIRONMENTS, KUBERNETES_VERSION, templateArgs, valuesFile } from './chart.ts'
import type { Environment } from './chart.ts'
import { schemasFolder } from './schemas.ts'
import { goProgram, HELM, KUBECONFORM, outputOf } from './tools.ts'

const STRIMZI = join(import.meta.dirname, 'strimzi')
/** Their CRDs are in no package that the registries have. */
const WITHOUT_SCHEMAS = ['Kafka', 'KafkaNodePool', 'KafkaUser']

const lintArgs = (environment: Environment): string[] => [
  ...['lint', CHART, '--strict', '--quiet', '--kube-version', KUBERNETES_VERSION],
  ...['--values', valuesFile(environment)],
]

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Gives resources to kubeconform and answers with its closing line. Throws `StackError` with its findings. */
async function conform(kubeconform: string, schemas: string, resources: string): Promise<string> {
  const location = join(schemas, '{{.ResourceKind}}{{.KindSuffix}}.json')
  const args = ['-strict', '-summary', '-schema-location', location, '-skip', WITHOUT_SCHEMAS.join(',')]
  const child = spawn(kubeconform, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdin.end(resources)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code !== 0) throw new StackError(output.trim())
  return output.trim()
}

async function main(): Promise<void> {
  const { cacheDir } = stackFrom(process.env)
  mkdirSync(cacheDir, { recursive: true })
  const helm = await goProgram(cacheDir, HELM)
  const kubeconform = await goProgram(cacheDir, KUBECONFORM)
  const schemas = await schemasFolder(cacheDir)
  for (const environment of ENVIRONMENTS) {
    await outputOf(helm, lintArgs(environment))
    const resources = await outputOf(helm, templateArgs(environment))
    say(`values-${environment}.yaml: ${await conform(kubeconform, schemas, resources)}`)
  }
  for (const name of readdirSync(STRIMZI).filter((file) => file.endsWith('.yaml'))) {
    const file = readFileSync(join(STRIMZI, name), 'utf8')
    say(`strimzi/${name}: ${await conform(kubeconform, schemas, file)}`)
  }
  say(`skipped: ${WITHOUT_SCHEMAS.join(', ')}: Strimzi's CRDs are in no package that the registries have`)
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`)
  process.exitCode = 1
}

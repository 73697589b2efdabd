/**
 * JSON schemas of Kubernetes' resources, and of the operators' that the chart names, for kubeconform: made of Kubernetes' OpenAPI document
 * and of the operators' own CRDs, which their Go modules carry. A key that a schema does not know is an error.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { ensureArtifact, type Artifact } from '../stack/download.ts'
import { KUBERNETES_VERSION } from './chart.ts'
import { goModule } from './tools.ts'

const KUBERNETES = `k8s.io/kubernetes@v${KUBERNETES_VERSION}`
const CRDS: readonly [module: string, files: readonly string[]][] = [
  [
    'github.com/prometheus-operator/prometheus-operator@v0.85.0',
    ['servicemonitors', 'prometheusrules'].map(
      (name) => `example/prometheus-operator-crd/monitoring.coreos.com_${name}.yaml`,
    ),
  ],
  ['github.com/kedacore/keda/v2@v2.17.2', ['config/crd/bases/keda.sh_scaledobjects.yaml']],
]

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }
const json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
)

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Texts for people; they are most of the bytes. A property of this name is an object, and stays. */
const isText = (key: string, value: Json): boolean => key === 'description' && typeof value === 'string'

/** A schema that knows no keys but its own, at any depth. */
export function strict(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(strict)
  if (!isObject(schema)) return schema
  const entries = Object.entries(schema).filter(([key, value]) => !isText(key, value))
  const made = Object.fromEntries(entries.map(([key, value]) => [key, strict(value)]))
  const closed =
    isObject(schema['properties']) &&
    schema['type'] === 'object' &&
    schema['additionalProperties'] === undefined &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true
  return closed ? { ...made, additionalProperties: false } : made
}

/** Written as a number or as a text: the document says text alone. */
const NUMBER_OR_TEXT: JsonObject = { anyOf: [{ type: 'string' }, { type: 'number' }] }
const NUMBERS_OR_TEXTS = [
  'io.k8s.apimachinery.pkg.api.resource.Quantity',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
]
const REF = '#/definitions/'

/** The definitions that one hangs on, itself included. */
function closure(definitions: JsonObject, name: string, found: JsonObject = {}): JsonObject {
  const definition = definitions[name]
  if (name in found || definition === undefined) return found
  found[name] = NUMBERS_OR_TEXTS.includes(name) ? NUMBER_OR_TEXT : strict(definition)
  const refs = JSON.stringify(definition).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)
  for (const [, ref = ''] of refs) closure(definitions, ref, found)
  return found
}

/** As kubeconform calls a resource's file: `{{.ResourceKind}}{{.KindSuffix}}`. */
function fileName({ group, version, kind }: { group: string; version: string; kind: string }): string {
  return `${[kind, group.split('.')[0], version]
    .filter((part) => part !== '')
    .join('-')
    .toLowerCase()}.json`
}

const openApi = z.object({ definitions: z.record(z.string(), json) })
const resource = z.object({
  properties: z.object({ apiVersion: z.unknown(), kind: z.unknown(), metadata: z.unknown() }),
  'x-kubernetes-group-version-kind': z.tuple([
    z.object({ group: z.string(), version: z.string(), kind: z.string() }),
  ]),
})

/** Schemas of Kubernetes' own resources, by file name. */
export function kubernetesSchemas(document: unknown): Map<string, Json> {
  const { definitions } = openApi.parse(document)
  const schemas = new Map<string, Json>()
  for (const [name, definition] of Object.entries(definitions)) {
    const parsed = resource.safeParse(definition)
    if (!parsed.success) continue
    const [kind] = parsed.data['x-kubernetes-group-version-kind']
    schemas.set(fileName(kind), { $ref: `${REF}${name}`, definitions: closure(definitions, name) })
  }
  return schemas
}

const crd = z.object({
  spec: z.object({
    group: z.string(),
    names: z.object({ kind: z.string() }),
    versions: z.array(z.object({ name: z.string(), schema: z.object({ openAPIV3Schema: json }) })),
  }),
})

/** Schemas of a custom resource's versions, by file name. */
export function crdSchemas(document: unknown): Map<string, Json> {
  const { group, names, versions } = crd.parse(document).spec
  return new Map(
    versions.map(({ name, schema }) => [
      fileName({ group, version: name, kind: names.kind }),
      strict(schema.openAPIV3Schema),
    ]),
  )
}

const write = (target: string, schemas: Map<string, Json>): void => {
  for (const [name, schema] of schemas) writeFileSync(join(target, name), JSON.stringify(schema))
}

const SCHEMAS: Artifact = {
  folder: `kubernetes-schemas-${KUBERNETES_VERSION}`,
  title: 'schemas of Kubernetes and of the operators (25 MB)',
  fetch: async (target, progress) => {
    progress(KUBERNETES)
    const kubernetes = join(await goModule(KUBERNETES, target), 'api/openapi-spec/swagger.json')
    write(target, kubernetesSchemas(JSON.parse(readFileSync(kubernetes, 'utf8'))))
    for (const [module, files] of CRDS) {
      progress(module)
      const folder = await goModule(module, target)
      for (const file of files) write(target, crdSchemas(parse(readFileSync(join(folder, file), 'utf8'))))
    }
  },
}

/** The folder of the schemas, made now where it isn't there. Throws `StackError`. */
export const schemasFolder = (cacheDir: string): Promise<string> => ensureArtifact(cacheDir, SCHEMAS)
